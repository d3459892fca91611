"""A plain verdict on a network or a solver, computed from its answers to the test set."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthinv.metrics.parameters import spread

# Below this share of the labels' spread, the answers hardly depend on the sound.
COLLAPSED_BELOW = 0.25
# A collapsed network with more than this many times the prior's error is at the ends of the knobs'
# travel: a constant answer costs four times as much there as in the middle.
SATURATED_ABOVE = 1.5
# Errors closer than this share of the prior's count as equal.
MARGIN = 0.01


@dataclass(frozen=True)
class Verdict:
    """Whether a network collapsed, and how it compares.

    Attributes
    ----------
    spread : float
        The outputs' spread as a share of the labels'.
    parameter_mse, mean_predictor_parameter_mse : float
        Mean squared error of the knobs: the network's, and the best constant answer's.
    psd : float
        Median PSD error.
    lines : dict of str to float
        Median PSD error of each baseline.
    mss : float
        Mean MSS as a multiple of the floor's.
    mss_lines : dict of str to float
        That of each baseline.
    """

    spread: float
    parameter_mse: float
    mean_predictor_parameter_mse: float
    psd: float
    lines: dict[str, float]
    mss: float
    mss_lines: dict[str, float]

    @property
    def collapsed(self) -> bool:
        """True when the outputs hardly depend on the sound."""
        return self.spread < COLLAPSED_BELOW

    @property
    def works(self) -> bool:
        """True when the outputs depend on the sound and beat one constant answer."""
        return works(self.spread, self._ratio)

    @property
    def _ratio(self) -> float:
        return self.parameter_mse / self.mean_predictor_parameter_mse

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        state = "Collapsed" if self.collapsed else "Not collapsed"
        below, above = self._ratio < 1 - MARGIN, self._ratio > 1 + MARGIN
        knobs = "below" if below else "above" if above else "equal to"
        return (
            f"{state}: the outputs' spread is {100 * self.spread:.0f} % of the labels', and the "
            f"parameters' squared error, {self.parameter_mse:.4f}, is {knobs} that of the mean "
            f"predictor ({self.mean_predictor_parameter_mse:.4f}). The median PSD error is "
            f"{self.psd:.3g}; a random patch has {self.lines['random']:.3g}, the mean predictor "
            f"{self.lines['mean']:.3g}, the nearest neighbour {self.lines['nearest']:.3g}, and one "
            f"step of every parameter {self.lines['one_step']:.3g}. The mean MSS is "
            f"{self.mss:.2f} × one-step; a random patch has {self.mss_lines['random']:.2f}, the "
            f"mean predictor {self.mss_lines['mean']:.2f} and the nearest neighbour "
            f"{self.mss_lines['nearest']:.2f}."
        )


def works(spread: float, error: float) -> bool:
    """Tell whether answers depend on the sound and beat one constant answer.

    Parameters
    ----------
    spread : float
        The answers' spread as a share of the labels'.
    error : float
        The knobs' squared error as a multiple of the prior's.

    Returns
    -------
    bool
        True where they do.
    """
    return spread >= COLLAPSED_BELOW and error < 1 - MARGIN


def judge(
    labels: npt.NDArray[np.floating],
    outputs: npt.NDArray[np.floating],
    scores: pd.DataFrame,
    experiment: str,
    baselines: tuple[str, ...],
) -> Verdict:
    """Judge an experiment or a solver.

    Parameters
    ----------
    labels, outputs : float array [sounds, parameters]
        Truth and answers, in [0, 1].
    scores : pandas.DataFrame
        Scores of every answer to the test set.
    experiment : str
        Its name.
    baselines : tuple of str
        The baselines.

    Returns
    -------
    Verdict
        The verdict.
    """
    by_predictor = scores.groupby("predictor")
    mse, psd = by_predictor["parameter_mse"].mean(), by_predictor["psd_error"].median()
    mss = by_predictor["mss"].mean() / by_predictor["mss"].mean()["one_step"]
    return Verdict(
        spread=spread(outputs, labels),
        parameter_mse=float(mse[experiment]),
        mean_predictor_parameter_mse=float(mse["mean"]),
        psd=float(psd[experiment]),
        lines={name: float(psd[name]) for name in baselines},
        mss=float(mss[experiment]),
        mss_lines={name: float(mss[name]) for name in baselines},
    )
