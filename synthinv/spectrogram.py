"""From notes to images (thesis, section 4.1.1). SciPy's spectrogram is the reference."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import signal

from synthinv.geometry import overlap
from synthinv.mel import sparse_mel_filters
from synthinv.sections import View

Images = npt.NDArray[np.float32]


def pool_bands(power: npt.NDArray[np.floating], pool: int) -> npt.NDArray[np.floating]:
    """Average neighbouring frequency bands.

    Groups are centred (to half a band, for an even `pool`), so that group k stands for the
    frequency of band `k * pool`, as if the transform had been that much shorter. The first group
    is half as wide, and so is the last when `pool` divides the number of bands less one (else the
    bands above it are left out).

    Parameters
    ----------
    power : float array [bands, ...]
        Power per band.
    pool : int
        Bands per group.

    Returns
    -------
    float array [(bands - 1) // pool + 1, ...]
        Mean power per group.
    """
    if pool == 1:
        return power
    groups = (len(power) - 1) // pool + 1
    edges = np.arange(groups + 1) * pool - pool // 2
    edges = edges.clip(0, len(power))
    sums = np.add.reduceat(power[: edges[-1]], edges[:-1], axis=0)
    means: npt.NDArray[np.floating] = sums / np.diff(edges).reshape(-1, *[1] * (power.ndim - 1))
    return means


def spectrogram(note: npt.NDArray[np.float32], sample_rate: int, view: View) -> Images:
    """Spectrogram of one note, normalised to its own maximum.

    Parameters
    ----------
    note : float32 array [samples]
        The note.
    sample_rate : int
        In Hz.
    view : View
        Window, transform, pooling and scale.

    Returns
    -------
    float32 array [bands, frames]
        Pixels in [0, 1]; all zero for digital silence.
    """
    _, _, power = signal.spectrogram(
        note, fs=sample_rate, nperseg=view.nperseg, noverlap=overlap(view), nfft=view.nfft
    )
    if view.mels is None:
        power = pool_bands(power, view.pool)
    else:
        power = sparse_mel_filters(sample_rate, view.nfft, view.mels) @ power
    peak = power.max()
    relative = power / peak if peak > 0 else power
    if view.scale == "magnitude":
        relative = np.sqrt(relative)
    elif view.scale == "decibel":
        floor = 10 ** (-view.range_db / 10)
        relative = 1 + 10 * np.log10(np.maximum(relative, floor)) / view.range_db
        relative = np.maximum(relative, 0)  # rounding may leave -1e-7 at the floor
    return np.asarray(relative, dtype=np.float32)


def spectrograms(notes: npt.NDArray[np.float32], sample_rate: int, view: View) -> Iterator[Images]:
    """Spectrograms of many notes, one at a time: [n, samples] to n images [bands, frames]."""
    return (spectrogram(note, sample_rate, view) for note in notes)
