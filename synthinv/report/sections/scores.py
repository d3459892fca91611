"""The scores of all predictors on one test set, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import pandas as pd

NOT_TRAINED = "–"
"""Entry of the column "trained on" for predictors without training data."""


@dataclass(frozen=True)
class ScoreRow:
    """The scores of one predictor on a test set.

    Attributes
    ----------
    predictor : str
        Its name.
    trained_on : str
        Its training data.
    psd_median, psd_mean, psd_least, psd_p95 : float
        Statistics of the PSD error over the sounds.
    relative_psd : float
        The median PSD error as a multiple of the one-step error.
    mss, wmfcc, sot, rms_cosine, parameter_mse : float
        Means over the sounds of the metrics of these names.
    relative_mss : float
        The mean MSS as a multiple of the one-step error.
    """

    predictor: str
    trained_on: str
    psd_median: float
    psd_mean: float
    psd_least: float
    psd_p95: float
    relative_psd: float
    mss: float
    wmfcc: float
    sot: float
    rms_cosine: float
    parameter_mse: float
    relative_mss: float


@dataclass(frozen=True)
class ScoreTable:
    """The scores of the predictors on a test set.

    Attributes
    ----------
    test_set : str
        Its name.
    rows : list of ScoreRow
        From the least median PSD error to the largest.
    trained : frozenset of str
        The predictors that are networks or solvers, to be set in bold.
    """

    test_set: str
    rows: list[ScoreRow]
    trained: frozenset[str]

    def only(self, predictors: Sequence[str]) -> "ScoreTable":
        """Return the same table with the rows of some predictors."""
        rows = [row for row in self.rows if row.predictor in predictors]
        return ScoreTable(self.test_set, rows, self.trained)


def score_rows(
    metrics: pd.DataFrame, test_set: str, trained_on: Mapping[str, str]
) -> list[ScoreRow]:
    """Arrange the metrics of a test set in rows, one per predictor.

    Parameters
    ----------
    metrics : pandas.DataFrame
        Long form, as in `metrics.csv`.
    test_set : str
        The test set.
    trained_on : mapping of str to str
        Training data of the predictors that have any.

    Returns
    -------
    list of ScoreRow
        From the least median PSD error to the largest.
    """
    own = metrics[metrics["data_set"] == test_set]
    wide = own.pivot_table(index="predictor", columns=["metric", "statistic"], values="value")
    psd = pd.DataFrame(wide["psd_error"]).sort_values("median", kind="stable")
    means = pd.DataFrame(wide.xs("mean", axis=1, level="statistic"))
    shown = [field.name for field in fields(ScoreRow) if field.name in means]
    one_step_psd, one_step_mss = psd["median"]["one_step"], means["mss"]["one_step"]
    return [
        ScoreRow(
            predictor=row["predictor"],
            trained_on=trained_on.get(row["predictor"], NOT_TRAINED),
            psd_median=row["median"],
            psd_mean=row["mean"],
            psd_least=row["min"],
            psd_p95=row["p95"],
            relative_psd=row["median"] / one_step_psd,
            relative_mss=row["mss"] / one_step_mss,
            **{metric: row[metric] for metric in shown},
        )
        for row in psd.join(means[shown]).reset_index().to_dict(orient="records")
    ]
