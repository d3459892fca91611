"""Which knobs make this sound? Synthesiser patches from recorded notes.

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
    Patches to notes: the built-in voice, a synth played live, a plug-in.
capture
    Random patches and their notes, in shards.
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
    A patch for any sound.
evaluate
    Predictions, baselines, scores and verdicts.
pipeline
    What Snakemake needs: paths, targets, jobs, code digests.
report
    The report, its figures, and the generated pages of the documentation.
cli
    The command line.
"""

__version__ = "0.1.0"
