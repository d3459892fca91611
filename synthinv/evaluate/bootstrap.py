"""How much a mean over sounds depends on which sounds were drawn, by resampling them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthinv.common.seeds import seed_sequence

RESAMPLINGS = 1000
BOUNDS = (0.025, 0.975)
"""Quantiles at the ends of an interval that holds 95 % of the resamplings."""


def resampled_means(
    values: npt.ArrayLike, groups: Sequence[str] | None = None
) -> npt.NDArray[np.float64]:
    """Resample sounds with replacement, and average what was measured of each.

    Parameters
    ----------
    values : float array [sounds, columns]
        Quantities of each sound.
    groups : sequence of str, optional
        Group of each sound. Groups are resampled, each with all its sounds, since sounds of one
        group, such as two notes of one preset, are alike: drawn one by one, they would make a mean
        look more certain than it is. Without groups, every sound is drawn by itself.

    Returns
    -------
    float64 array [resamplings, columns]
        Means over all sounds of a resampling. The same groups are drawn for all columns, and for
        every table of as many groups.
    """
    table = np.asarray(values, dtype=np.float64)
    places = np.arange(len(table)) if groups is None else pd.factorize(np.asarray(groups))[0]
    sizes = np.bincount(places)
    sums = np.zeros((len(sizes), table.shape[1]))
    np.add.at(sums, places, table)
    rng = np.random.default_rng(seed_sequence(0, "bootstrap"))
    drawn = rng.integers(0, len(sizes), (RESAMPLINGS, len(sizes)))
    # How often each group is in each resampling.
    counts = np.stack([np.bincount(row, minlength=len(sizes)) for row in drawn])
    return np.asarray(counts @ sums / (counts @ sizes)[:, np.newaxis])


def mean_interval(
    values: npt.ArrayLike, groups: Sequence[str] | None = None
) -> tuple[float, float]:
    """Return the interval that holds the mean of some sounds in 95 % of resamplings.

    Parameters
    ----------
    values : float array [sounds]
        One quantity of each sound.
    groups : sequence of str, optional
        See `resampled_means`.

    Returns
    -------
    tuple of float and float
        Its ends.
    """
    means = resampled_means(np.asarray(values, dtype=np.float64)[:, np.newaxis], groups)
    lower, upper = np.quantile(means[:, 0], BOUNDS)
    return float(lower), float(upper)
