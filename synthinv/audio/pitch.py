"""The pitch of a sound: its fundamental frequency, by autocorrelation.

The method is McLeod and Wyvill's ("A smarter way to find pitch", Proceedings of the International
Computer Music Conference, 2005): the normalised square difference of a frame and the same frame
shifted, whose first high peak is the period. As in YIN (de Cheveigné and Kawahara, "YIN, a
fundamental frequency estimator for speech and music", Journal of the Acoustical Society of America
111, 2002) the sum has the same number of terms at every shift, so that noise has no high peaks at
long ones. Autocorrelation also finds a fundamental that a filter has removed, by its harmonics.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import fft

from synthinv.audio.level import db_to_amplitude

LOWEST = 20.0
HIGHEST = 5_000.0
"""Range of pitches in Hz."""
CLEAR = 0.8
"""Least clarity of a frame that has a pitch."""

FINE_RATE = 176_400
"""Shifts are tried at about this rate in Hz, between samples if need be: near `HIGHEST` the peaks
of a sound with harmonics are narrower than a sample."""
PEAK_SHARE = 0.95
"""The first peak at least this share of the highest one is the period; later ones are multiples."""
MOST_FRAMES = 400
"""A long recording is sampled by this many frames, spread evenly."""
LOUD_SHARE = db_to_amplitude(-40)
"""Frames below this share of the loudest one's RMS level (−40 dB) do not count."""
SILENT_RMS = db_to_amplitude(-120)
"""A sound that stays below this RMS level (−120 dBFS) is silent."""
OCTAVE = 12
A4_NUMBER, A4_HERTZ = 69, 440.0
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
NOTE = re.compile(r"([A-Ga-g])([#b]?)(-?\d+)")

Frame = npt.NDArray[np.float64]


class Pitch(NamedTuple):
    """The pitch of a sound.

    Attributes
    ----------
    frequency : float or None
        Fundamental frequency in Hz; None if the sound has no pitch: silence, noise, or a pitch
        below 20 Hz or above 5 kHz.
    clarity : float
        How periodic the sound is, 0 (silence, white noise) to 1: the median of its frames.
    """

    frequency: float | None
    clarity: float


class _Geometry(NamedTuple):
    """Lengths of the frames that a sound is cut into, in samples."""

    terms: int  # length of what is compared
    shift: int  # longest shift
    refinement: int  # shifts tried per sample

    @property
    def length(self) -> int:
        """Length of a frame in samples."""
        return self.terms + self.shift


def estimate_pitch(audio: npt.NDArray[np.floating], sample_rate: float) -> Pitch:
    """Find the fundamental frequency of a sound, 20 Hz to 5 kHz.

    The sound is analysed in frames of about a tenth of a second; the pitch is the median of those
    that have one. A sound must hold two periods: 50 ms for 40 Hz.

    Parameters
    ----------
    audio : float array [samples]
        One channel, full scale ±1; any length.
    sample_rate : float
        In Hz.

    Returns
    -------
    Pitch
        Frequency, if it has one, and clarity.
    """
    geometry = _geometry(len(audio), sample_rate)
    frames = list(_loud_frames(audio, geometry))
    if not frames:
        return Pitch(None, 0.0)
    periods, clarities = zip(*(_period(frame, geometry) for frame in frames), strict=True)
    frequencies = sample_rate / np.array(periods)
    clear = np.array(clarities) >= CLEAR
    clear &= (frequencies >= LOWEST) & (frequencies <= HIGHEST)
    frequency = float(np.median(frequencies[clear])) if clear.any() else None
    return Pitch(frequency, float(np.median(clarities)))


def nearest_note(frequency: float) -> tuple[int, float]:
    """Find the note of equal temperament (A4 = 440 Hz) that is nearest to a frequency.

    Parameters
    ----------
    frequency : float
        In Hz.

    Returns
    -------
    int, float
        MIDI note number, below 0 or above 127 for frequencies that MIDI has no note for; and how
        far the frequency is above it, −50 to 50 cents.
    """
    exact = A4_NUMBER + OCTAVE * float(np.log2(frequency / A4_HERTZ))
    number = round(exact)
    return number, 100 * (exact - number)


def note_name(number: int) -> str:
    """Name a MIDI note: C4 is 60, middle C."""
    return f"{NAMES[number % OCTAVE]}{number // OCTAVE - 1}"


