"""The audibility of the parameters."""

from dataclasses import dataclass

from synthinv.evaluate.audibility import Summary, summary
from synthinv.pipeline import paths
from synthinv.report.results import Results


@dataclass(frozen=True)
class AudibilitySection:
    """The audibility of all parameters.

    Attributes
    ----------
    sounds : int
        Number of sounds in which they were turned.
    rows : list of Summary
        One per parameter.
    """

    sounds: int
    rows: list[Summary]


def audibility_section(results: Results, main_set: str) -> AudibilitySection:
    """Gather how audible the parameters are in sounds of the main test set."""
    table = results.table(paths.AUDIBILITY, data_set=main_set)
    rows = summary(table, results.instrument(main_set))
    return AudibilitySection(table["index"].nunique(), rows)
