"""Distances between two notes, as the field measures them.

The four metrics are those of B. Hayes, C. Saitis and G. Fazekas, "Audio synthesizer inversion in
symmetric parameter spaces with approximately equivariant flow matching", ISMIR 2025, defined as its
evaluation computes them (`scripts/compute_audio_metrics.py` of the repository
ben-hayes/synth-permutations): centred frames with zeros around the note, periodic Hann windows,
librosa's mel bands and decibels. Lengths in milliseconds are cut to whole samples. Added here: each
note is divided by its peak first, other sample rates than 44.1 kHz, and values for silence.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy import fft

from synthinv.audio.level import peak
from synthinv.audio.mel import Bands, decibels, mel_spectrogram
from synthinv.audio.spectra import centred_frames, spectra
from synthinv.audio.types import Audio

Points = npt.NDArray[np.float32]
T = TypeVar("T", bound=np.generic)

Scales = tuple[tuple[int, int, int], ...]
"""Window and hop, and mel bands, of each spectrogram."""
MSS_MS: Scales = ((10, 5, 32), (25, 10, 64), (100, 50, 128))
"""Those of the MSS, in milliseconds."""
MFCC_MS, MFCC_HOP_MS, MFCC_MELS, MFCCS = 50, 10, 128, 20
SOT_MS, SOT_HOP_MS = 50, 20
RMS_MS, RMS_HOP_MS = 50, 25
LEAST_SUM = 1e-6
"""Magnitudes that sum to less are divided by this, so that silence has an empty spectrum."""

BLOCK = 4
"""Notes transformed at once: enough to be quick, few enough to stay in the cache."""


def peak_normalised(notes: Audio) -> Audio:
    """Divide each note by its peak.

    Parameters
    ----------
    notes : float32 array [n, samples]
        The notes.

    Returns
    -------
    float32 array [n, samples]
        Peaks of 1; digital silence as it is.
    """
    peaks = peak(notes)[:, np.newaxis]
    return np.asarray(notes / np.where(peaks > 0, peaks, 1), dtype=np.float32)


class SpectralReference:
    """A note whose log-mel spectrograms are kept, to score many candidates against it.

    Parameters
    ----------
    note : float32 array [samples]
        The note.
    sample_rate : int
        In Hz.
    absolute_share : float
        Share of absolute decibels in the differences, see `spectral_points`.
    scales : tuple, optional
        Window and hop in samples, and mel bands, of each spectrogram; by default those of the MSS.
    """

    def __init__(
        self,
        note: Audio,
        sample_rate: int,
        absolute_share: float = 0.0,
        scales: Scales | None = None,
    ) -> None:
        self._samples = len(note)
        self._sample_rate, self._absolute_share = sample_rate, absolute_share
        mss_scales = in_samples(MSS_MS, sample_rate)
        self._scales = mss_scales if scales is None else scales
        self._is_mss = not absolute_share and self._scales == mss_scales
        self._points = self._points_of(note[np.newaxis])

    def mss(self, candidates: Audio, threads: int = 1) -> npt.NDArray[np.float64]:
        """Score candidates, see `mss`; only without an absolute share and with the scales of `mss`.

        Parameters
        ----------
        candidates : float32 array [n, samples]
            Notes as long as the reference.
        threads : int
            CPU threads; the result does not depend on it.

        Returns
        -------
        float64 array [n]
            Decibels.

        Raises
        ------
        ValueError
            If the candidates are not as long as the reference, or there is an absolute share or
            another choice of scales.
        """
        if not self._is_mss:
            raise ValueError(
                "with a share of absolute decibels or other scales, differences do not sum to the "
                "MSS"
            )
        return self._in_blocks(self._mss, candidates, threads)

    def differences(self, candidates: Audio, threads: int = 1) -> Points:
        """Compute the signed differences of candidates from the note, point by point.

        Parameters
        ----------
        candidates : float32 array [n, samples]
            Notes as long as the reference.
        threads : int
            CPU threads; the result does not depend on it.

        Returns
        -------
        float32 array [n, points]
            Differences of the points of `spectral_points`: their absolute values sum to the error
            in decibels, which is the MSS unless there is an absolute share or another choice of
            scales.

        Raises
        ------
        ValueError
            If the candidates are not as long as the reference.
        """
        return self._in_blocks(self._differences, candidates, threads)

    def _in_blocks(
        self, function: Callable[[Audio], npt.NDArray[T]], candidates: Audio, threads: int
    ) -> npt.NDArray[T]:
        if candidates.shape[1] != self._samples:
            raise ValueError(f"notes of {candidates.shape[1]} samples, not {self._samples}")
        if not len(candidates):
            return function(candidates)
        blocks = [candidates[i : i + BLOCK] for i in range(0, len(candidates), BLOCK)]
        if threads == 1:
            return np.concatenate([function(block) for block in blocks])
        with ThreadPoolExecutor(threads) as pool:
            return np.concatenate(list(pool.map(function, blocks)))

    def _differences(self, block: Audio) -> Points:
        return self._points_of(block) - self._points

    def _points_of(self, notes: Audio) -> Points:
        return spectral_points(notes, self._sample_rate, self._absolute_share, self._scales)

    def _mss(self, block: Audio) -> npt.NDArray[np.float64]:
        return np.asarray(np.abs(self._differences(block)).sum(axis=1, dtype=np.float64))


def spectral_points(
    notes: Audio, sample_rate: int, absolute_share: float = 0.0, scales: Scales | None = None
) -> Points:
    """Convert notes to points whose absolute differences sum to their error in decibels.

    Parameters
    ----------
    notes : float32 array [n, samples]
        The notes.
    sample_rate : int
        In Hz.
    absolute_share : float
        From 0, decibels relative to each spectrogram's own maximum, whose differences sum to `mss`,
        to 1, decibels relative to full scale, whose differences sum to `mss_absolute`.
    scales : tuple, optional
        Window and hop in samples, and mel bands, of each spectrogram; by default those of `mss`.

    Returns
    -------
    float32 array [n, points]
        Log-mel spectrograms of all scales side by side, in decibels, each divided by the number of
        scales and of its own points.
    """
    scales = in_samples(MSS_MS, sample_rate) if scales is None else scales
    spectrograms = _log_mels(notes, sample_rate, absolute_share, scales)
    sizes = [levels.shape[1] * levels.shape[2] for levels in spectrograms]
    rows = [
        levels.reshape(len(notes), size) / np.float32(len(scales) * size)
        for levels, size in zip(spectrograms, sizes, strict=True)
    ]
    return np.concatenate(rows, axis=1)


def mss(reference: Audio, prediction: Audio, sample_rate: int) -> float:
    """Compute the multi-scale spectral distance (MSS): the mean difference per band in decibels.

    Mean over three scales (windows of 10, 25 and 100 ms; hops of 5, 10 and 50 ms; 32, 64 and 128
    mels) of the mean absolute difference between the log-mel power spectrograms, each relative to
    its own maximum and cut off 80 dB below it.

    Parameters
    ----------
    reference, prediction : float32 array [samples]
        Two notes of equal length.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        Decibels, 0 to 80. Digital silence, in which every point is at the maximum, is tens of
        decibels from most notes, but only about ten from white noise.

    Raises
    ------
    ValueError
        If the notes differ in length.
    """
    return float(SpectralReference(reference, sample_rate).mss(prediction[np.newaxis])[0])


def wmfcc(reference: Audio, prediction: Audio, sample_rate: int) -> float:
    """Compute the distance between the MFCCs of two notes, one warped in time to fit the other.

    20 coefficients from 128 mels, windows of 50 ms, hops of 10 ms. A pair of frames costs the mean
    absolute difference of the coefficients, see `warped_distance`.

    Parameters
    ----------
    reference, prediction : float32 array [samples]
        Two notes of equal length.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        Decibels (the coefficients are an orthonormal transform of decibels).

    Raises
    ------
    ValueError
        If the notes differ in length.
    """
    # Imported here, since a match needs none of it and would wait for it.
    from scipy.spatial import distance

    first, second = _mfccs(_pair(reference, prediction), sample_rate)
    return warped_distance(distance.cdist(first.T, second.T, "cityblock") / MFCCS)


def warped_distance(costs: npt.NDArray[np.floating]) -> float:
    """Find the cheapest path through a matrix of costs, per frame (dynamic time warping).

    A step to the next frame of both counts twice, a step in one of them once, and the sum is
    divided by the number of frames of both: the pattern "symmetric2" of H. Sakoe and S. Chiba,
    "Dynamic programming algorithm optimization for spoken word recognition", 1978.

    Parameters
    ----------
    costs : float array [frames, frames]
        What it costs to match a frame of one note with one of the other.

    Returns
    -------
    float
        In the unit of the costs; equal costs everywhere give nearly that cost.
    """
    costs = costs.astype(np.float64)
    # Cheapest path to each point of the current row. Along a row, the path to j enters it at some
    # k <= j: its cost is that of the entry, plus the row's costs after k, a difference of sums.
    row = np.cumsum(costs[0])
    for cost in costs[1:]:
        entry = row + cost
        entry[1:] = np.minimum(entry[1:], row[:-1] + 2 * cost[1:])
        sums = np.cumsum(cost)
        row = sums + np.minimum.accumulate(entry - sums)
    return float(row[-1] / sum(costs.shape))


def sot(reference: Audio, prediction: Audio, sample_rate: int) -> float:
    """Compute the spectral optimal transport: how far to move the spectrum, averaged over time.

    Wasserstein-1 distance between the magnitude spectra of simultaneous frames (windows of 50 ms,
    hops of 20 ms), each normalised to a sum of 1; the distance of neighbouring bins
    is one over their number.

    Parameters
    ----------
    reference, prediction : float32 array [samples]
        Two notes of equal length.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        Share of the band up to half the sample rate, 0 to 1. A silent frame counts as an empty
        spectrum.

    Raises
    ------
    ValueError
        If the notes differ in length.
    """
    window, hop = _samples(SOT_MS, sample_rate), _samples(SOT_HOP_MS, sample_rate)
    magnitude = np.abs(spectra(_pair(reference, prediction), window, hop)).astype(np.float64)
    sums = magnitude.sum(axis=2, keepdims=True)
    cumulative = np.cumsum(magnitude / np.maximum(sums, LEAST_SUM), axis=2)
    return float(np.abs(cumulative[0] - cumulative[1]).mean())


def rms_cosine(reference: Audio, prediction: Audio, sample_rate: int) -> float:
    """Compute the cosine similarity of two RMS envelopes: windows of 50 ms, hops of 25 ms.

    Parameters
    ----------
    reference, prediction : float32 array [samples]
        Two notes of equal length.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        1 for envelopes of one shape, 0 for two that never sound together. Digital silence has a
        similarity of 1 with itself and of 0 with any note.

    Raises
    ------
    ValueError
        If the notes differ in length.
    """
    window, hop = _samples(RMS_MS, sample_rate), _samples(RMS_HOP_MS, sample_rate)
    cut = centred_frames(_pair(reference, prediction), window, hop)
    first, second = np.sqrt(np.mean(np.square(cut), axis=2, dtype=np.float64))
    norms = np.linalg.norm(first) * np.linalg.norm(second)
    if norms == 0:
        return float(not (first.any() or second.any()))
    return float(first @ second / norms)


def mss_absolute(reference: Audio, prediction: Audio, sample_rate: int) -> float:
    """Compute the MSS in absolute decibels, which also counts how loud the notes are throughout.

    As `mss`, but once each note is divided by its peak, its decibels are relative to full scale,
    not to the maximum of its own spectrogram. They are still cut off 80 dB below that maximum. So a
    note whose loudest moment is a click differs from one that is loud throughout, even where their
    spectra have the same shape.

    Parameters
    ----------
    reference, prediction : float32 array [samples]
        Two notes of equal length.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        Decibels, from 0. Digital silence is far from any note.

    Raises
    ------
    ValueError
        If the notes differ in length.
    """
    scales = in_samples(MSS_MS, sample_rate)
    pairs = _log_mels(_pair(reference, prediction), sample_rate, 1.0, scales)
    return float(np.mean([np.abs(a - b).mean(dtype=np.float64) for a, b in pairs]))


METRICS: dict[str, Callable[[Audio, Audio, int], float]] = {
    "mss": mss,
    "wmfcc": wmfcc,
    "sot": sot,
    "rms_cosine": rms_cosine,
}


def in_samples(scales: Scales, sample_rate: int) -> Scales:
    """Convert the windows and hops of spectrograms from milliseconds to samples."""
    return tuple((_samples(w, sample_rate), _samples(h, sample_rate), m) for w, h, m in scales)


def _samples(milliseconds: float, sample_rate: int) -> int:
    # Cut, not rounded, as the published metrics do: 25 ms are 1102 samples at 44.1 kHz.
    return max(int(milliseconds * sample_rate / 1000), 1)


def _pair(reference: Audio, prediction: Audio) -> Audio:
    return peak_normalised(np.stack([reference, prediction]))


def _log_mels(notes: Audio, sample_rate: int, absolute_share: float, scales: Scales) -> list[Bands]:
    """Compute the log-mel spectrograms of all scales: float32 [n, mels, frames] each."""
    notes = peak_normalised(notes)
    spectrograms = []
    for window, hop, mels in scales:
        levels = decibels(mel_spectrogram(notes, sample_rate, window, hop, mels))
        highest = levels.max(axis=(1, 2), keepdims=True)
        spectrograms.append(levels - np.float32(1 - absolute_share) * highest)
    return spectrograms


def _mfccs(notes: Audio, sample_rate: int) -> Bands:
    window, hop = _samples(MFCC_MS, sample_rate), _samples(MFCC_HOP_MS, sample_rate)
    levels = decibels(mel_spectrogram(notes, sample_rate, window, hop, MFCC_MELS))
    return np.asarray(fft.dct(levels, axis=1, norm="ortho")[:, :MFCCS])
