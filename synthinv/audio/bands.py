"""Frequency bands that are evenly spaced in pitch, for networks and for pictures."""

import numpy as np
import numpy.typing as npt

LOWEST_HZ, HIGHEST_HZ = 25.0, 18_000.0


def band_weights(window: int, bands: int, sample_rate: int) -> npt.NDArray[np.float32]:
    """Compute triangular bands, logarithmically spaced, none narrower than a bin.

    Parameters
    ----------
    window : int
        Window length in samples.
    bands : int
        Number of bands.
    sample_rate : int
        In Hz.

    Returns
    -------
    float32 array [window // 2 + 1, bands]
        Weights of the bins in each band, 1 at its centre.
    """
    spacing = sample_rate / window
    highest = min(HIGHEST_HZ, 0.48 * sample_rate)
    edges = np.geomspace(LOWEST_HZ, highest, bands + 2)
    centres = edges[1:-1]
    below = np.minimum(edges[:-2], centres - spacing)
    above = np.maximum(edges[2:], centres + spacing)
    bins = np.arange(window // 2 + 1)[:, np.newaxis] * spacing
    rising, falling = (bins - below) / (centres - below), (above - bins) / (above - centres)
    weights: npt.NDArray[np.float32] = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return weights


def pool_bands(power: npt.NDArray[np.floating], pool: int) -> npt.NDArray[np.floating]:
    """Average neighbouring frequency bands.

    Groups are centred (to half a band, for an even `pool`), so that group k stands for the
    frequency of band `k * pool`, as if the transform had been that much shorter. The first group
    is half as wide, and so is the last when `pool` divides the number of bands less one (else the
    bands above it are left out).

    Parameters
    ----------
    power : float array [..., bands]
        Power per band.
    pool : int
        Bands per group.

    Returns
    -------
    float array [..., (bands - 1) // pool + 1]
        Mean power per group.
    """
    if pool == 1:
        return power
    bands = power.shape[-1]
    edges = np.arange((bands - 1) // pool + 2) * pool - pool // 2
    edges = edges.clip(0, bands)
    sums = np.add.reduceat(power[..., : edges[-1]], edges[:-1], axis=-1)
    return sums / np.diff(edges).astype(power.dtype)
