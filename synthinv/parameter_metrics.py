"""How far an answer is from the truth in knobs, and whether it depends on the sound at all."""

import numpy as np
import numpy.typing as npt


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
