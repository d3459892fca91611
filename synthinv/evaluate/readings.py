"""Readings of the thesis, compared with every number and statement that it published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthinv.evaluate.published_quantities import (
    greatest_offset_of_means,
    of_the_optimisers,
    of_the_regularised,
    of_the_sounds,
    of_the_unregularised,
)
from synthinv.thesis import published
from synthinv.thesis.published import PUBLISHED

Result = Mapping[str, Any]


def quantities(result: Result) -> dict[str, float]:
    """Compute the quantities that the thesis published from the trainings of a reading.

    Parameters
    ----------
    result : mapping
        A reading's trainings with one seed (`trainings`), and the PSD errors of its predictions
        (`psd_errors`), as `workflow/scripts/train_reading.py` writes them.

    Returns
    -------
    dict of str to float
        One value for each item of `synthinv.thesis.published.PUBLISHED`, by its name; NaN where a
        training diverged.
    """
    trainings = result["trainings"]
    return {
        **of_the_optimisers(trainings),
        **_of_the_grids(trainings),
        **of_the_regularised(trainings["l2"]),
        **of_the_unregularised(trainings["no-l2"]),
        **of_the_sounds(np.array(result["psd_errors"], dtype=np.float64)),
        **_of_the_outputs(
            trainings["l2"]["test"], published.OUTPUT_SPREAD, published.OUTPUT_OFFSET
        ),
        **_of_the_outputs(
            trainings["simpler"]["test"], published.SIMPLER_SPREAD, published.SIMPLER_OFFSET
        ),
    }


def _of_the_grids(trainings: Mapping[str, Any]) -> dict[str, float]:
    """Compute the quantities of Figure 13."""
    least = {
        name: float(np.min(trainings[name]["validation"]))
        for name in ("adadelta", "fewer-layers", "tuned")
    }
    return {
        published.LAYERS_LOSS.name: least["adadelta"],
        published.LAYERS_LEAD.name: least["fewer-layers"] - least["adadelta"],
        published.TUNED_LOSS.name: least["tuned"],
    }


def _of_the_outputs(
    test: Mapping[str, Any], spread: published.Published, offset: published.Published
) -> dict[str, float]:
    """Compute the quantities of Figure 17, for one of the two networks that are tested."""
    return {
        spread.name: test["spread"],
        offset.name: greatest_offset_of_means(test["mean"]),
    }


def tabulate(results: Iterable[tuple[str, int, Result]]) -> pd.DataFrame:
    """Tabulate the quantities of every reading and seed.

    Parameters
    ----------
    results : iterable of tuple
        Reading, repeat and result, see `quantities`.

    Returns
    -------
    pandas.DataFrame
        Columns `reading`, `repeat`, `quantity`, `value`; quantities in the order of `PUBLISHED`.
    """
    rows = []
    for reading, repeat, result in results:
        found = quantities(result)
        rows += [(reading, repeat, item.name, found[item.name]) for item in PUBLISHED]
    return pd.DataFrame(rows, columns=["reading", "repeat", "quantity", "value"])


def agreement(table: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Judge from all seeds of each reading which published items it agrees with.

    Parameters
    ----------
    table : pandas.DataFrame
        From `tabulate`.
    titles : mapping of str to str
        Reading to its title in the report, in order.

    Returns
    -------
    pandas.DataFrame
        One row per reading and item: `reading`, `title`, `figure`, `quantity`, the `least`, `mean`
        and `greatest` of the seeds' values (NaN if any of them is), and `agrees`.
    """
    values = table.groupby(["reading", "quantity"])["value"]
    rows = []
    for reading, title in titles.items():
        for item in PUBLISHED:
            seeds = values.get_group((reading, item.name)).tolist()
            statistics = (float(f(seeds)) for f in (np.min, np.mean, np.max))
            agrees = item.criterion.agrees(seeds)
            rows.append((reading, title, item.figure, item.name, *statistics, agrees))
    columns = ["reading", "title", "figure", "quantity", "least", "mean", "greatest", "agrees"]
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class Agreement:
    """The items that one reading agrees with.

    Attributes
    ----------
    reading, title : str
        Its name, and its title in the report.
    agrees : dict of str to bool
        Name of every item to whether the reading agrees with it.
    """

    reading: str
    title: str
    agrees: dict[str, bool]

    @property
    def count(self) -> int:
        """Number of items that it agrees with."""
        return sum(self.agrees.values())

    def of_figure(self, figure: str) -> tuple[int, int]:
        """Return how many of a figure's items the reading agrees with, and how many there are."""
        own = [self.agrees[item.name] for item in PUBLISHED if item.figure == figure]
        return sum(own), len(own)


def rank(table: pd.DataFrame) -> list[Agreement]:
    """Sort the readings by the number of items that they agree with, most first.

    Parameters
    ----------
    table : pandas.DataFrame
        From `agreement`.

    Returns
    -------
    list of Agreement
        Sorted; readings with equal numbers stay in the order of the table.
    """
    found = [
        Agreement(
            str(reading),
            str(rows["title"].iloc[0]),
            dict(zip(rows["quantity"], map(bool, rows["agrees"]), strict=True)),
        )
        for reading, rows in table.groupby("reading", sort=False)
    ]
    return sorted(found, key=lambda reading: -reading.count)


def unexplained(ranked: Iterable[Agreement]) -> list[published.Published]:
    """Return the published items that no reading agrees with."""
    explained = {name for reading in ranked for name, agrees in reading.agrees.items() if agrees}
    return [item for item in PUBLISHED if item.name not in explained]
