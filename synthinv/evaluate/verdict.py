"""A verdict in words on a network or a solver, computed from its predictions for the test set."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthinv.common.errors import SynthinvError
from synthinv.evaluate.published_quantities import greatest_offset
from synthinv.metrics.parameters import spread
from synthinv.thesis.published import MIDDLE_WITHIN

COLLAPSED_BELOW = 0.25
"""Share of the labels' spread below which predictions hardly depend on the sound."""
SATURATED_ABOVE = 1.5
"""Multiple of the mean predictor's error above which a collapsed network's outputs are at the ends
of the knobs' travel. Constant outputs have four times as large an error there as in the middle."""
MARGIN = 0.01
"""Share of the mean predictor's error by which errors must differ to count as different."""


@dataclass(frozen=True)
class Verdict:
    """A verdict on a network or a solver, with the errors that it rests on.

    Attributes
    ----------
    spread : float
        The outputs' spread as a share of the labels'.
    middle : bool
        Whether the mean output of every parameter is in the middle of its travel.
    parameter_mse, mean_predictor_parameter_mse : float
        Mean squared error of the parameters: the network's and the mean predictor's.
    psd_error : float
        Median PSD error.
    baseline_psd_error : dict of str to float
        That of each baseline.
    relative_mss : float
        Mean MSS as a multiple of the one-step error.
    baseline_relative_mss : dict of str to float
        That of each baseline.
    """

    spread: float
    middle: bool
    parameter_mse: float
    mean_predictor_parameter_mse: float
    psd_error: float
    baseline_psd_error: dict[str, float]
    relative_mss: float
    baseline_relative_mss: dict[str, float]

    @property
    def collapsed(self) -> bool:
        """Whether the outputs hardly depend on the sound."""
        return self.spread < COLLAPSED_BELOW

    @property
    def works(self) -> bool:
        """Whether the outputs depend on the sound and are closer than the mean predictor's."""
        return works(self.spread, self._ratio)

    @property
    def _ratio(self) -> float:
        return self.parameter_mse / self.mean_predictor_parameter_mse

    @property
    def state(self) -> str:
        """Whether the network has collapsed, and to which outputs, in words."""
        if not self.collapsed:
            return "Not collapsed"
        if self.middle:
            return "Collapsed to the middle of every knob"
        if self._ratio > SATURATED_ABOVE:
            return "Collapsed to the ends of the knobs"
        return "Collapsed to one patch"

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        below, above = self._ratio < 1 - MARGIN, self._ratio > 1 + MARGIN
        compared = "below" if below else "above" if above else "equal to"
        psd, mss = self.baseline_psd_error, self.baseline_relative_mss
        return (
            f"{self.state}: the outputs' spread is {100 * self.spread:.0f} % of the labels', and "
            f"the parameters' squared error, {self.parameter_mse:.4f}, is {compared} that of the "
            f"mean predictor ({self.mean_predictor_parameter_mse:.4f}). The median PSD error is "
            f"{self.psd_error:.3g}; a random patch has {psd['random']:.3g}, the mean predictor "
            f"{psd['mean']:.3g}, the nearest neighbour {psd['nearest']:.3g}, and one "
            f"step of every parameter {psd['one_step']:.3g}. The mean MSS is "
            f"{self.relative_mss:.2f} × one-step; a random patch has {mss['random']:.2f}, the "
            f"mean predictor {mss['mean']:.2f} and the nearest neighbour "
            f"{mss['nearest']:.2f}."
        )


def works(spread: float, error: float) -> bool:
    """Return whether predictions depend on the sound and are closer than the mean predictor's.

    Parameters
    ----------
    spread : float
        Spread of the predictions as a share of the labels'.
    error : float
        Squared error of the parameters, × mean predictor.

    Returns
    -------
    bool
        True if they do.
    """
    return spread >= COLLAPSED_BELOW and error < 1 - MARGIN


def spread_on(
    test_set: str, outputs: npt.NDArray[np.floating], labels: npt.NDArray[np.floating]
) -> float:
    """Compute the spread of predictions for a test set, see `synthinv.metrics.parameters.spread`.

    Parameters
    ----------
    test_set : str
        Name of the test set.
    outputs, labels : float array [sounds, parameters]
        Predicted and true labels, in [0, 1].

    Returns
    -------
    float
        The share of the labels' spread.

    Raises
    ------
    SynthinvError
        If the labels never vary, so that nothing can be said of predictions.
    """
    share = spread(outputs, labels)
    if np.isnan(share):
        raise SynthinvError(
            f"data_sets.{test_set}: all {len(labels)} patches are the same, so nothing can be "
            "judged by them; raise samples, or let more parameters vary"
        )
    return share


def judge(
    test_set: str,
    labels: npt.NDArray[np.floating],
    outputs: npt.NDArray[np.floating],
    scores: pd.DataFrame,
    predictor: str,
    baselines: tuple[str, ...],
) -> Verdict:
    """Judge a network or a solver.

    Parameters
    ----------
    test_set : str
        Name of the test set.
    labels, outputs : float array [sounds, parameters]
        True and predicted labels, in [0, 1].
    scores : pandas.DataFrame
        Scores of the predictor and the baselines on the test set.
    predictor : str
        Its name.
    baselines : tuple of str
        Names of the baselines.

    Returns
    -------
    Verdict
        The verdict.

    Raises
    ------
    SynthinvError
        If the labels never vary.
    """
    share = spread_on(test_set, outputs, labels)
    by_predictor = scores.groupby("predictor")
    mse, psd = by_predictor["parameter_mse"].mean(), by_predictor["psd_error"].median()
    mss = by_predictor["mss"].mean() / by_predictor["mss"].mean()["one_step"]
    return Verdict(
        spread=share,
        middle=greatest_offset(outputs) < MIDDLE_WITHIN,
        parameter_mse=float(mse[predictor]),
        mean_predictor_parameter_mse=float(mse["mean"]),
        psd_error=float(psd[predictor]),
        baseline_psd_error={name: float(psd[name]) for name in baselines},
        relative_mss=float(mss[predictor]),
        baseline_relative_mss={name: float(mss[name]) for name in baselines},
    )
