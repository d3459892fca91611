"""Readings of the thesis: which of its figures each agrees with."""

from dataclasses import dataclass

import pandas as pd

from synthinv.evaluate.readings import Agreement, rank, unexplained
from synthinv.pipeline import paths
from synthinv.report.results import Results
from synthinv.thesis.published import FIGURES, PUBLISHED, Published, PublishedNumber

MOST_NAMED = 5
"""Length of the list of the best readings, without further ones that equal its last."""


@dataclass(frozen=True)
class FigureCell:
    """Agreement of a reading with one figure.

    Attributes
    ----------
    agreeing, items : int
        Number of the figure's items that the reading agrees with, and number of its items.
    """

    agreeing: int
    items: int

    @property
    def agrees(self) -> bool:
        """Whether the reading agrees with all of them."""
        return self.agreeing == self.items


@dataclass(frozen=True)
class ReadingRow:
    """One reading.

    Attributes
    ----------
    name, title : str
        Its name, and its title in the report.
    count : int
        Number of items that it agrees with.
    figures : list of FigureCell
        Its agreement with each figure.
    seeds : dict of str to list of float
        Published item to the values of all seeds.
    agrees : dict of str to bool
        Published item to whether the reading agrees with it.
    """

    name: str
    title: str
    count: int
    figures: list[FigureCell]
    seeds: dict[str, list[float]]
    agrees: dict[str, bool]


@dataclass(frozen=True)
class ItemRow:
    """One published item.

    Attributes
    ----------
    name, figure, place, statement, quantity, rule : str
        Its name, the thesis's figure (its place in words) and statement, the quantity that it is
        about, and the rule by which ours agrees.
    number : bool
        Whether it is a number, rather than a statement.
    agreeing : list of str
        Names of the readings that agree with it.
    """

    name: str
    figure: str
    place: str
    statement: str
    quantity: str
    rule: str
    number: bool
    agreeing: list[str]


@dataclass(frozen=True)
class ReadingsSection:
    """The comparison of readings with what the thesis published.

    Attributes
    ----------
    seeds : int
        Number of seeds per reading.
    figures : tuple of str
        Figures of the thesis, in order.
    readings : list of ReadingRow
        All readings, those that agree with most first.
    best : list of ReadingRow
        The first `MOST_NAMED` of them, and those that agree with as many items as the last.
    items : list of ItemRow
        Everything that is compared.
    unexplained : list of ItemRow
        What no reading agrees with.
    """

    seeds: int
    figures: tuple[str, ...]
    readings: list[ReadingRow]
    best: list[ReadingRow]
    items: list[ItemRow]
    unexplained: list[ItemRow]


def readings_section(results: Results) -> ReadingsSection | None:
    """Gather the readings, if they are compared."""
    if results.config.readings is None:
        return None
    return arranged(results.table(paths.READINGS), results.table(paths.AGREEMENT))


def arranged(values: pd.DataFrame, agreement: pd.DataFrame) -> ReadingsSection:
    """Arrange the tables of all readings.

    Parameters
    ----------
    values : pandas.DataFrame
        From `synthinv.evaluate.readings.tabulate`.
    agreement : pandas.DataFrame
        From `synthinv.evaluate.readings.agreement`.

    Returns
    -------
    ReadingsSection
        The content of the page's section.
    """
    ranked = rank(agreement)
    rows = [_reading_row(values, reading) for reading in ranked]
    least = rows[min(MOST_NAMED, len(rows)) - 1].count
    return ReadingsSection(
        seeds=int(values["repeat"].nunique()),
        figures=FIGURES,
        readings=rows,
        best=[row for row in rows if row.count >= least],
        items=[_item_row(item, ranked) for item in PUBLISHED],
        unexplained=[_item_row(item, ranked) for item in unexplained(ranked)],
    )


def _reading_row(values: pd.DataFrame, reading: Agreement) -> ReadingRow:
    own = values[values["reading"] == reading.reading].sort_values("repeat", kind="stable")
    return ReadingRow(
        name=reading.reading,
        title=reading.title,
        count=reading.count,
        figures=[FigureCell(*reading.of_figure(figure)) for figure in FIGURES],
        seeds={str(name): seeds.tolist() for name, seeds in own.groupby("quantity")["value"]},
        agrees=reading.agrees,
    )


def _item_row(item: Published, ranked: list[Agreement]) -> ItemRow:
    return ItemRow(
        name=item.name,
        figure=item.figure,
        place=item.place,
        statement=item.statement,
        quantity=item.quantity,
        rule=item.criterion.rule,
        number=isinstance(item, PublishedNumber),
        agreeing=[reading.reading for reading in ranked if reading.agrees[item.name]],
    )
