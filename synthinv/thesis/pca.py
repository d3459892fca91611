"""Principal components of spectra, computed in one pass over the images.

H. Hotelling, "Analysis of a complex of statistical variables into principal components", 1933.
"""

from collections.abc import Iterable

import torch
from torch import nn

from synthinv.config.shapes import Images


class Projection(nn.Module):
    """A layer that projects images of bands onto principal components.

    Parameters
    ----------
    mean : float32 tensor [bands]
        Mean spectrum.
    basis : float32 tensor [components, bands]
        Orthonormal rows, by descending variance.
    """

    def __init__(self, mean: torch.Tensor, basis: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("basis", basis)

    @classmethod
    def blank(cls, components: int, bands: int) -> "Projection":
        """Return a projection of this size, whose numbers are then read from disk."""
        return cls(torch.zeros(bands), torch.zeros(components, bands))

    @property
    def components(self) -> int:
        """Number of components."""
        return len(self.get_buffer("basis"))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Project float32 images [n, 1, bands, frames] to [n, 1, components, frames]."""
        centred = images - self.get_buffer("mean")[:, None]
        projected: torch.Tensor = self.get_buffer("basis") @ centred
        return projected


def principal_components(images: Iterable[Images], share: float) -> Projection:
    """Compute the principal components of all frames of the images.

    Only sums over the frames are kept in memory, for any number of images.

    Parameters
    ----------
    images : iterable of float32 array [bands, frames]
        The images, at least one.
    share : float
        Share of the variance to be explained by the components, at most 1.

    Returns
    -------
    Projection
        As few components as explain that share, but at least one.
    """
    # In PyTorch, since its number of threads is fixed; sums depend on it in the last digits.
    frames, total, products = 0, torch.zeros(1), torch.zeros(1)
    for image in images:
        spectra = torch.from_numpy(image).double()
        frames += spectra.shape[1]
        total = total + spectra.sum(dim=1)
        products = products + spectra @ spectra.T
    mean = total / frames
    variances, vectors = torch.linalg.eigh(products / frames - torch.outer(mean, mean))
    # From ascending to descending order; rounding may leave the least ones below 0.
    variances, vectors = variances.flip(0).clamp(min=0), vectors.flip(1)
    below = variances.cumsum(0) < share * variances.sum()
    kept = min(int(below.sum()) + 1, len(variances))
    return Projection(mean.float(), vectors[:, :kept].T.float().contiguous())
