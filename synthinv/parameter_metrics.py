"""How far an answer is from the truth in knobs, and whether it depends on the sound at all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthinv.instrument import Parameter


@dataclass(frozen=True)
class ParameterScore:
    """How well one knob was answered.

    Attributes
    ----------
    name : str
        The parameter.
    sounds : int
        Number of sounds that count for it.
    accuracy : float
        Share of them with the right position; NaN for a continuous knob.
    steps : float
        Mean absolute error in CC steps; NaN for a knob with positions.
    """

    name: str
    sounds: int
    accuracy: float
    steps: float


def parameter_scores(
    parameters: Sequence[Parameter],
    truth: npt.NDArray[np.integer],
    answers: npt.NDArray[np.integer],
    counted: npt.NDArray[np.bool_] | None = None,
) -> list[ParameterScore]:
    """Score every knob by itself.

    Parameters
    ----------
    parameters : sequence of Parameter
        The instrument's, in the order of a patch's columns.
    truth, answers : int array [n, parameters]
        CC values. Those of a knob with positions agree if they are of one position.
    counted : bool array [n, parameters], optional
        In which patches a knob counts, such as those in which it is heard; by default in all.

    Returns
    -------
    list of ParameterScore
        One per parameter. A knob that counts nowhere has NaN for both.
    """
    counted = np.ones(truth.shape, dtype=bool) if counted is None else counted
    columns = zip(parameters, truth.T, answers.T, counted.T, strict=True)
    return [_score(knob, one[where], other[where]) for knob, one, other, where in columns]


def _score(
    parameter: Parameter, truth: npt.NDArray[np.integer], answers: npt.NDArray[np.integer]
) -> ParameterScore:
    accuracy = steps = float("nan")
    if len(truth):
        # Signed, or the difference of two uint8 would wrap around.
        off = np.abs(parameter.snap(truth).astype(int) - parameter.snap(answers).astype(int))
        if parameter.positions is None:
            steps = float(off.mean())
        else:
            accuracy = float((off == 0).mean())
    return ParameterScore(parameter.name, len(truth), accuracy, steps)


def parameter_mse(
    labels: npt.NDArray[np.floating], answers: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Squared error of the knobs, averaged over them (thesis, eq. 13, as a mean).

    Parameters
    ----------
    labels, answers : float array [n, parameters]
        Truth and answers, in [0, 1].

    Returns
    -------
    float64 array [n]
        One error per patch.
    """
    error: npt.NDArray[np.float64] = (
        (labels.astype(np.float64) - answers.astype(np.float64)) ** 2
    ).mean(axis=1)
    return error


def spread(outputs: npt.NDArray[np.floating], labels: npt.NDArray[np.floating]) -> float:
    """Spread of the outputs over the sounds, as a share of the labels'.

    Parameters
    ----------
    outputs, labels : float array [sounds, parameters]
        Answers and truth, in [0, 1].

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
