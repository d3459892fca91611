"""The audibility of the parameters."""

from dataclasses import dataclass

from synthinv.evaluate.audibility import summary
from synthinv.pipeline import paths
from synthinv.report.results import Results


@dataclass(frozen=True)
class AudibilityRow:
    """The audibility of one parameter.

    Attributes
    ----------
    name, group : str
        Parameter and group.
    cc : int
        Controller number.
    differs, audible : float
        Shares of the sounds, see `synthinv.evaluate.audibility.audibility`.
    median_db, largest_db : float
        Difference that turning it makes, over the sounds.
    """

    name: str
    group: str
    cc: int
    differs: float
    audible: float
    median_db: float
    largest_db: float


@dataclass(frozen=True)
class AudibilitySection:
    """The audibility of all parameters.

    Attributes
    ----------
    sounds : int
        Number of sounds in which they were turned.
    rows : list of AudibilityRow
        One per parameter.
    """

    sounds: int
    rows: list[AudibilityRow]


def audibility_section(results: Results, main_set: str) -> AudibilitySection:
    """Gather how audible the parameters are in sounds of the main test set."""
    table = results.table(paths.AUDIBILITY, data_set=main_set)
    rows = summary(table, results.instrument(main_set)).itertuples(index=False, name=None)
    return AudibilitySection(table["index"].nunique(), [AudibilityRow(*row) for row in rows])
