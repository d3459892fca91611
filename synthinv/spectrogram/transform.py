"""Notes as images (thesis, section 4.1.1), as SciPy's spectrogram makes them."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import fft

from synthinv.audio.bands import pool_bands
from synthinv.audio.mel import sparse_mel_filters
from synthinv.audio.spectra import frames, power, tukey_window
from synthinv.audio.types import Audio
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.shapes import Images, overlap

# Pixels are whole multiples of a millionth, or nearly so: what is finer is noise to a network, and
# takes seven times the space.
STEP = np.float32(2**-20)
# Share of a window that is not flat, SciPy's default.
TAPERED = 0.25


def spectrograms(notes: Audio, sample_rate: int, config: SpectrogramConfig) -> Iterator[Images]:
    """Compute the spectrograms of many notes one by one, each normalised to its own maximum.

    Power is as `scipy.signal.spectrogram` defines it by default (Tukey window, the mean of each
    frame taken off), but for the unit, which the normalisation removes.

    Parameters
    ----------
    notes : float32 array [n, samples]
        The notes.
    sample_rate : int
        In Hz.
    config : SpectrogramConfig
        Window, transform, pooling and scale.

    Yields
    ------
    float32 array [bands, frames]
        Pixels in [0, 1], multiples of `STEP`; all zero for digital silence.
    """
    # Not `synthinv.audio.spectra.spectra`, which centres its frames and keeps their mean, as the
    # metrics' published definitions do.
    hop = config.nperseg - overlap(config)
    cut = frames(notes, config.nperseg, hop)
    # One note at a time, in buffers that are used again: its spectra then stay in the processor's
    # cache, and allocating memory would take longer than the transforms.
    padded = np.zeros((cut.shape[1], config.nfft), dtype=np.float32)
    windowed, window = padded[:, : config.nperseg], tukey_window(config.nperseg, TAPERED)
    for own in cut:
        np.subtract(own, own.mean(axis=1, keepdims=True), out=windowed)
        np.multiply(windowed, window, out=windowed)
        bands = power(fft.rfft(padded))
        # One-sided: every band but the first, and the last of an even transform, stands for two.
        bands[:, 0] /= 2
        if config.nfft % 2 == 0:
            bands[:, -1] /= 2
        yield _image(bands, sample_rate, config)


def spectrogram(note: Audio, sample_rate: int, config: SpectrogramConfig) -> Images:
    """Compute the spectrogram of one note: [samples] to [bands, frames], see `spectrograms`."""
    return next(spectrograms(note[np.newaxis], sample_rate, config))


def _image(power: npt.NDArray[np.float32], sample_rate: int, config: SpectrogramConfig) -> Images:
    """Convert power [frames, bands] to pixels [bands, frames]."""
    if config.mels is None:
        power = pool_bands(power, config.pool)
    else:
        power = power @ sparse_mel_filters(sample_rate, config.nfft, config.mels).T
    image = np.empty(power.shape[::-1], dtype=np.float32)
    np.divide(power.T, power.max() or np.float32(1), out=image)
    if config.scale == "magnitude":
        np.sqrt(image, out=image)
    elif config.scale == "decibel":
        np.maximum(image, np.float32(10 ** (-config.range_db / 10)), out=image)
        np.log10(image, out=image)
        image *= np.float32(10 / config.range_db)
        image += 1
        np.maximum(image, 0, out=image)  # rounding may leave -1e-7
    image /= STEP
    np.rint(image, out=image)
    image *= STEP
    return image
