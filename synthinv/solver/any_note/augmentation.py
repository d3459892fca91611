"""Changes that make a synth's notes sound like recordings: rooms, noise, filters, wrong ends."""

from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import sosfilt

from synthinv.audio.level import db_to_amplitude, peak
from synthinv.audio.presses import PressedNotes
from synthinv.audio.types import Audio
from synthinv.config.sections.varied_notes import AugmentationConfig

ROOM_SECONDS = (0.1, 0.8)
"""Shortest and longest time in which a room's sound decays by 60 dB."""
ROOM_DB = (-24.0, 0.0)
"""Energy of a room's sound beside that of the direct one."""
HISS_DB = (-70.0, -30.0)
"""Level of hiss (RMS) beside the note's peak."""
FILTERS = 3
"""Filters of the equaliser."""
FILTER_HZ, FILTER_Q, FILTER_DB = (60.0, 12_000.0), (0.4, 2.0), 12.0
"""Range of their frequencies and qualities, and their largest gain."""
DRIVE = (1.2, 8.0)
"""Gain in front of the clipping."""
SHIFT_SECONDS, HELD_SECONDS, FADE_SECONDS = 0.01, 0.05, 0.003
SHORTEST_SECONDS = 0.02
"""Length below which no note is cut."""
NOISE_SAMPLES = 2**19
"""Length of the noise from which rooms and hiss are taken."""

QUIETEST = np.float32(1e-9)
"""Least peak of a note, so that silence can be scaled like any other."""

Generator = np.random.Generator
SoundChange = Callable[[Audio, int, Generator], Audio]
"""From a note [samples], the sample rate and a source of randomness to another note as long."""
Change = Callable[[PressedNotes, int, int, Generator], None]
"""Changes one of the notes in place, given its row, the sample rate and a source of randomness."""


def augmented(
    notes: PressedNotes, shares: AugmentationConfig, sample_rate: int, rng: Generator
) -> PressedNotes:
    """Change some of the notes.

    Parameters
    ----------
    notes : PressedNotes
        The notes.
    shares : AugmentationConfig
        Share of the notes that each kind of change is made to; each has random numbers of its own,
        so that the others do not depend on it.
    sample_rate : int
        In Hz.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    PressedNotes
        Copies of the notes, with the peaks of the originals. Only those that start early or are cut
        are shorter.
    """
    notes = deepcopy(notes)
    peaks = peak(notes.audio)
    for (name, change), own in zip(CHANGES.items(), rng.spawn(len(CHANGES)), strict=True):
        for row in np.flatnonzero(own.random(len(peaks)) < getattr(shares, name)):
            change(notes, int(row), sample_rate, own)
    scale = peaks / np.maximum(peak(notes.audio), QUIETEST)
    notes.audio[...] *= scale[:, np.newaxis]
    return notes


def _of_sound(change: SoundChange) -> Change:
    """Make a change to one note of many from one of a single note, which has a peak of 1."""

    def changed(notes: PressedNotes, row: int, sample_rate: int, rng: Generator) -> None:
        note = notes.audio[row, : notes.lengths[row]]
        note[...] = change(note / np.maximum(peak(note), QUIETEST), sample_rate, rng)

    return changed


def _saturated(note: Audio, _sample_rate: int, rng: Generator) -> Audio:
    """Clip a note, softly in two of three cases."""
    driven = note * np.float32(log_uniform(DRIVE, rng))
    clipped: Audio = driven.clip(-1, 1) if rng.random() < 1 / 3 else np.tanh(driven)
    return clipped


def _equalised(note: Audio, sample_rate: int, rng: Generator) -> Audio:
    """Filter a note through peaks and notches."""
    sections = [
        _peak_filter(
            min(log_uniform(FILTER_HZ, rng), 0.4 * sample_rate) / sample_rate,
            log_uniform(FILTER_Q, rng),
            rng.uniform(-FILTER_DB, FILTER_DB),
        )
        for _ in range(FILTERS)
    ]
    filtered: Audio = sosfilt(np.array(sections), note).astype(np.float32)
    return filtered


def _peak_filter(frequency: float, quality: float, gain_db: float) -> list[float]:
    """Compute the six coefficients of a peak, after R. Bristow-Johnson's "Audio EQ cookbook"."""
    amplitude = db_to_amplitude(gain_db / 2)
    alpha = np.sin(2 * np.pi * frequency) / (2 * quality)
    middle, scale = -2 * np.cos(2 * np.pi * frequency), 1 + alpha / amplitude
    return [
        *((1 + alpha * amplitude) / scale, middle / scale, (1 - alpha * amplitude) / scale),
        *(1.0, middle / scale, (1 - alpha / amplitude) / scale),
    ]


