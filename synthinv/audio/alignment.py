"""The shift in time between two recordings of the same sound."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.signal import correlate, correlation_lags


class Alignment(NamedTuple):
    """The shift at which two recordings agree best.

    Attributes
    ----------
    lag : int
        Samples by which the second recording is later than the first.
    similarity : float
        Their normalised cross-correlation at that shift: 1 for the same sound at any level, near 0
        for sounds that have no shift in common, such as two recordings of noise.
    """

    lag: int
    similarity: float


def align(
    first: npt.NDArray[np.floating], second: npt.NDArray[np.floating], most: int
) -> Alignment:
    """Find the shift between two recordings of one sound by cross-correlation.

    Parameters
    ----------
    first, second : float array [samples]
        The recordings.
    most : int
        Largest shift considered, in samples.

    Returns
    -------
    Alignment
        The shift and how well it fits; a lag of 0 and a similarity of 0 if either is silent.
    """
    first, second = first.astype(np.float64), second.astype(np.float64)
    energy = np.sqrt(np.sum(first**2) * np.sum(second**2))
    if energy == 0:
        return Alignment(0, 0.0)
    correlation = correlate(second, first, method="fft") / energy
    lags = correlation_lags(len(second), len(first))
    near = np.flatnonzero(np.abs(lags) <= most)
    best = near[np.argmax(correlation[near])]
    return Alignment(int(lags[best]), float(correlation[best]))
