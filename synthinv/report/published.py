"""What the thesis published, to be printed beside our own figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthinv.evaluate.verdict import SATURATED_ABOVE


@dataclass(frozen=True)
class Comparison:
    """One published figure and ours.

    Attributes
    ----------
    figure : str
        Figure of the thesis.
    quantity : str
        What it is.
    thesis, ours : float
        Their value and ours.
    line : float
        Ours for the prior: what a network reaches that gives one answer to every sound.
    """

    figure: str
    quantity: str
    thesis: float
    ours: float
    line: float


# Axes of the search to (figure, quantity, published value).
GRID_SEARCHES = {
    ("optimiser",): ("12", "final validation loss of AdaDelta", 0.0842),
    ("hidden_layers", "hidden_units"): ("13a", "least mean validation loss, layers", 0.1345),
    ("rho", "weight_decay"): ("13b", "least mean validation loss, AdaDelta", 0.1219),
}
BEST_PSD_ERROR = 0.0112


def saturated(history: Mapping[str, Any]) -> bool:
    """Tell whether a training ended with sigmoids stuck at their ends, where they do not learn.

    Parameters
    ----------
    history : history
        Losses and spread of a training.

    Returns
    -------
    bool
        True if the outputs do not depend on the sound (spread below 1 %) and cost clearly more
        than the prior, the best that such outputs can reach.
    """
    loss, mean_predictor, spread = (
        history["validation"][-1],
        history["mean_predictor"],
        history["spread"][-1],
    )
    return bool(spread < 0.01 and loss > SATURATED_ABOVE * mean_predictor)


def compare_grid_search(
    axes: tuple[str, ...],
    cells: Sequence[Mapping[str, Any]],
    histories: Sequence[Mapping[str, Any]],
) -> Comparison | None:
    """Set a search beside the thesis's.

    Parameters
    ----------
    axes : tuple of str
        The search's axes.
    cells : sequence of dict
        Its cells with their `mean` least validation loss.
    histories : sequence of history
        Every training of the search.

    Returns
    -------
    Comparison or None
        None for a search that the thesis did not make.
    """
    if axes not in GRID_SEARCHES:
        return None
    figure, quantity, thesis = GRID_SEARCHES[axes]
    line = float(np.mean([h["mean_predictor"] for h in histories]))
    if axes == ("optimiser",):
        final = [h["validation"][-1] for h in histories if h["settings"]["optimiser"] == "adadelta"]
        ours = float(np.mean(final)) if final else float("nan")
    else:
        ours = float(np.nanmin([cell["mean"] for cell in cells]))
    return Comparison(figure, quantity, thesis, ours, line)
