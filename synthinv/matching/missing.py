"""What a patch lacks to sound like a sound, in plain sentences.

Their levels by octave over their whole length, their levels over time, their pitch, and how much of
each is noise are compared. Only differences that are plainly heard count.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthinv.audio.level import is_silent, peak
from synthinv.audio.pitch import OCTAVE, estimate_pitch
from synthinv.audio.sound_file import SILENT
from synthinv.audio.spectra import centred_frames, power, spectra
from synthinv.audio.types import Audio

Levels = npt.NDArray[np.float64]

MOST = 3
"""Sentences at most."""
AUDIBLE_HZ = 20
"""What lies below, such as a converter's offset, is not compared."""
EDGES_HZ = (125, 250, 500, 1_000, 2_000, 4_000, 8_000)
"""Frequencies between the bands whose levels are compared."""
WINDOW_SECONDS = 0.186
"""Length of the windows whose spectra are taken: harmonics of 31 Hz are apart in them."""
FADE_SECONDS = 0.01
"""Length of the fades at both ends of what spectra are taken of: a tone that starts or ends between
two samples would have energy in every band."""
WITHIN_HZ = 500
"""Below it, where that fade is too short to help, only windows within the sound count. Above it,
all do: the highs of many a drum are in its first moment."""
HEARD_DB = 40.0
"""Levels this far below the loudest are taken as equal: what is louder masks them."""
BAND_DB, LEVEL_DB = 8.0, 6.0
"""Differences that matter, of a band and of a moment."""
STEP_SECONDS = 0.01
"""Time between the moments whose levels are compared; each is measured over twice that time."""
SHORTEST_SECONDS = 0.05
"""A stretch of time after the attack is at least this long."""
FEWEST_RUNS = 3
"""Fewest stretches, too loud or too soft, that one sentence sums up; fewer are listed."""
BLOCK_HZ, LOWEST_HZ, HIGHEST_HZ = 300, 200, 10_000
"""Width of the blocks of a spectrum that are noise or not, and where the first and last lie."""
NOISE_DB = (0.2, 3.5)
"""Distances of a block's mean power from its median between which the block is noise: 1.6 dB is
expected of noise, a tone has more, and the even spectrum of a click nearly none."""
CLOSEST_HZ = 26
"""Below this pitch, harmonics are too close to be apart in the windows, and look like noise."""
PITCH_SECONDS = 1.0
"""Part of a sound, and of a patch, from its onset, whose pitch is estimated."""
OUT_OF_TUNE = 0.4
"""Semitones by which a patch's pitch has to differ from the sound's to matter."""
NOISY_SHARE = 0.3
"""Share of a sound's audible blocks that are noise in only one of the two, to matter."""


class _Difference(NamedTuple):
    """A sentence, and how much it matters: decibels times the share of the sound."""

    weight: float
    sentence: str


class _Run(NamedTuple):
    """Neighbouring differences of one sign: the first, the one after the last, and their mean."""

    start: int
    end: int
    mean: float

    @property
    def too(self) -> str:
        return f"too {'loud' if self.mean > 0 else 'soft'} by {abs(self.mean):.0f} dB"

    def difference(self, count: int, sentence: str) -> _Difference:
        """Return the sentence, weighted by the share of all that the run is."""
        return _Difference(abs(self.mean) * (self.end - self.start) / count, sentence)


def what_differs(
    sound: Audio,
    played: Audio,
    sample_rate: int,
    frequency: float | None = None,
    cut: bool = False,
) -> tuple[str, ...]:
    """Describe in what a patch plainly differs from a sound.

    Parameters
    ----------
    sound, played : float32 array [samples]
        The sound, which is not silent, and the patch, equally long.
    sample_rate : int
        In Hz.
    frequency : float or None
        The sound's pitch in Hz, if it has one.
    cut : bool
        Whether the sound goes on after these samples.

    Returns
    -------
    tuple of str
        At most three sentences, what matters most first; none where nothing does.
    """
    if is_silent(peak(played), SILENT):
        return ("The patch is silent.",)
    sound, played = (audio / np.sqrt(np.mean(np.square(audio))) for audio in (sound, played))
    found = _in_time(sound, played, sample_rate, cut)
    own, other = (
        _power_spectra(_faded(audio, sample_rate), sample_rate) for audio in (sound, played)
    )
    found += _in_bands(own, other, _within(sound, sample_rate), sample_rate)
    played_hz = estimate_pitch(played[: round(PITCH_SECONDS * sample_rate)], sample_rate).frequency
    if min(frequency or np.inf, played_hz or np.inf) >= CLOSEST_HZ:
        found += _in_noise(own, other, sample_rate, frequency is not None)
    if frequency is not None and played_hz is not None:
        found += _in_pitch(frequency, played_hz)
    found.sort(key=lambda difference: -difference.weight)
    return tuple(difference.sentence for difference in found[:MOST])


