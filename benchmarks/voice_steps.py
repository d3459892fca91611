"""Speed that each step of the built-in voice's layout gains, in times real time.

The subjects of `voice-steps-*` climb from the plain form to the voice as it is, a step at a time;
those of `voice-but-*` are the voice as it is except for one property; those of `voice-parts-*` lack
one part of the signal chain. All are the voice's own source with some text replaced
(`voice_edits.py`); all but the last must make the same sound. They take turns; the fastest round of
each counts, as other work on the machine can only slow it down.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
from render import AUDIO, INSTRUMENTS, NOTE, random_patches
from voice_edits import edited_voice

from synthinv.engines.built_in.engine import BuiltIn
from synthinv.engines.built_in.voice import Controls
from synthinv.instruments.load import load_instrument

ROUNDS = 5
PATCHES = 256  # enough for the audio to be fresh memory every time, as it is in a capture
# Median deviation, relative to a note's level, from which on an edit has made another sound.
SAME_SOUND = 0.02

PLAIN = {
    "1 lane",
    "double precision",
    "branches",
    "exact tanh",
    "wrapping phases",
    "silent oscillators run",
    "cutoff computed at every sample",
    "not fused",
}
# The name of a step, the edit that it takes back, and what remains of it until a later step.
STEPS = (
    ("silent oscillators skipped", "silent oscillators run", ()),
    (
        "cutoff from a table",
        "cutoff computed at every sample",
        ("cutoff looked up at every sample",),
    ),
    ("cutoff every 16 samples", "cutoff looked up at every sample", ()),
    ("rational saturation", "exact tanh", ()),
    ("integer phases", "wrapping phases", ()),
    ("no branches", "branches", ()),
    ("16 voices in turn", "1 lane", ("voice by voice in memory",)),
    ("16 voices side by side", "voice by voice in memory", ()),
    ("single precision", "double precision", ()),
    ("multiply-add fused", "not fused", ()),
)
BUT = (
    "1 lane",
    "8 lanes",
    "32 lanes",
    "voice by voice in memory",
    "double precision",
    "branches",
    "exact tanh",
    "wrapping phases",
    "silent oscillators run",
    "cutoff looked up at every sample",
    "cutoff computed at every sample",
    "control period 1",
    "control period 8",
    "control period 32",
    "all of fastmath",
)
PARTS = ("no oscillators", "no envelopes", "no ladder", "no amplifier")
AS_IT_IS: frozenset[str] = frozenset()


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the speed of each step, of each property's lack, and of all cores together."""
    cores = os.sched_getaffinity(0)
    subjects = _subjects()
    with tempfile.TemporaryDirectory() as folder:
        voices = {
            edits: edited_voice(edits, Path(folder, str(number)))
            for number, edits in enumerate(dict.fromkeys(subjects.values()))
        }
        for name, oscillators in INSTRUMENTS.values():
            instrument = load_instrument(name)
            controls = BuiltIn(instrument, NOTE, AUDIO).controls(
                random_patches(instrument, PATCHES)
            )
            os.sched_setaffinity(0, {min(cores)})
            speeds = _measured(voices, controls)
            for (ladder, subject), edits in subjects.items():
                yield f"{ladder}-{oscillators}osc", subject, speeds[edits], "x real time per core"
            os.sched_setaffinity(0, cores)
            together = max(
                _rendered(voices[AS_IT_IS], controls, len(cores))[0] for _ in range(ROUNDS)
            )
            subject = f"all {len(cores)} cores"
            yield f"voice-steps-{oscillators}osc", subject, f"{together:.0f}", "x real time"


def _subjects() -> dict[tuple[str, str], frozenset[str]]:
    """Return the edits of every subject, by benchmark and name."""
    edits = frozenset(PLAIN)
    subjects = {("voice-steps", "plain"): edits}
    for step, taken_back, instead in STEPS:
        edits = edits - {taken_back} | set(instead)
        subjects["voice-steps", step] = edits
    if edits != AS_IT_IS:
        raise ValueError(f"the steps do not lead to the voice as it is: {sorted(edits)} are left")
    subjects |= {("voice-but", edit): frozenset({edit}) for edit in BUT}
    return subjects | {("voice-parts", edit): frozenset({edit}) for edit in PARTS}


def _measured(
    voices: dict[frozenset[str], ModuleType], controls: Controls
) -> dict[frozenset[str], str]:
    expected = _rendered(voices[AS_IT_IS], controls)[1]
    for edits, voice in voices.items():
        sound = _rendered(voice, controls)[1]  # compiles it, too
        deviation = np.median(_level(sound - expected) / _level(expected))
        if not (deviation < SAME_SOUND or edits <= set(PARTS)):
            raise ValueError(f"{sorted(edits)}: another sound, {deviation:.3f} off")
    fastest = dict.fromkeys(voices, 0.0)
    for _ in range(ROUNDS):
        for edits, voice in voices.items():
            fastest[edits] = max(fastest[edits], _rendered(voice, controls)[0])
    return {edits: f"{speed:.0f}" for edits, speed in fastest.items()}


def _level(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.sqrt(np.mean(sound**2, axis=1)) + np.float32(1e-6)


def _rendered(
    voice: ModuleType, controls: Controls, threads: int = 1
) -> tuple[float, npt.NDArray[np.float32]]:
    """Render a note per patch; return times real time, and the notes."""
    numbers = np.full(len(controls), NOTE.number)
    velocities = np.full(len(controls), NOTE.velocity)
    size, rate = AUDIO.samples, AUDIO.sample_rate
    started = time.perf_counter()
    notes = voice.render_voices(controls, numbers, velocities, size, rate, threads=threads)
    return len(controls) * size / rate / (time.perf_counter() - started), notes