def note_number(name: str) -> int:
    """Return the MIDI number of a note that is named like `C4`, `F#3` or `Bb-1`, or by its number.

    Raises
    ------
    ValueError
        If it is no name or number of a note from 0 to 127.
    """
    found = NOTE.fullmatch(name)
    if found is None:
        number = int(name)
    else:
        letter, accidental, octave = found.groups()
        semitone = NAMES.index(letter.upper()) + {"#": 1, "b": -1, "": 0}[accidental]
        number = semitone + OCTAVE * (int(octave) + 1)
    if not 0 <= number <= 127:
        raise ValueError(f"{name} is not a MIDI note")
    return number


def _geometry(samples: int, sample_rate: float) -> _Geometry:
    # A little beyond the longest period, for a peak has two sides.
    shift = min(int(1.05 * sample_rate / LOWEST), samples // 2)
    terms = min(round(1.2 * sample_rate / LOWEST), samples - shift)
    return _Geometry(terms, shift, max(1, round(FINE_RATE / sample_rate)))


def _loud_frames(audio: npt.NDArray[np.floating], geometry: _Geometry) -> Iterator[Frame]:
    """Yield the frames of a sound that are loud enough, without their mean."""
    last = len(audio) - geometry.length
    if geometry.shift == 0:
        return
    count = min(MOST_FRAMES, 1 + 2 * last // geometry.length)
    starts = np.linspace(0, last, max(count, 1)).astype(int)
    frames = [audio[start : start + geometry.length].astype(np.float64) for start in starts]
    frames = [frame - frame.mean() for frame in frames]
    levels = np.array([np.sqrt(np.mean(frame**2)) for frame in frames])
    least = max(LOUD_SHARE * levels.max(), SILENT_RMS)
    for frame, level in zip(frames, levels, strict=True):
        if level >= least:
            yield frame


def _period(frame: Frame, geometry: _Geometry) -> tuple[float, float]:
    """Find a frame's period in samples, NaN if it has none, and its clarity."""
    similarity = _similarity(frame, geometry)
    peaks = _key_peaks(similarity)
    if not len(peaks):
        return np.nan, 0.0
    before, at, after = (similarity[peaks + offset] for offset in (-1, 0, 1))
    # A parabola through a peak and its neighbours: where it is highest, and how high.
    offset = (before - after) / (2 * (before - 2 * at + after))
    heights = at - (before - after) * offset / 4
    first = int(np.argmax(heights >= PEAK_SHARE * heights.max()))
    clarity = float(np.clip(heights[first], 0, 1))
    return float(peaks[first] + offset[first]) / geometry.refinement, clarity


def _similarity(frame: Frame, geometry: _Geometry) -> Frame:
    """Compare a frame's start with the frame shifted: 1 where they are equal, −1 for opposites.

    Parameters
    ----------
    frame : float64 array [terms + shift]
        A frame.
    geometry : _Geometry
        Its lengths.

    Returns
    -------
    float64 array [shift · refinement]
        2 Σ x(j) x(j + τ) / Σ (x(j)² + x(j + τ)²) for shifts τ from 0, in steps of
        1 / `refinement` samples; the sums run over `terms` samples.
    """
    terms, shift, refinement = geometry
    size = fft.next_fast_len(len(frame), real=True)
    product = np.conj(fft.rfft(frame[:terms], size)) * fft.rfft(frame, size)
    # A longer inverse transform puts values between the samples, without loss.
    correlation = refinement * fft.irfft(product, size * refinement)[: shift * refinement]
    sums = np.concatenate([[0.0], np.cumsum(frame**2)])
    energies = sums[terms:] - sums[: len(sums) - terms]
    steps = np.arange(shift * refinement) / refinement
    energy = energies[0] + np.interp(steps, np.arange(len(energies)), energies)
    similarity: Frame = 2 * correlation / np.maximum(energy, np.finfo(float).tiny)
    return similarity


def _key_peaks(similarity: Frame) -> npt.NDArray[np.intp]:
    """Find the highest point of every stretch above 0 but the first, which is the unshifted one."""
    above = similarity > 0
    rises = np.flatnonzero(~above[:-1] & above[1:]) + 1
    if not len(rises):
        return rises
    bounds = [*rises, len(similarity)]
    peaks = np.array([a + np.argmax(similarity[a:b]) for a, b in pairwise(bounds)])
    # A stretch that is cut off at the longest shift may still be rising.
    return peaks[peaks < len(similarity) - 1]
