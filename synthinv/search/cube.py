"""The unit cube in which patch searches move: an axis for each knob.

Uniformly distributed points are patches as the data sets have them, so whoever searches the cube
uses how patches are drawn, as a trained network does. Choices are an exception: each has an equal
share of its axis, also where data sets draw some of them more often.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.parameters import Normal, Parameter

Points = npt.NDArray[np.float64]

END = 0.002
"""Distance from the ends of an axis at which `points_of` places the values beyond it."""


def patches_at(instrument: Instrument, points: Points) -> Patches:
    """Map points of the unit cube to patches, uniform points to about the data sets' distribution.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    points : float64 array [n, parameters]
        Points, clipped to [0, 1].

    Returns
    -------
    uint8 array [n, parameters]
        Steps. All positions or choices of a knob have equal shares of its axis.
    """
    points = points.clip(0, 1)
    columns = [_values_at(knob, points[:, i]) for i, knob in enumerate(instrument.parameters)]
    return np.stack(columns, axis=1).astype(np.uint8)


def points_of(instrument: Instrument, patches: npt.NDArray[np.integer]) -> Points:
    """Map patches to points that `patches_at` maps back to them.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    patches : int array [n, parameters]
        Steps.

    Returns
    -------
    float64 array [n, parameters]
        Points within [0, 1]: the middles of positions. Values that are hardly ever drawn lie at the
        ends of their axis, where `patches_at` may return a value nearby instead.
    """
    columns = [_shares_of(knob, patches[:, i]) for i, knob in enumerate(instrument.parameters)]
    return np.stack(columns, axis=1)


def _values_at(knob: Parameter, shares: Points) -> npt.NDArray[np.integer]:
    if not knob.continuous:
        places = np.minimum((shares * len(knob.steps)).astype(int), len(knob.steps) - 1)
        return np.asarray(knob.steps[places])
    if isinstance(knob.sample, Normal):
        shares = (knob.sample.mean + knob.sample.sd * ndtri(shares)).clip(0, 1)
    return np.asarray(np.rint(knob.highest * shares).astype(int))


def _shares_of(knob: Parameter, values: npt.NDArray[np.integer]) -> Points:
    if not knob.continuous:
        places = np.searchsorted(knob.steps, values)
        return np.asarray((places + 0.5) / len(knob.steps))
    shares = values / knob.highest
    if isinstance(knob.sample, Normal):
        shares = ndtr((shares - knob.sample.mean) / knob.sample.sd).clip(END, 1 - END)
    return np.asarray(shares, dtype=np.float64)
