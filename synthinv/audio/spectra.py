"""Frames of sounds, their spectra and their power, in the precision of the sounds."""

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import fft

from synthinv.audio.types import Audio

Frames = npt.NDArray[np.floating]


def frames(audio: npt.NDArray[np.floating], window: int, hop: int) -> Frames:
    """Cut sounds into overlapping frames, the first starting at the first sample.

    Parameters
    ----------
    audio : float array [..., samples]
        Sounds of at least one window.
    window : int
        Samples of a frame.
    hop : int
        Samples from one frame to the next.

    Returns
    -------
    float array [..., frames, window]
        A view of the sounds, not to be written to.
    """
    return np.lib.stride_tricks.sliding_window_view(audio, window, axis=-1)[..., ::hop, :]


def centred_frames(audio: npt.NDArray[np.floating], window: int, hop: int) -> Frames:
    """Cut sounds into overlapping frames, the first centred on the first sample.

    Parameters
    ----------
    audio : float array [..., samples]
        Sounds; zeros are added before and after, so one sample is enough.
    window, hop : int
        As in `frames`.

    Returns
    -------
    float array [..., frames, window]
        Not to be written to.
    """
    margin = window // 2
    return frames(np.pad(audio, [(0, 0)] * (audio.ndim - 1) + [(margin, margin)]), window, hop)


def spectra(audio: Audio, window: int, hop: int) -> npt.NDArray[np.complex64]:
    """Compute the short-time Fourier transform: centred frames, periodic Hann window, no scale.

    Parameters
    ----------
    audio : float32 array [..., samples]
        Sounds.
    window, hop : int
        As in `frames`.

    Returns
    -------
    complex64 array [..., frames, window // 2 + 1]
        One spectrum per frame.
    """
    tapered = centred_frames(audio, window, hop) * tukey_window(window)
    result: npt.NDArray[np.complex64] = fft.rfft(tapered)
    return result


def power(spectrum: npt.NDArray[np.complexfloating]) -> npt.NDArray[np.floating]:
    """Compute the squared magnitudes of a spectrum, which is overwritten on the way.

    Parameters
    ----------
    spectrum : complex array [..., bins]
        A contiguous spectrum; lost afterwards, since fresh memory would cost more time than the
        squares.

    Returns
    -------
    float array [..., bins]
        Power.
    """
    parts = spectrum.view(spectrum.real.dtype)  # real, imaginary, real, ...
    np.square(parts, out=parts)
    total: npt.NDArray[np.floating] = parts[..., ::2] + parts[..., 1::2]
    return total


@cache
def tukey_window(length: int, share: float = 1.0) -> npt.NDArray[np.float32]:
    """Compute a periodic Tukey window: flat in the middle, a cosine at both ends.

    Written out here because SciPy's module of windows takes half a second to import.

    Parameters
    ----------
    length : int
        Samples.
    share : float
        Share of the window that is cosine, both ends together; 1 gives a Hann window.

    Returns
    -------
    float32 array [length]
        The window, which is kept for the next call: not to be written to.
    """
    from_end = np.minimum(np.arange(length), length - np.arange(length))
    rise = np.minimum(from_end / (share * length / 2), 1)
    return np.asarray((1 - np.cos(np.pi * rise)) / 2, dtype=np.float32)
