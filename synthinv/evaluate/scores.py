"""Scores of predictions: how far their sounds and parameters are from the truth."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthinv.capture.shards import Shard
from synthinv.instruments.model import Instrument
from synthinv.metrics import audio as audio_metrics
from synthinv.metrics.parameters import parameter_mse
from synthinv.metrics.psd import psd_error

STATISTICS = {
    "mean": lambda x: x.mean(),
    "median": lambda x: x.median(),
    "min": lambda x: x.min(),
    "p95": lambda x: x.quantile(0.95),
}


def score(
    instrument: Instrument, truth: Shard, prediction: Shard, labels: npt.NDArray[np.floating]
) -> pd.DataFrame:
    """Score predictions sound by sound.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    truth : Shard
        The test set.
    prediction : Shard
        The predicted patches, played through the same engine.
    labels : float array [n, parameters]
        The predicted labels, before they were rounded to steps.

    Returns
    -------
    pandas.DataFrame
        Columns `index`, `psd_error`, those of `audio_metrics.METRICS`, and `parameter_mse`. The
        parameters are compared with the nearest of the patches that sound like the true one.
    """
    pairs = list(zip(truth.audio, prediction.audio, strict=True))
    metrics = {"psd_error": psd_error, **audio_metrics.METRICS}
    rows = [
        {name: metric(*pair, truth.sample_rate) for name, metric in metrics.items()}
        for pair in pairs
    ]
    table = pd.DataFrame(rows, columns=list(metrics))
    table.insert(0, "index", np.arange(len(pairs)))
    nearest = instrument.closest_equivalents(truth.patches, labels)
    table["parameter_mse"] = parameter_mse(instrument.encode(nearest), labels)
    return table


def baseline_lines(scores: pd.DataFrame) -> dict[str, float]:
    """Average the squared error of some predictors' parameters, to be drawn as lines.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns `predictor` and `parameter_mse`: one row per predictor and sound.

    Returns
    -------
    dict of str to float
        Mean squared error of each predictor's labels, in the order of the rows.
    """
    groups = scores.groupby("predictor", sort=False)["parameter_mse"]
    return {str(name): float(errors.mean()) for name, errors in groups}


def summarise(scores: pd.DataFrame) -> pd.DataFrame:
    """Aggregate the scores of single sounds.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns `predictor`, `data_set`, `index`, and one per metric.

    Returns
    -------
    pandas.DataFrame
        Long form: `predictor`, `data_set`, `metric`, `statistic`, `value`.
    """
    long = scores.melt(["predictor", "data_set", "index"], var_name="metric")
    grouped = long.groupby(["predictor", "data_set", "metric"], sort=False)["value"]
    table = pd.DataFrame({name: grouped.agg(function) for name, function in STATISTICS.items()})
    return table.reset_index().melt(
        ["predictor", "data_set", "metric"], var_name="statistic", value_name="value"
    )
