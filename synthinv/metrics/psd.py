"""Power spectral density of a whole note, and the PSD error (thesis, eq. 14 and 15)."""

import numpy as np
import numpy.typing as npt
from scipy import fft

from synthinv.audio.bands import pool_bands
from synthinv.audio.spectra import power
from synthinv.audio.types import Audio

# Thesis, section 4.1.1: 10,000 points at 44.1 kHz give bands of 4.41 Hz.
BAND_HZ = 4.41


def psd(note: Audio, sample_rate: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Compute the power spectral density of a whole note, its maximum 1 (thesis, eq. 14).

    Parameters
    ----------
    note : float32 array [samples]
        The note.
    sample_rate : int
        In Hz.

    Returns
    -------
    tuple of float64 array [bands]
        Frequencies in Hz, and the density in bands of about 4.41 Hz, its maximum 1; all zero
        for digital silence.
    """
    # SciPy's periodogram but for its scale, which the maximum cancels: finding that scale takes it
    # longer than the transform, in a loop that keeps other threads waiting.
    density = power(fft.rfft(note - note.mean(dtype=np.float64)))
    # All bands but 0 Hz and the Nyquist frequency stand for their negative ones as well.
    density[1 : (len(note) + 1) // 2] *= 2
    frequencies = fft.rfftfreq(len(note), 1 / sample_rate)
    pool = max(round(BAND_HZ * len(note) / sample_rate), 1)
    pooled = np.asarray(pool_bands(density, pool), dtype=np.float64)
    peak = pooled.max()
    return frequencies[::pool], pooled / peak if peak > 0 else pooled


def psd_error(reference: Audio, prediction: Audio, sample_rate: int) -> float:
    """Compute the PSD error: squared differences summed over the bands (thesis, eq. 15).

    Parameters
    ----------
    reference, prediction : float32 array [samples]
        Two notes of equal length.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        0 for equal spectra.

    Raises
    ------
    ValueError
        If the notes differ in length.
    """
    if len(reference) != len(prediction):
        raise ValueError(f"a note of {len(prediction)} samples, not {len(reference)}")
    _, first = psd(reference, sample_rate)
    _, second = psd(prediction, sample_rate)
    return float(np.sum((first - second) ** 2))
