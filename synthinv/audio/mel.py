"""Mel bands of notes and their decibels, computed as librosa computes them by default.

B. McFee et al., "librosa: Audio and Music Signal Analysis in Python", SciPy 2015; the mel scale is
that of M. Slaney's Auditory Toolbox (1998). Everything takes a batch of notes at once and stays in
single precision; the tests hold it against librosa itself.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import fft, sparse

from synthinv.audio.spectra import power, spectra
from synthinv.audio.types import Audio

Bands = npt.NDArray[np.float32]

# Slaney's scale: linear to 1 kHz, then 27 mels for every factor of 6.4.
BREAK_HZ = 1_000.0
BREAK_MEL = 15.0
HZ_PER_MEL = BREAK_HZ / BREAK_MEL
LOG_STEP = np.log(6.4) / 27

LEAST_POWER = 1e-10
RANGE_DB = 80.0


def hertz_to_mel(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Convert frequencies in Hz to mels (Slaney)."""
    hertz = np.asarray(hertz, dtype=np.float64)
    high = BREAK_MEL + np.log(np.maximum(hertz, BREAK_HZ) / BREAK_HZ) / LOG_STEP
    return np.where(hertz < BREAK_HZ, hertz / HZ_PER_MEL, high)


def mel_to_hertz(mel: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Convert mels (Slaney) to frequencies in Hz."""
    mel = np.asarray(mel, dtype=np.float64)
    high = BREAK_HZ * np.exp(LOG_STEP * (np.maximum(mel, BREAK_MEL) - BREAK_MEL))
    return np.where(mel < BREAK_MEL, mel * HZ_PER_MEL, high)


def mel_filters(sample_rate: int, window: int, mels: int) -> npt.NDArray[np.float32]:
    """Compute triangular filters of equal area, evenly spaced in mels up to half the sample rate.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    window : int
        Samples of the Fourier transform.
    mels : int
        Number of bands.

    Returns
    -------
    float32 array [mels, window // 2 + 1]
        Weights of the spectrum's bins in each band. A band so narrow that it falls between two
        bins has none.
    """
    bins = fft.rfftfreq(window, 1 / sample_rate)
    corners = mel_to_hertz(np.linspace(0, hertz_to_mel(sample_rate / 2), mels + 2))
    low, centre, high = (corners[i : i + mels, np.newaxis] for i in range(3))
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    triangles = np.minimum(rising, falling).clip(0)
    return np.asarray(triangles * 2 / (high - low), dtype=np.float32)


@cache
def sparse_mel_filters(sample_rate: int, window: int, mels: int) -> sparse.csr_array:
    """Return `mel_filters` as a sparse matrix, which is kept for the next call."""
    return sparse.csr_array(mel_filters(sample_rate, window, mels))


def mel_spectrogram(notes: Audio, sample_rate: int, window: int, hop: int, mels: int) -> Bands:
    """Compute the power per mel band and frame.

    Parameters
    ----------
    notes : float32 array [n, samples]
        The notes.
    sample_rate : int
        In Hz.
    window, hop : int
        As in `synthinv.audio.spectra.frames`.
    mels : int
        Number of bands.

    Returns
    -------
    float32 array [n, mels, frames]
        Power.
    """
    squares = power(spectra(notes, window, hop))
    count, length, bins = squares.shape
    # Sparse: hardly any weight is not zero. And no BLAS, whose threads compete with the callers'.
    bands = sparse_mel_filters(sample_rate, window, mels) @ squares.reshape(-1, bins).T
    return np.asarray(bands.reshape(mels, count, length).swapaxes(0, 1))


def decibels(power: Bands) -> Bands:
    """Convert power to decibels, cut off 80 dB below each note's maximum.

    Parameters
    ----------
    power : float32 array [n, mels, frames]
        Power; what is less than 1e-10 counts as 1e-10.

    Returns
    -------
    float32 array [n, mels, frames]
        Decibels.
    """
    levels = 10 * np.log10(np.maximum(power, np.float32(LEAST_POWER)))
    highest = levels.max(axis=(1, 2), keepdims=True)
    return np.asarray(np.maximum(levels, highest - np.float32(RANGE_DB)))