def _in_a_room(note: Audio, sample_rate: int, rng: Generator) -> Audio:
    """Add a room's sound, decaying noise, to a note."""
    samples = round(log_uniform(ROOM_SECONDS, rng) * sample_rate)
    decay = np.exp(np.linspace(0, np.log(1e-3), samples, dtype=np.float32))
    response = _noise("white", samples, rng) * decay
    norm = np.sqrt(np.square(response).sum())
    response *= db_to_amplitude(rng.uniform(*ROOM_DB)) / norm
    response[0] = 1
    response = response[: len(note)]
    size = next_fast_len(len(note) + len(response), real=True)
    wet: Audio = irfft(rfft(note, size) * rfft(response, size), size)[: len(note)]
    return wet


def _with_hiss(note: Audio, _sample_rate: int, rng: Generator) -> Audio:
    """Add white or pink noise to a note."""
    level = db_to_amplitude(rng.uniform(*HISS_DB))
    colour = "white" if rng.random() < 0.5 else "pink"
    noisy: Audio = note + np.float32(level) * _noise(colour, len(note), rng)
    return noisy


def _shift(notes: PressedNotes, row: int, sample_rate: int, rng: Generator) -> None:
    """Start a note late, after silence, or early, without its first samples."""
    length, held = notes.lengths[row], notes.held[row]
    most = min(SHIFT_SECONDS * sample_rate, length / 4)
    late = round(rng.uniform(-most, most))
    note = notes.audio[row, :length]
    if late >= 0:
        note[late:] = note[: length - late].copy()
        note[:late] = 0
    else:
        note[:late] = note[-late:].copy()
        note[late:] = 0
        notes.lengths[row] = length + late
    notes.held[row] = min(max(1, held + late), notes.lengths[row])


def _cut(notes: PressedNotes, row: int, sample_rate: int, rng: Generator) -> None:
    """End a note early."""
    length = round(rng.uniform(0.5, 1) * notes.lengths[row])
    if length < SHORTEST_SECONDS * sample_rate:
        return
    fade = round(FADE_SECONDS * sample_rate)
    notes.audio[row, length:] = 0
    notes.audio[row, length - fade : length] *= np.linspace(1, 0, fade, dtype=np.float32)
    notes.lengths[row] = length
    notes.held[row] = min(notes.held[row], length)


def _misjudge_held(notes: PressedNotes, row: int, sample_rate: int, rng: Generator) -> None:
    """Say that the key is released early or late, unless it is held to the end."""
    length, held = notes.lengths[row], notes.held[row]
    error = round(rng.uniform(-HELD_SECONDS, HELD_SECONDS) * sample_rate)
    if held < length:
        notes.held[row] = min(max(1, held + error), length)


# By the fields of AugmentationConfig, in the order in which they happen to a recording.
CHANGES: dict[str, Change] = {
    "saturation": _of_sound(_saturated),
    "equaliser": _of_sound(_equalised),
    "room": _of_sound(_in_a_room),
    "shift": _shift,
    "hiss": _of_sound(_with_hiss),
    "cut": _cut,
    "held": _misjudge_held,
}


def log_uniform(ends: tuple[float, float], rng: Generator) -> float:
    """Draw a number between two ends, evenly spread in logarithm."""
    low, high = np.log(ends)
    return float(np.exp(rng.uniform(low, high)))


def _noise(colour: str, samples: int, rng: Generator) -> Audio:
    """Take a stretch of noise, as long as asked for, from a random place of the stored one."""
    noise = _stored_noise(colour)
    if samples > len(noise):
        # Only above 131 kHz: the noise of a long note repeats after almost three seconds or more.
        noise = np.resize(noise, samples)
    first = int(rng.integers(len(noise) - samples + 1))
    return noise[first : first + samples]


@lru_cache
def _stored_noise(colour: str) -> Audio:
    """Make noise whose RMS is 1; fresh noise would take longer than a note to render."""
    white = np.random.default_rng(0).standard_normal(NOISE_SAMPLES, dtype=np.float32)
    if colour == "white":
        return white
    spectrum = rfft(white)
    # From about 20 Hz on.
    spectrum /= np.sqrt(np.arange(len(spectrum), dtype=np.float32) + 240)
    pink: Audio = irfft(spectrum)
    pink /= pink.std()
    return pink
