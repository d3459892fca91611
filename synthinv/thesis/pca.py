"""Principal components of spectra, found in one pass over the images.

H. Hotelling, "Analysis of a complex of statistical variables into principal components", 1933.
"""

from collections.abc import Iterable

import torch
from torch import nn

from synthinv.config.shapes import Images


class Projection(nn.Module):
    """Images of bands turned into images of principal components.

    Parameters
    ----------
    mean : float32 tensor [bands]
        Mean spectrum.
    basis : float32 tensor [components, bands]
        Orthonormal rows, the one of most variance first.
    """

    def __init__(self, mean: torch.Tensor, basis: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("basis", basis)

    @classmethod
    def blank(cls, components: int, bands: int) -> "Projection":
        """Make one of this size, to read its numbers from disk."""
        return cls(torch.zeros(bands), torch.zeros(components, bands))

    @property
    def components(self) -> int:
        """Number of components that are kept."""
        return len(self.get_buffer("basis"))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Project float32 images [n, 1, bands, frames] to [n, 1, components, frames]."""
        # In single precision always: a component may have a millionth of the first one's variance.
        with torch.autocast(images.device.type, enabled=False):
            projected: torch.Tensor = self.get_buffer("basis") @ (
                images - self.get_buffer("mean")[:, None]
            )
        return projected


def principal_components(images: Iterable[Images], share: float) -> Projection:
    """Find the principal components of the images' spectra, every frame being one.

    Only sums over the frames are kept, so any number of images will do.

    Parameters
    ----------
    images : iterable of float32 array [bands, frames]
        The images, at least one.
    share : float
        Share of the variance that the components must have together, at most 1.

    Returns
    -------
    Projection
        As few components as have that share, and one at least.
    """
    # In PyTorch, whose threads are fixed: sums depend on them, in the last digits.
    frames, total, products = 0, torch.zeros(1), torch.zeros(1)
    for image in images:
        spectra = torch.from_numpy(image).double()
        frames += spectra.shape[1]
        total = total + spectra.sum(dim=1)
        products = products + spectra @ spectra.T
    mean = total / frames
    variances, vectors = torch.linalg.eigh(products / frames - torch.outer(mean, mean))
    # Ascending, and rounding may leave the least ones below 0.
    variances, vectors = variances.flip(0).clamp(min=0), vectors.flip(1)
    below = variances.cumsum(0) < share * variances.sum()
    kept = min(int(below.sum()) + 1, len(variances))
    return Projection(mean.float(), vectors[:, :kept].T.float().contiguous())
