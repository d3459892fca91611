"""Numbers that the thesis published, beside our own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthinv.report.results import Results
from synthinv.thesis.published import (
    ADADELTA_LOSS,
    BEST_PSD_ERROR,
    LAYERS_LOSS,
    TUNED_LOSS,
    PublishedNumber,
)


@dataclass(frozen=True)
class Comparison:
    """One published number beside ours.

    Attributes
    ----------
    figure : str
        Number of the thesis's figure that shows it.
    quantity : str
        The quantity in words.
    thesis, ours : float
        The thesis's value and ours.
    mean_predictor : float
        Ours for the mean predictor, the best prediction that is the same for every sound.
    """

    figure: str
    quantity: str
    thesis: float
    ours: float
    mean_predictor: float


GRID_SEARCHES = {
    ("optimiser",): ADADELTA_LOSS,
    ("hidden_layers", "hidden_units"): LAYERS_LOSS,
    ("rho", "weight_decay"): TUNED_LOSS,
}
"""The published number that each grid search of the thesis is compared with, by its axes."""


def compare_grid_search(
    axes: tuple[str, ...],
    cells: Sequence[Mapping[str, Any]],
    histories: Sequence[Mapping[str, Any]],
) -> Comparison | None:
    """Compare a grid search with the thesis's.

    Parameters
    ----------
    axes : tuple of str
        Its axes.
    cells : sequence of dict
        Its cells with their `mean` least validation loss.
    histories : sequence of history
        All of its trainings.

    Returns
    -------
    Comparison or None
        None for a grid search that is not in the thesis.
    """
    if axes not in GRID_SEARCHES:
        return None
    published = GRID_SEARCHES[axes]
    mean_predictor = float(np.mean([h["mean_predictor"] for h in histories]))
    if axes == ("optimiser",):
        final = [h["validation"][-1] for h in histories if h["settings"]["optimiser"] == "adadelta"]
        ours = float(np.mean(final)) if final else float("nan")
    else:
        ours = float(np.nanmin([cell["mean"] for cell in cells]))
    return _compare(published, ours, mean_predictor)


def compare_best(results: Results, experiment: str, test_set: str) -> Comparison:
    """Compare the least PSD error of an experiment on its test set with the thesis's."""
    errors, mean_predictor = (
        results.scores(test_set, [name])["psd_error"] for name in (experiment, "mean")
    )
    return _compare(
        BEST_PSD_ERROR,
        float(errors.min()),
        float(mean_predictor.min()),
        f"least PSD error of {len(errors)} (thesis: of 100)",
    )


def _compare(
    published: PublishedNumber, ours: float, mean_predictor: float, quantity: str | None = None
) -> Comparison:
    return Comparison(
        published.figure, quantity or published.quantity, published.value, ours, mean_predictor
    )
