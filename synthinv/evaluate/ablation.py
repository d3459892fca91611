"""Errors of the ablation's networks, beside those of baselines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthinv.common.files import read_table
from synthinv.evaluate.verdict import COLLAPSED_BELOW, SATURATED_ABOVE, spread_on, works

LINES = ("mean", "nearest", "one_step")
# Medians over a hundred sounds differ by a few percent by chance; another run may differ more.
SOUNDS_BETTER_BELOW = 0.9
METRICS = {"parameter_mse": "mean", "psd_error": "median", "mss": "mean"}
# Outcomes of a training, by the names that `state` returns.
STATES = {
    "ends": "collapsed, at the ends of the knobs' travel",
    "middle": "collapsed, in the middle of the knobs' travel",
    "neither": "varies, no better than the mean predictor",
    "knobs": "better than the mean predictor in the knobs",
    "sound": "better than the mean predictor in the sound",
    "both": "better than the mean predictor in knobs and sound",
}


def results(
    planned: Iterable[Mapping[str, Any]],
    labels: Mapping[str, npt.NDArray[np.floating]],
    predictions: Mapping[str, npt.NDArray[np.floating]],
    scores: pd.DataFrame,
) -> pd.DataFrame:
    """Tabulate the errors of every network of the ablation, and of baselines on its test set.

    Parameters
    ----------
    planned : iterable of dict
        From `synthinv.config.plan.ablation_rows`.
    labels : dict of str to float array [sounds, parameters]
        The truth of every test set.
    predictions : dict of str to float array [sounds, parameters]
        Every network's predicted labels, in [0, 1].
    scores : pandas.DataFrame
        Scores of every network and of the baselines on its test set.

    Returns
    -------
    pandas.DataFrame
        The fields of `planned`; `spread` as a share of the labels'; the parameters' mean squared
        error, the median PSD error and the mean MSS as `parameter_mse`, `psd_error` and `mss`; and
        the same of the baselines `mean`, `nearest` and `one_step`, such as `mean_mss`.

    Raises
    ------
    SynthinvError
        If the labels of a test set never vary.
    """
    summary = scores.groupby(["data_set", "predictor"])[list(METRICS)].agg(METRICS)
    rows = []
    for row in planned:
        name, test_set = row["experiment"], row["data_set"]
        rows.append(
            {**row, "spread": spread_on(test_set, predictions[name], labels[test_set])}
            | summary.loc[(test_set, name)].to_dict()
            | {
                f"{line}_{metric}": summary.loc[(test_set, line), metric]
                for line in LINES
                for metric in METRICS
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Ablation:
    """The results of the ablation, with errors as multiples of the baselines'.

    Attributes
    ----------
    steps : pandas.DataFrame
        One row per experiment and variant. The columns of `results`, and
        `relative_parameter_mse` and `relative_psd_error`, × mean predictor; `relative_mss`,
        `mean_relative_mss` and `nearest_relative_mss`, × one-step; `works`, see
        `synthinv.evaluate.verdict`; and `state`, a key of `STATES`.
    points : pandas.DataFrame
        The same, one row per point of a learning curve.
    """

    steps: pd.DataFrame
    points: pd.DataFrame


def read_results(path: Path) -> Ablation:
    """Read the table that `results` made.

    Parameters
    ----------
    path : Path
        CSV file.

    Returns
    -------
    Ablation
        Its steps and its points.
    """
    table = read_table(path, keep_default_na=False)
    table = table.assign(
        relative_parameter_mse=table["parameter_mse"] / table["mean_parameter_mse"],
        relative_psd_error=table["psd_error"] / table["mean_psd_error"],
        relative_mss=table["mss"] / table["one_step_mss"],
        mean_relative_mss=table["mean_mss"] / table["one_step_mss"],
        nearest_relative_mss=table["nearest_mss"] / table["one_step_mss"],
    )
    errors = table[["spread", "relative_parameter_mse", "relative_psd_error"]].to_numpy()
    table["works"] = [works(spread, parameters) for spread, parameters, _ in errors]
    table["state"] = [state(*row) for row in errors]
    is_point = table["curve"] != ""
    return Ablation(table[~is_point], table[is_point])


def state(spread: float, parameter_mse: float, psd_error: float) -> str:
    """Classify the outcome of a network's training by its predictions.

    Parameters
    ----------
    spread : float
        Spread of the predictions as a share of the labels'.
    parameter_mse, psd_error : float
        Squared error of the parameters and median PSD error, × mean predictor.

    Returns
    -------
    str
        One of the keys of `STATES`.
    """
    if spread < COLLAPSED_BELOW:
        return "ends" if parameter_mse > SATURATED_ABOVE else "middle"
    sounds_better = psd_error < SOUNDS_BETTER_BELOW
    if works(spread, parameter_mse):
        return "both" if sounds_better else "knobs"
    return "sound" if sounds_better else "neither"
