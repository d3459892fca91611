"""The level of a sound: its peak, decibels, and whether it is silent or clipped."""

import numpy as np
import numpy.typing as npt

Peaks = npt.NDArray[np.floating] | np.floating


def peak(audio: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Find the largest magnitude of each sound.

    Parameters
    ----------
    audio : float array [..., samples]
        Sounds, full scale ±1.

    Returns
    -------
    float array [...]
        Peaks, in the sounds' own precision.
    """
    # Without the magnitudes in between, which take several times as long.
    return np.asarray(np.maximum(audio.max(axis=-1), -audio.min(axis=-1)))


def is_silent(peaks: Peaks, quietest: float) -> npt.NDArray[np.bool_]:
    """Decide which sounds are silent, by their peaks.

    Parameters
    ----------
    peaks : float array [...]
        Peaks, full scale 1, see `peak`.
    quietest : float
        Lowest peak of a sound that is not silent, see `db_to_amplitude`.

    Returns
    -------
    bool array [...]
        True also for a sound that holds NaN.
    """
    return np.asarray(~(peaks >= quietest))


def is_clipped(peaks: Peaks) -> npt.NDArray[np.bool_]:
    """Decide which sounds reach full scale, by their `peaks`, a float array [...]."""
    return np.asarray(peaks >= 1)


def amplitude_to_db(amplitude: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Convert amplitudes to decibels, in double precision; −inf for 0.

    Of a peak with full scale 1, these are dBFS.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(20 * np.log10(np.asarray(amplitude, dtype=np.float64)))


def db_to_amplitude(decibels: float) -> float:
    """Convert decibels to an amplitude: 0 dB to 1, −60 dB to 0.001."""
    return float(10 ** (decibels / 20))
