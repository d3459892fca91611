"""The content of a section of the page of the thesis: one figure of the thesis beside ours."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from matplotlib.figure import Figure

from synthinv.common.files import replacing
from synthinv.pipeline.progress import Step
from synthinv.report.figures.style import save
from synthinv.thesis.published import NearMean, OnAverage, Published


@dataclass(frozen=True)
class Item:
    """One published number or statement, and ours.

    Attributes
    ----------
    published : Published
        The published one.
    seeds : list of float
        Our value of its quantity for every seed that is there.
    complete : bool
        Whether all of them are there.
    """

    published: Published
    seeds: list[float]
    complete: bool

    @property
    def agrees(self) -> bool | None:
        """Whether ours agree so far; None if that cannot be judged yet."""
        criterion = self.published.criterion
        # A mean over repeats is judged once all of them are there.
        judged = self.complete or not isinstance(criterion, NearMean | OnAverage)
        return criterion.agrees(self.seeds) if self.seeds and judged else None


@dataclass(frozen=True)
class Table:
    """A table of texts."""

    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Picture:
    """A picture: what it shows, and its path relative to the page."""

    shows: str
    path: str


@dataclass(frozen=True)
class FigureSection:
    """One figure of the thesis beside ours.

    Attributes
    ----------
    title : str
        Its number and what it shows.
    step : Step
        How far the trainings and predictions have come that it shows.
    items : list of Item
        The numbers and statements published with it.
    table : Table or None
        Ours in more detail.
    remarks : list of str
        Sentences on ours.
    pictures : list of Picture
        Pictures of ours.
    """

    title: str
    step: Step
    items: list[Item] = field(default_factory=list)
    table: Table | None = None
    remarks: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


class Pictures:
    """The folder of the page's pictures.

    Parameters
    ----------
    docs : Path
        Folder of the page.
    folder : str
        Name of the folder of its pictures.
    """

    def __init__(self, docs: Path, folder: str) -> None:
        self._docs, self._folder = docs, folder

    def draw(self, name: str, shows: str, figure: Figure) -> Picture:
        """Save a figure."""
        save(figure, self._docs / self._folder / f"{name}.svg")
        return Picture(shows, f"{self._folder}/{name}.svg")

    def copy(self, name: str, shows: str, file: Path | None) -> list[Picture]:
        """Copy a figure of the workflow, if it is there."""
        if file is None:
            return []
        with replacing(self._docs / self._folder / f"{name}.svg") as partial:
            shutil.copyfile(file, partial)
        return [Picture(shows, f"{self._folder}/{name}.svg")]
