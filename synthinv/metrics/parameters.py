"""Errors of predicted parameters, and whether predictions depend on the sound at all."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthinv.instruments.model import Patches
from synthinv.instruments.parameters import Parameter


def parameter_scores(
    parameters: Sequence[Parameter],
    truth: Patches,
    predictions: Patches,
    audible: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Score every parameter by itself.

    Parameters
    ----------
    parameters : sequence of Parameter
        The instrument's, in the order of a patch's columns.
    truth, predictions : uint8 array [n, parameters]
        Steps. Those of a knob with positions agree if they are of one position.
    audible : bool array [n, parameters]
        In which patches a knob is audible.

    Returns
    -------
    pandas.DataFrame
        Two rows per parameter: `parameter`; `counted`, "all" or "audible"; `sounds`, in which it
        is counted; `accuracy`, the share of them with the right position, NaN for a continuous
        knob; and `steps`, the mean absolute error in steps, NaN for a knob with positions. A
        knob that is audible nowhere has NaN for both.
    """
    rows = [
        (knob.name, counted, *_score(knob, true[where], predicted[where]))
        for knob, true, predicted, where_audible in zip(
            parameters, truth.T, predictions.T, audible.T, strict=True
        )
        for counted, where in (("all", slice(None)), ("audible", where_audible))
    ]
    return pd.DataFrame(rows, columns=["parameter", "counted", "sounds", "accuracy", "steps"])


def _score(
    parameter: Parameter, truth: npt.NDArray[np.uint8], predictions: npt.NDArray[np.uint8]
) -> tuple[int, float, float]:
    accuracy = steps = float("nan")
    if len(truth):
        # Signed, or the difference of two uint8 would wrap around.
        off = np.abs(parameter.snap(truth).astype(int) - parameter.snap(predictions).astype(int))
        if parameter.continuous:
            steps = float(off.mean())
        else:
            accuracy = float((off == 0).mean())
    return len(truth), accuracy, steps


def parameter_mse(
    labels: npt.NDArray[np.floating], predictions: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Compute the squared error, averaged over the parameters (thesis, eq. 13, as a mean).

    Parameters
    ----------
    labels, predictions : float array [n, parameters]
        Truth and predictions, in [0, 1].

    Returns
    -------
    float64 array [n]
        One error per patch.
    """
    error: npt.NDArray[np.float64] = (
        (labels.astype(np.float64) - predictions.astype(np.float64)) ** 2
    ).mean(axis=1)
    return error


def spread(outputs: npt.NDArray[np.floating], labels: npt.NDArray[np.floating]) -> float:
    """Compute the spread of the outputs over the sounds, as a share of the labels' spread.

    Parameters
    ----------
    outputs, labels : float array [sounds, parameters]
        Predictions and truth, in [0, 1].

    Returns
    -------
    float
        Square root of the ratio of the variances, each summed over the parameters that vary: a
        knob that hardly varies hardly counts. NaN if none varies.
    """
    # Not the variance: that of a constant is not exactly zero in floating point.
    varies = np.ptp(labels, axis=0) > 0
    if not varies.any():
        return float("nan")
    variances = (values[:, varies].var(axis=0).sum() for values in (outputs, labels))
    of_outputs, of_labels = variances
    return float(np.sqrt(of_outputs / of_labels))
