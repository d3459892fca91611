"""The grid searches: their figures, and how many trainings ended saturated."""

from dataclasses import dataclass

from synthinv.common.files import Manifest
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.evaluate.verdict import SATURATED_ABOVE
from synthinv.pipeline import paths
from synthinv.report.results import PageFigure, Results
from synthinv.report.sections.published import GRID_SEARCHES
from synthinv.thesis.grid import cells
from synthinv.thesis.published import CONSTANT_BELOW


@dataclass(frozen=True)
class GridSearchSection:
    """One grid search.

    Attributes
    ----------
    figure : PageFigure
        Its losses.
    wide : bool
        Whether the figure shows curves side by side rather than a heat map.
    trainings, saturated : int
        Number of trainings, and of those that ended saturated.
    """

    figure: PageFigure
    wide: bool
    trainings: int
    saturated: int


def grid_search_section(results: Results, grid_search: GridSearchConfig) -> GridSearchSection:
    """Gather one grid search."""
    published = GRID_SEARCHES.get(tuple(grid_search.axes))
    number = f"Figure {published.figure}: " if published else ""
    title = f"{number}grid search of {' and '.join(grid_search.axes).replace('_', ' ')}"
    found = trainings(results, grid_search)
    return GridSearchSection(
        figure=results.figure(
            title, "grid_search", paths.GRID_SEARCH_FIGURE, grid_search=grid_search.name
        ),
        wide=len(grid_search.axes) == 1,
        trainings=len(found),
        saturated=sum(map(_saturated, found)),
    )


def trainings(results: Results, grid_search: GridSearchConfig) -> list[Manifest]:
    """Read the losses of every training of a grid search."""
    return [
        results.manifest(paths.CELL, grid_search=grid_search.name, cell=cell, repeat=str(repeat))
        for cell in cells(grid_search)
        for repeat in range(grid_search.repeats)
    ]


def _saturated(history: Manifest) -> bool:
    """Return whether a training ended with constant outputs far above the mean predictor's loss.

    No constant outputs have a smaller loss than the mean predictor. Far above it, they are at the
    ends of the knobs' travel, where the sigmoids have no gradient.
    """
    loss, spread = history["validation"][-1], history["spread"][-1]
    return bool(spread < CONSTANT_BELOW and loss > SATURATED_ABOVE * history["mean_predictor"])
