"""Error against number of renders: patch searches, refinements and other predictions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthinv.config import plan
from synthinv.pipeline import paths
from synthinv.report.method_titles import METHOD_TITLES
from synthinv.report.results import PageFigure, Results
from synthinv.report.sections.scores import NOT_TRAINED
from synthinv.report.trained_on import trained_on
from synthinv.search.curves import relative_to_one_step

RENDERS = (1, 10, 50, 100, 200, 500, 1000, 2000, 5000)
"""Columns of the table, as far as any method gets, beside the last render of each method."""


@dataclass(frozen=True)
class MethodRow:
    """The errors of one method.

    Attributes
    ----------
    method : str
        A predictor's name, or the title of a patch search.
    trained_on : str
        Its training data.
    errors : list of float or None
        Mean MSS as a multiple of the one-step error after each number of renders; None where the
        method has spent fewer.
    """

    method: str
    trained_on: str
    errors: list[float | None]


@dataclass(frozen=True)
class RendersTable:
    """Error against number of renders.

    Attributes
    ----------
    sounds : int
        Number of sounds.
    renders : list of int
        The columns.
    rows : list of MethodRow
        From the least last error to the largest.
    """

    sounds: int
    renders: list[int]
    rows: list[MethodRow]


@dataclass(frozen=True)
class PatchSearchSection:
    """Error against number of renders, as a figure and as a table."""

    figure: PageFigure
    table: RendersTable


def patch_search_section(results: Results, main_set: str) -> PatchSearchSection | None:
    """Gather error against number of renders, if anything was searched or refined."""
    if not plan.has_render_curves(results.config):
        return None
    table = results.table(paths.PATCH_SEARCHES)
    return PatchSearchSection(
        figure=results.figure(
            "Error against number of renders", "patch_search", paths.PATCH_SEARCH_FIGURE
        ),
        table=renders_table(table, trained_on(results.config, main_set)),
    )


def renders_table(table: pd.DataFrame, trained: Mapping[str, str]) -> RendersTable:
    """Arrange error against number of renders in rows, one per method.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `method`, `index`, `renders`, `mss`: see `synthinv.search.curves`.
    trained : mapping of str to str
        Training data of the predictors that have any.

    Returns
    -------
    RendersTable
        The table.
    """
    spent = table.groupby("method")["renders"].max()
    columns = sorted({*(r for r in RENDERS if r <= spent.max()), *spent.astype(int)})
    sums = relative_to_one_step(table, columns).pivot_table(
        index="method", columns="renders", values="mean"
    )
    ranked = sums.assign(last=sums.ffill(axis=1).iloc[:, -1]).sort_values("last", kind="stable")
    rows = [
        MethodRow(
            method=METHOD_TITLES.get(str(method), str(method)),
            trained_on=trained.get(str(method), NOT_TRAINED),
            errors=[None if np.isnan(e) else float(e) for e in row[columns]],
        )
        for method, row in ranked.iterrows()
    ]
    return RendersTable(table["index"].nunique(), columns, rows)
