"""What the thesis published, to be printed beside our own figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


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
SEARCHES = {
    ("optimiser",): ("12", "final validation loss of AdaDelta", 0.0842),
    ("hidden_layers", "hidden_units"): ("13a", "least mean validation loss, layers", 0.1345),
    ("rho", "weight_decay"): ("13b", "least mean validation loss, AdaDelta", 0.1219),
}
BEST_PSD_ERROR = 0.0112

# Squared error of a uniformly drawn knob: 1/12 for the middle, 1/3 for either end. A training that
# ends above the midpoint has most of its sigmoids stuck at the ends, where they have no gradient.
STUCK_ABOVE = (1 / 12 + 1 / 3) / 2


def compare_search(
    axes: tuple[str, ...], cells: list[dict[str, Any]], histories: list[Mapping[str, Any]]
) -> Comparison | None:
    """Set a search beside the thesis's.

    Parameters
    ----------
    axes : tuple of str
        The search's axes.
    cells : list of dict
        Its cells with their `mean` least validation loss.
    histories : list of history
        Every training of the search.

    Returns
    -------
    Comparison or None
        None for a search that the thesis did not make.
    """
    if axes not in SEARCHES:
        return None
    figure, quantity, thesis = SEARCHES[axes]
    line = float(np.mean([h["prior"] for h in histories]))
    if axes == ("optimiser",):
        final = [h["validation"][-1] for h in histories if h["settings"]["optimiser"] == "adadelta"]
        ours = float(np.mean(final)) if final else float("nan")
    else:
        ours = float(np.nanmin([cell["mean"] for cell in cells]))
    return Comparison(figure, quantity, thesis, ours, line)