def _in_time(sound: Audio, played: Audio, sample_rate: int, cut: bool) -> list[_Difference]:
    """Compare levels over time: the attack, the end if the sound has one, stretches between."""
    levels = [_levels(audio, sample_rate) for audio in (sound, played)]
    runs = _runs(_excess(*levels), LEVEL_DB)
    count = len(levels[0])
    shortest = SHORTEST_SECONDS / STEP_SECONDS
    found, between = [], []
    for run in runs:
        start, end = run.start * STEP_SECONDS, min(run.end, count - 1) * STEP_SECONDS
        if run.start == 0 and run.end - run.start > 1:
            attack = f"The attack is {run.too}, over the first {1_000 * end:.0f} ms."
            # The attack is what tells many sounds apart, however short it is.
            found.append(_Difference(abs(run.mean), attack))
        elif run.end - run.start < shortest:
            continue
        elif run.end == count and not cut:
            found.append(run.difference(count, f"The end is {run.too}, from {start:.2f} s on."))
        else:
            stretch = f"From {start:.2f} s to {end:.2f} s, it is {run.too}."
            between.append(run.difference(count, stretch))
    if len(between) < FEWEST_RUNS:
        return found + between
    # A long list would tell nobody anything.
    moves = "The sound grows louder and softer in ways that the patch does not follow."
    return [*found, _Difference(sum(difference.weight for difference in between), moves)]


def _levels(audio: Audio, sample_rate: int) -> Levels:
    """Measure levels in dB, one for each `STEP_SECONDS`."""
    step = max(1, round(STEP_SECONDS * sample_rate))
    cut = centred_frames(np.square(audio, dtype=np.float64), 2 * step, step)
    return _decibels(cut.mean(axis=1))


def _in_bands(
    sound: Levels, played: Levels, within: npt.NDArray[np.bool_], sample_rate: int
) -> list[_Difference]:
    """Compare levels by octave: one sentence at most for too little, and one for too much."""
    edges = [AUDIBLE_HZ, *(edge for edge in EDGES_HZ if edge < sample_rate / 2), np.inf]
    places = np.linspace(0, sample_rate / 2, sound.shape[1])
    levels = []
    for frames in (sound, played):
        mean = np.where(places < WITHIN_HZ, frames[within].mean(axis=0), frames.mean(axis=0))
        bands = [mean[(places >= low) & (places < high)].sum() for low, high in pairwise(edges)]
        levels.append(_decibels(np.array(bands)))
    count = len(levels[0])
    found: dict[bool, _Difference] = {}
    heard = np.flatnonzero(levels[0] > levels[0].max() - HEARD_DB)
    for run in _runs(_excess(*levels), BAND_DB):
        low = edges[run.start] if run.start > heard[0] else 0
        high = edges[run.end] if run.end <= heard[-1] else np.inf
        sentence = f"{_band(low, high)} {run.too}."
        difference = run.difference(count, sentence)
        found[run.mean > 0] = max(difference, found.get(run.mean > 0, difference))
    return list(found.values())


def _band(low: float, high: float) -> str:
    """Return the subject and verb of a sentence about what lies between two frequencies."""
    if low == 0:
        return f"The lows below {_frequency(high)} are"
    if high == np.inf:
        return f"The highs above {_frequency(low)} are"
    return f"What lies between {_frequency(low)} and {_frequency(high)} is"


def _frequency(hertz: float) -> str:
    return f"{hertz:g} Hz" if hertz < 1_000 else f"{hertz / 1_000:g} kHz"


def _in_noise(sound: Levels, played: Levels, sample_rate: int, pitched: bool) -> list[_Difference]:
    """Compare how much of the spectra is noise."""
    (heard, noise), (other_heard, other_noise) = (
        _noise(frames, sample_rate) for frames in (sound, played)
    )
    if not (heard.any() and other_heard.any()):
        return []
    lacking = (noise & ~other_noise).sum() / heard.sum()
    excess = (other_noise & ~noise).sum() / other_heard.sum()
    if lacking - excess > NOISY_SHARE:
        which = "The noise between its harmonics" if pitched else "Its noise"
        return [_Difference(HEARD_DB / 2 * lacking, f"{which} is missing.")]
    if excess - lacking > NOISY_SHARE:
        return [_Difference(HEARD_DB / 2 * excess, "The patch is noisier than the sound.")]
    return []


