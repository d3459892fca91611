"""How far each network of the ablation gets, beside answers that need no training."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthinv.common.files import read_table
from synthinv.evaluate.verdict import COLLAPSED_BELOW, SATURATED_ABOVE, works
from synthinv.metrics.parameters import spread

LINES = ("mean", "nearest", "one_step")
# Medians over a hundred sounds differ by a few percent by chance; another run may differ more.
SOUNDS_BETTER_BELOW = 0.9
METRICS = {"parameter_mse": "mean", "psd_error": "median", "mss": "mean"}
# What a network may come to, see `state`.
STATES = {
    "ends": "collapsed, at the ends of the knobs' travel",
    "middle": "collapsed, in the middle of the knobs' travel",
    "neither": "varies, no better than the prior",
    "knobs": "leaves the prior in the knobs",
    "sound": "leaves the prior in the sound",
    "both": "leaves the prior in knobs and sound",
}


def results(
    planned: Iterable[Mapping[str, Any]],
    labels: Mapping[str, npt.NDArray[np.floating]],
    predictions: Mapping[str, npt.NDArray[np.floating]],
    scores: pd.DataFrame,
) -> pd.DataFrame:
    """Say how far every network of the ablation got.

    Parameters
    ----------
    planned : iterable of dict
        From `synthinv.config.plan.ablation_rows`.
    labels : dict of str to float array [sounds, parameters]
        The truth of every test set.
    predictions : dict of str to float array [sounds, parameters]
        Every network's answer, in [0, 1].
    scores : pandas.DataFrame
        Scores of every answer to every test set.

    Returns
    -------
    pandas.DataFrame
        The columns of `planned`; `spread` as a share of the labels'; the knobs' mean squared error,
        the median PSD error and the mean MSS as `parameter_mse`, `psd_error` and `mss`; and the
        same
        of the baselines `prior`, `nearest` and `floor` on its test set, such as `mean_mss`.
    """
    summary = scores.groupby(["data_set", "predictor"])[list(METRICS)].agg(METRICS)
    rows = []
    for row in planned:
        name, test_set = row["experiment"], row["data_set"]
        rows.append(
            {**row, "spread": spread(predictions[name], labels[test_set])}
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
    """The ablation's results, with errors measured in the prior's and the floor's.

    Attributes
    ----------
    steps : pandas.DataFrame
        The columns of `results`, and `knobs` (squared error in priors), `psd` (PSD error in
        priors), `relative` (MSS in floors), the MSS of the `prior` and the `nearest` neighbour in
        floors; whether the network `works`, see `synthinv.evaluate.verdict`, and its `state`, a key
        of `STATES`; one row per experiment and variant.
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
        knobs=table["parameter_mse"] / table["mean_parameter_mse"],
        psd=table["psd_error"] / table["mean_psd_error"],
        relative=table["mss"] / table["one_step_mss"],
        mean_predictor=table["mean_mss"] / table["one_step_mss"],
        nearest=table["nearest_mss"] / table["one_step_mss"],
    )
    table["works"] = [works(s, k) for s, k in zip(table["spread"], table["knobs"], strict=True)]
    table["state"] = [
        state(s, k, p)
        for s, k, p in zip(table["spread"], table["knobs"], table["psd"], strict=True)
    ]
    is_point = table["curve"] != ""
    return Ablation(table[~is_point], table[is_point])


def state(spread: float, knobs: float, psd: float) -> str:
    """Say in what a network leaves the prior, or where it collapsed.

    Parameters
    ----------
    spread : float
        The answers' spread as a share of the labels'.
    knobs, psd : float
        Squared error of the knobs and median PSD error as multiples of the prior's.

    Returns
    -------
    str
        One of the keys of `STATES`.
    """
    if spread < COLLAPSED_BELOW:
        return "ends" if knobs > SATURATED_ABOVE else "middle"
    heard = psd < SOUNDS_BETTER_BELOW
    if works(spread, knobs):
        return "both" if heard else "knobs"
    return "sound" if heard else "neither"
