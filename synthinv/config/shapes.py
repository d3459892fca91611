"""Shapes of spectrograms, and of the images that each layer of a network makes of them."""

import numpy as np
import numpy.typing as npt

from synthinv.config.sections.network import NetworkConfig
from synthinv.config.sections.spectrogram import SpectrogramConfig

Images = npt.NDArray[np.float32]


def overlap(config: SpectrogramConfig) -> int:
    """Return the overlap of the windows in samples; SciPy's default is an eighth of a window."""
    return config.nperseg // 8 if config.noverlap is None else config.noverlap


def spectrogram_shape(config: SpectrogramConfig, samples: int) -> tuple[int, int]:
    """Return the shape of one spectrogram.

    Parameters
    ----------
    config : SpectrogramConfig
        The kind of spectrogram.
    samples : int
        Length of the note in samples.

    Returns
    -------
    tuple of int
        (bands, frames); no frames for a note shorter than the window.
    """
    bands = config.nfft // 2 // config.pool + 1 if config.mels is None else config.mels
    frames = (samples - overlap(config)) // (config.nperseg - overlap(config))
    return bands, max(frames, 0)


def convolved_shapes(network: NetworkConfig, shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the shape of an image after each convolution with 2 × 2 max-pooling.

    Parameters
    ----------
    network : NetworkConfig
        The network.
    shape : tuple of int
        (bands, frames) of its input.

    Returns
    -------
    list of tuple of int
        One (height, width) per layer; not positive where the image is too small.
    """
    shapes = []
    for _ in range(network.convolutions):
        # An image smaller than its kernel stays empty: padding of later layers must not revive it.
        height, width = (
            max(n + 2 * network.padding - network.kernel_size + 1, 0) // 2 if n > 0 else 0
            for n in shape
        )
        shape = (height, width)
        shapes.append(shape)
    return shapes


def channels(network: NetworkConfig) -> list[int]:
    """Return the number of kernels of each convolution, which is its number of images."""
    last = network.kernels if network.last_kernels is None else network.last_kernels
    return [*[network.kernels] * (network.convolutions - 1), last]


def flattened_size(network: NetworkConfig, shape: tuple[int, int]) -> int:
    """Return the number of inputs of the first fully connected layer.

    Parameters
    ----------
    network : NetworkConfig
        The network.
    shape : tuple of int
        (bands, frames) of its input.

    Returns
    -------
    int
        The thesis's "Flatten" (Table 3): pixels that the convolutions leave.
    """
    height, width = convolved_shapes(network, shape)[-1]
    images = channels(network)[-1] if network.flatten == "all" else 1
    return images * height * width
