"""The top of the page: all predictors of interest at a glance, and the verdicts on them."""

from collections.abc import Sequence
from dataclasses import dataclass

from synthinv.report.sections.predictor import JudgedPredictor
from synthinv.report.sections.scores import ScoreRow, ScoreTable

BASELINES_SHOWN = ("mean", "nearest", "one_step")
"""Baselines shown beside the networks and solvers."""


@dataclass(frozen=True)
class Bar:
    """The MSS of one predictor as a bar.

    Attributes
    ----------
    title : str
        What the predictor is called.
    trained_on : str
        Its training data.
    relative_mss : float
        Mean MSS as a multiple of the one-step error.
    width : float
        Length of the bar in percent.
    kind : str
        "works" or "fails", as the verdict says; empty for a baseline.
    """

    title: str
    trained_on: str
    relative_mss: float
    width: float
    kind: str


@dataclass(frozen=True)
class Overview:
    """The top of the page.

    Attributes
    ----------
    bars : list of Bar
        The predictors at a glance, the worst first.
    heads : list of JudgedPredictor
        Those with a verdict at the top; the first is the main experiment.
    scores : ScoreTable
        All predictors on the main test set.
    """

    bars: list[Bar]
    heads: list[JudgedPredictor]
    scores: ScoreTable


def overview(heads: list[JudgedPredictor], scores: ScoreTable) -> Overview:
    """Gather the top of the page."""
    return Overview(glance(scores.rows, heads), heads, scores)


def glance(rows: Sequence[ScoreRow], heads: Sequence[JudgedPredictor]) -> list[Bar]:
    """Line up the predictors that the page is about, the worst first.

    Parameters
    ----------
    rows : sequence of ScoreRow
        Scores on the main test set.
    heads : sequence of JudgedPredictor
        The predictors with a verdict at the top of the page.

    Returns
    -------
    list of Bar
        Those, and the baselines between which they lie.
    """
    judged = {head.name: head for head in heads}
    chosen = [row for row in rows if row.predictor in judged or row.predictor in BASELINES_SHOWN]
    most = max(row.relative_mss for row in chosen)
    return [
        Bar(
            title=judged[row.predictor].title if row.predictor in judged else row.predictor,
            trained_on=row.trained_on,
            relative_mss=row.relative_mss,
            width=100 * row.relative_mss / most,
            kind=_kind(judged.get(row.predictor)),
        )
        for row in sorted(chosen, key=lambda row: -row.relative_mss)
    ]


def _kind(judged: JudgedPredictor | None) -> str:
    if judged is None:
        return ""
    return "works" if judged.verdict.works else "fails"