def _in_pitch(frequency: float, played: float) -> list[_Difference]:
    """Compare the patch's pitch with the sound's, both in Hz."""
    semitones = float(OCTAVE * np.log2(played / frequency))
    if abs(semitones) < OUT_OF_TUNE:
        return []
    octaves = round(semitones / OCTAVE)
    by = f"{abs(semitones):.1f} semitones"
    if octaves and abs(semitones - OCTAVE * octaves) < OUT_OF_TUNE:
        by = "an octave" if abs(octaves) == 1 else f"{abs(octaves)} octaves"
    sentence = f"It sounds {by} too {'high' if semitones > 0 else 'low'}."
    return [_Difference(HEARD_DB, sentence)]


def _noise(frames: Levels, sample_rate: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell which blocks of spectra are audible, and which of these are noise: [frames, blocks]."""
    bin_hz = sample_rate / 2 / (frames.shape[1] - 1)
    width = max(2, round(BLOCK_HZ / bin_hz))
    first, last = (round(hertz / bin_hz) for hertz in (LOWEST_HZ, HIGHEST_HZ))
    part = frames[:, first:last]
    part = part[:, : part.shape[1] // width * width]
    blocks = part.reshape(len(part), -1, width)
    # What lies below is one block more, and never noise: of a bass, it masks most of the others.
    lows = frames[:, round(AUDIBLE_HZ / bin_hz) : first].sum(axis=1, keepdims=True) / width
    means = _decibels(np.concatenate([lows, blocks.mean(axis=2)], axis=1))
    heard = means > means.max() - HEARD_DB
    least, most = NOISE_DB
    uneven = means - _decibels(np.concatenate([lows, np.median(blocks, axis=2)], axis=1))
    return heard, heard & (least < uneven) & (uneven < most)


def _power_spectra(audio: Audio, sample_rate: int) -> Levels:
    """Return power spectra, half a window apart: float64 [frames, bins]."""
    hop = _hop(sample_rate)
    return np.asarray(power(spectra(audio, 2 * hop, hop)), dtype=np.float64)


def _within(audio: Audio, sample_rate: int) -> npt.NDArray[np.bool_]:
    """Tell which of the spectra's windows lie within a sound; all, if none does: [frames]."""
    hop = _hop(sample_rate)
    start, end = _ends(audio)
    centres = hop * np.arange(1 + len(audio) // hop)
    within = (centres - hop >= start) & (centres + hop <= end)
    return within if within.any() else ~within


def _faded(audio: Audio, sample_rate: int) -> Audio:
    """Fade a sound in and out, each over half of it at most."""
    start, end = _ends(audio)
    count = min(round(FADE_SECONDS * sample_rate), (end - start) // 2)
    rise = np.sin(np.pi / 2 * (np.arange(count) + 0.5) / max(1, count)) ** 2
    faded = audio.copy()
    faded[start : start + count] *= rise
    faded[end - count : end] *= rise[::-1]
    return faded


def _ends(audio: Audio) -> tuple[int, int]:
    """Return the first sample that is not zero, and the one after the last."""
    sounding = np.flatnonzero(audio)
    return int(sounding[0]), int(sounding[-1]) + 1


def _hop(sample_rate: int) -> int:
    """Return half a window of the spectra in samples."""
    return max(2, round(WINDOW_SECONDS * sample_rate / 2))


def _excess(sound: Levels, played: Levels) -> Levels:
    """Return by how much the patch is louder; what is far below the sound's loudest is equal."""
    floor = sound.max() - HEARD_DB
    # The patch is turned up or down by the median of the differences; what is louder counts more.
    order = np.argsort(sound - played)
    weights = np.cumsum(np.maximum(sound - floor, 0)[order])
    median = order[np.searchsorted(weights, weights[-1] / 2)]
    turned = played + sound[median] - played[median]
    return np.asarray(np.maximum(turned, floor) - np.maximum(sound, floor))


def _runs(differences: Levels, least: float) -> list[_Run]:
    """Find neighbouring differences of one sign, each at least so large."""
    signs = np.where(np.abs(differences) >= least, np.sign(differences), 0)
    bounds = [0, *(np.flatnonzero(np.diff(signs)) + 1).tolist(), len(signs)]
    return [
        _Run(start, end, float(differences[start:end].mean()))
        for start, end in pairwise(bounds)
        if signs[start]
    ]


def _decibels(power: Levels) -> Levels:
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)))
