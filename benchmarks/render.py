"""Rendering speed of the built-in voice beside its peers, in times real time on one core.

The same random patches are rendered by the built-in voice and by an equivalent Faust program in
DawDreamer (`voice.dsp`), compiled before the clock starts. torchsynth's Voice (Turian et al. 2021;
two oscillators, random patches of its own) renders notes of the same length in batches of its
default size on the CPU. Subjects take turns; the median of all rounds counts.
"""

import importlib
import importlib.resources
import os
import statistics
import sys
import time
import types
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in import laws, voice
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches

ROUNDS = 5
PATCHES = 512
FAUST_PATCHES = 32
TORCHSYNTH_BATCH = 128
AUDIO, NOTE = AudioConfig(), NoteConfig()
INSTRUMENTS = {"render-1osc": ("minimoog-1osc", 1), "render-3osc": ("minimoog-3osc", 3)}


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the speed of each subject."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    torchsynth = _torchsynth()
    for benchmark, (name, oscillators) in INSTRUMENTS.items():
        instrument = load_instrument(name)
        patches = random_patches(instrument, PATCHES)
        synth = BuiltIn(instrument, NOTE, AUDIO)
        faust = _faust(synth.controls(patches[:FAUST_PATCHES]), oscillators)
        subjects: dict[str, tuple[Callable[[], object], int]] = {
            "built-in": (lambda s=synth, p=patches: s.render(p), PATCHES),
            "faust": (faust, FAUST_PATCHES),
        }
        if torchsynth is not None:
            subjects["torchsynth"] = (torchsynth, TORCHSYNTH_BATCH)
        for subject, speed in _measured(subjects).items():
            yield benchmark, subject, f"{speed:.0f}", "x real time per core"


def random_patches(instrument: Instrument, count: int) -> Patches:
    """Draw the patches that every benchmark of the voice renders."""
    return np.stack([instrument.sample(np.random.default_rng(i)) for i in range(count)])


def _measured(subjects: dict[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    seconds = AUDIO.samples / AUDIO.sample_rate
    speeds: dict[str, list[float]] = {name: [] for name in subjects}
    for render, _ in subjects.values():
        render()
    for _ in range(ROUNDS):
        for name, (render, notes) in subjects.items():
            started = time.perf_counter()
            render()
            speeds[name].append(notes * seconds / (time.perf_counter() - started))
    return {name: statistics.median(values) for name, values in speeds.items()}


def _faust(controls: voice.Controls, oscillators: int) -> Callable[[], object]:
    import dawdreamer

    engine = dawdreamer.RenderEngine(AUDIO.sample_rate, 512)
    processor = engine.make_faust_processor("voice")
    program = Path(__file__).with_name("voice.dsp").read_text(encoding="utf-8")
    processor.set_dsp_string(f"N = {oscillators};\n{program}")
    processor.compile()
    engine.load_graph([(processor, [])])
    settings = [_faust_settings(row, oscillators) for row in controls]
    notes = cycle(range(1, 1_000))
    addresses = {d["label"]: d["name"] for d in processor.get_parameters_description()}

    def render() -> list[Any]:
        sounds = []
        for knobs in settings:
            processor.set_parameter(addresses["note"], float(next(notes)))
            for label, value in knobs.items():
                processor.set_parameter(addresses[label], float(value))
            engine.render(AUDIO.samples / AUDIO.sample_rate)
            sounds.append(engine.get_audio())
        return sounds

    return render


def _faust_settings(row: voice.Controls, oscillators: int) -> dict[str, float]:
    """Translate controls by the laws of the built-in voice."""
    knobs = {
        "cutoff": laws.cutoff_hz(row[voice.Control.FILTER_CUTOFF]),
        "contour": laws.contour_octaves(row[voice.Control.FILTER_CONTOUR]),
        "feedback": min(3.9, laws.feedback(row[voice.Control.FILTER_RESONANCE])),
        "level": voice.OUTPUT_GAIN * laws.level(np.array(NOTE.velocity)),
    }
    columns = (voice.Control.FILTER_ATTACK, voice.Control.AMP_ATTACK)
    for number, column in enumerate(columns):
        attack, decay = laws.envelope_seconds(row[column : column + 2])
        knobs |= {f"attack{number}": attack, f"decay{number}": decay}
        knobs[f"sustain{number}"] = row[column + 2] / 127
    semitones = laws.tuning_semitones(row[voice.TUNING])
    octaves = laws.position(row[voice.RANGE]) - voice.NATURAL_RANGE
    for i in range(oscillators):
        detuned = semitones[0] + (semitones[i] if i else 0)
        hz = laws.note_hz(np.array(NOTE.number)) * 2.0 ** (detuned / 12 + octaves[i])
        knobs |= {f"hz{i}": hz, f"wave{i}": laws.position(row[voice.WAVEFORM[i]])}
        knobs[f"volume{i}"] = laws.level(row[voice.VOLUME[i]]) / voice.OSCILLATORS
    return {label: float(value) for label, value in knobs.items()}


def _torchsynth() -> Callable[[], object] | None:
    """Make torchsynth's Voice; None, with a line that says so, where it is not installed."""
    # torchsynth 1.0.2 reads its presets through pkg_resources, which setuptools no longer has, and
    # takes LightningModule from where Lightning no longer keeps it.
    resources: Any = types.ModuleType("pkg_resources")
    resources.resource_string = lambda package, name: (
        importlib.resources.files(package.rsplit(".", 1)[0]).joinpath(name).read_bytes()
    )
    try:
        import torch

        core: Any = types.ModuleType("pytorch_lightning.core.lightning")
        core.LightningModule = importlib.import_module("pytorch_lightning").LightningModule
        sys.modules |= {"pkg_resources": resources, "pytorch_lightning.core.lightning": core}
        config = importlib.import_module("torchsynth.config").SynthConfig(
            batch_size=TORCHSYNTH_BATCH,
            reproducible=False,
            sample_rate=AUDIO.sample_rate,
            buffer_size_seconds=AUDIO.samples / AUDIO.sample_rate,
        )
        synth = importlib.import_module("torchsynth.synth").Voice(config)
    except ImportError as error:
        print(f"torchsynth is left out: {error}", file=sys.stderr)
        return None
    torch.set_num_threads(1)
    batches = iter(range(10**9))

    def render() -> object:
        with torch.no_grad():
            return synth(next(batches))

    return render
