"""Results of a grid search: the losses of its cells, and the best cell."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.config.sections.types import Setting
from synthinv.thesis.grid import cells


def tabulate(
    grid_search: GridSearchConfig, histories: Mapping[tuple[str, int], Mapping[str, Any]]
) -> pd.DataFrame:
    """Tabulate the minimum validation loss of every cell's trainings (thesis, section 4.3.2).

    Parameters
    ----------
    grid_search : GridSearchConfig
        The grid search.
    histories : mapping of (cell, repeat) to history
        Losses of every training.

    Returns
    -------
    pandas.DataFrame
        One row per cell: its settings, and the mean and standard deviation over the repeats of
        the minimum validation loss, as `mean` and `sd`; NaN where a training diverged.
    """
    minima = pd.DataFrame(
        [(cell, float(np.min(history["validation"]))) for (cell, _), history in histories.items()],
        columns=["cell", "loss"],
    )
    # skipna=False, or a diverged repeat would leave the mean of those that converged.
    losses = minima.groupby("cell")["loss"].agg(
        mean=lambda x: x.mean(skipna=False), sd=lambda x: x.std(ddof=0, skipna=False)
    )
    table = pd.DataFrame.from_dict(cells(grid_search), orient="index")
    table.index.name = "cell"
    return table.join(losses)


def mean_histories(files: Iterable[Path], axes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Average the losses of each cell's repeats, epoch by epoch.

    Parameters
    ----------
    files : iterable of Path
        Results of the cells' trainings.
    axes : sequence of str
        The grid's axes.

    Returns
    -------
    dict of str to history
        The axes' values to the mean losses per epoch, in the order of the files.
    """
    repeats: dict[str, list[dict[str, Any]]] = {}
    for history in map(read_manifest, files):
        values = ", ".join(str(history["settings"][axis]) for axis in axes)
        repeats.setdefault(values, []).append(history)
    fields = ("train", "validation", "spread", "mean_predictor")
    return {
        values: {field: np.mean([h[field] for h in group], axis=0) for field in fields}
        for values, group in repeats.items()
    }


def winner(grid_search: GridSearchConfig, table: pd.DataFrame) -> dict[str, Setting]:
    """Find the cell with the least mean loss.

    Parameters
    ----------
    grid_search : GridSearchConfig
        The grid search.
    table : pandas.DataFrame
        From `tabulate`.

    Returns
    -------
    dict of str to setting
        Its settings.

    Raises
    ------
    SynthinvError
        If every cell diverged.
    """
    finite = table["mean"][np.isfinite(table["mean"])]
    if finite.empty:
        raise SynthinvError(
            f"grid_searches.{grid_search.name}: every training diverged; try smaller learning rates"
        )
    return cells(grid_search)[str(finite.idxmin())]
