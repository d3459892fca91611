"""Which knobs make this sound? Synthesiser patches from recorded notes.

>>> import synthinv
>>> print(synthinv.match("sound.wav")[0])  # doctest: +SKIP

Every name below is loaded when it is first used:

match, Match
    Find patches for a sound.
render, open_engine
    Play patches.
load_instrument, load_solver
    Read what comes with synthinv, or one's own.
metrics
    Distances between notes: `mss`, `wmfcc`, `sot`, `rms_cosine`, `psd_error`.
SynthinvError
    What goes wrong, in one sentence.

The packages, in the order in which data flows:

common
    Errors, files that are whole or absent, seeds, compute.
audio
    Sound files, bands, pitch and alignment of sounds.
instruments
    A synth's parameters, its patches, and the MIDI messages that set them.
config
    The configuration: sections, cross-checks, reference.
engines
    Patches to notes: the built-in voice, live synths, plug-ins, the DX7, Vital.
capture
    Random patches or presets, and their notes, in shards.
spectrogram
    Notes to images, in stores.
metrics
    Distances between sounds and between patches.
thesis
    The thesis's network, its training and its grid search.
solver
    Our network from notes to patches, its training, and the solvers that are shipped.
search
    Patches found or refined by rendering.
pages
    What all HTML pages share.
matching
    Patches for any sound.
evaluate
    Predictions, baselines, scores and verdicts.
pipeline
    What Snakemake needs: paths, targets, jobs, code digests.
benchmark
    Benchmarks: sounds, and the methods that find patches for them.
report
    The report, its figures, and the generated pages of the documentation.
cli
    The command line.
"""

__version__ = "0.1.0"

# Where the public names are. Type checkers read `__init__.pyi`.
_PUBLIC = {
    "Match": "synthinv.matching.result",
    "SynthinvError": "synthinv.common.errors",
    "load_instrument": "synthinv.instruments.load",
    "load_solver": "synthinv.matching.api",
    "match": "synthinv.matching.api",
    "metrics": "synthinv.metrics",
    "open_engine": "synthinv.matching.api",
    "render": "synthinv.matching.api",
}
__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> object:
    """Load a public name."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'synthinv' has no attribute '{name}'")
    from importlib import import_module

    module = import_module(_PUBLIC[name])
    found: object = module if name == "metrics" else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names, and the packages that are loaded."""
    return sorted({*globals(), *__all__})
