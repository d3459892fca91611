"""Sizes of images: of a view's spectrograms, and of what each layer of a network makes of them."""

import numpy as np
import numpy.typing as npt

from synthinv.config.sections import Network, View

Images = npt.NDArray[np.float32]


def overlap(view: View) -> int:
    """Return the overlap of a view's windows in samples; SciPy's default is an eighth."""
    return view.nperseg // 8 if view.noverlap is None else view.noverlap


def spectrogram_shape(view: View, samples: int) -> tuple[int, int]:
    """Shape of one image.

    Parameters
    ----------
    view : View
        The view.
    samples : int
        Length of the note in samples.

    Returns
    -------
    tuple of int
        (bands, frames); no frames for a note shorter than the window.
    """
    bands = view.nfft // 2 // view.pool + 1 if view.mels is None else view.mels
    frames = (samples - overlap(view)) // (view.nperseg - overlap(view))
    return bands, max(frames, 0)


def convolved_shapes(network: Network, shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Shape of an image after each convolution and 2 × 2 max-pooling.

    Parameters
    ----------
    network : Network
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
        # An image smaller than the kernel has no size at all, not one that padding mends later.
        height, width = (
            max(n + 2 * network.padding - network.kernel_size + 1, 0) // 2 if n > 0 else 0
            for n in shape
        )
        shape = (height, width)
        shapes.append(shape)
    return shapes
