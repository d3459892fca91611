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

# Pixels are whole multiples of a millionth of the image's maximum, or nearly so: what is finer is
# noise to a network, and takes seven times the space.
STEP = np.float32(2**-20)
# A step of this power of two, or of a smaller one, would be too small for single precision.
LEAST_EXPONENT = -100
# Share of a window that is not flat, SciPy's default.
TAPERED = 0.25


def spectrograms(notes: Audio, sample_rate: int, config: SpectrogramConfig) -> Iterator[Images]:
    """Compute the normalised spectrograms of many notes one by one.

    Power is as `scipy.signal.spectrogram` defines it by default: Tukey window, the mean of each
    frame taken off, per hertz.

    Parameters
    ----------
    notes : float32 array [n, samples]
        The notes.
    sample_rate : int
        In Hz.
    config : SpectrogramConfig
        Window, transform, pooling, scale and normalisation.

    Yields
    ------
    float32 array [bands, frames]
        Pixels, at least 0; all zero for digital silence. They are whole multiples of `STEP` times
        the greatest power of two that the image's maximum reaches, which is 1 where notes are
        normalised to their maximum.
    """
    # Not `synthinv.audio.spectra.spectra`, which centres its frames and keeps their mean, as the
    # metrics' published definitions do.
    hop = config.nperseg - overlap(config)
    cut = frames(notes, config.nperseg, hop)
    # One note at a time, in buffers that are used again: its spectra then stay in the processor's
    # cache, and allocating memory would take longer than the transforms.
    padded = np.zeros((cut.shape[1], config.nfft), dtype=np.float32)
    windowed, window = padded[:, : config.nperseg], tukey_window(config.nperseg, TAPERED)
    # Twice SciPy's: it doubles all bands but the first and the last, and these are halved below.
    unit = 2 / (sample_rate * float(np.square(window, dtype=np.float64).sum()))
    for own in cut:
        np.subtract(own, own.mean(axis=1, keepdims=True), out=windowed)
        np.multiply(windowed, window, out=windowed)
        bands = power(fft.rfft(padded))
        # One-sided: every band but the first, and the last of an even transform, stands for two.
        bands[:, 0] /= 2
        if config.nfft % 2 == 0:
            bands[:, -1] /= 2
        yield _image(bands, sample_rate, config, unit)


def spectrogram(note: Audio, sample_rate: int, config: SpectrogramConfig) -> Images:
    """Compute the spectrogram of one note: [samples] to [bands, frames], see `spectrograms`."""
    return next(spectrograms(note[np.newaxis], sample_rate, config))


def _image(
    power: npt.NDArray[np.float32], sample_rate: int, config: SpectrogramConfig, unit: float
) -> Images:
    """Convert power [frames, bands], where 1 is `unit` of SciPy's, to pixels [bands, frames]."""
    if config.mels is None:
        power = pool_bands(power, config.pool)
    else:
        power = power @ sparse_mel_filters(sample_rate, config.nfft, config.mels).T
    largest = power.max()
    image = np.empty(power.shape[::-1], dtype=np.float32)
    np.divide(power.T, largest or np.float32(1), out=image)
    if config.scale == "magnitude":
        np.sqrt(image, out=image)
    elif config.scale == "decibel":
        np.maximum(image, np.float32(10 ** (-config.range_db / 10)), out=image)
        np.log10(image, out=image)
        image *= np.float32(10 / config.range_db)
        image += 1
        np.maximum(image, 0, out=image)  # rounding may leave -1e-7
    if config.normalisation != "maximum":
        image *= np.float32(_factor(image, float(largest) * unit, config))
    _round_to_steps(image)
    return image


def _factor(image: Images, largest: float, config: SpectrogramConfig) -> float:
    """Return the factor that normalises an image.

    Parameters
    ----------
    image : float32 array [bands, frames]
        The image, divided by its maximum.
    largest : float
        The greatest power in SciPy's units.
    config : SpectrogramConfig
        Scale and normalisation.

    Returns
    -------
    float
        The factor; 1 for an image that is all zero.
    """
    # Sums in double precision: in single precision, those of small pixels would be rounded off.
    if config.normalisation == "sum":
        return 1 / (float(image.sum(dtype=np.float64)) or 1)
    if config.normalisation == "norm":
        return 1 / (float(np.square(image, dtype=np.float64).sum()) ** 0.5 or 1)
    pixel = largest**0.5 if config.scale == "magnitude" else largest
    return pixel / (config.reference or 1)


def _round_to_steps(image: Images) -> None:
    """Round pixels to whole multiples of a power of two, see `spectrograms`."""
    _, exponent = np.frexp(image.max())  # the maximum lies below 2 to this power
    step = np.ldexp(STEP, max(exponent - 1, LEAST_EXPONENT))
    image /= step
    np.rint(image, out=image)
    image *= step
