"""How much a mean over sounds depends on which sounds were drawn, by resampling them."""

import numpy as np
import numpy.typing as npt

from synthinv.common.seeds import seed_sequence

RESAMPLINGS = 1000
BOUNDS = (0.025, 0.975)
"""Quantiles at the ends of an interval that holds 95 % of the resamplings."""


def resampled_means(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Resample sounds with replacement, and average what was measured of each.

    Parameters
    ----------
    values : float array [sounds, columns]
        Quantities of each sound.

    Returns
    -------
    float64 array [resamplings, columns]
        Means. The same sounds are drawn for all columns, and for every table of as many sounds.
    """
    table = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed_sequence(0, "bootstrap"))
    drawn = rng.integers(0, len(table), (RESAMPLINGS, len(table)))
    # How often each sound is in each resampling.
    counts = np.stack([np.bincount(row, minlength=len(table)) for row in drawn])
    return np.asarray(counts @ table / len(table))


def mean_interval(values: npt.ArrayLike) -> tuple[float, float]:
    """Return the interval that holds the mean of float values [sounds] in 95 % of resamplings."""
    means = resampled_means(np.asarray(values, dtype=np.float64)[:, np.newaxis])
    lower, upper = np.quantile(means[:, 0], BOUNDS)
    return float(lower), float(upper)
