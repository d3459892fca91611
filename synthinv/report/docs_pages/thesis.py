"""Write docs/thesis.md from results at the thesis's own scale, finished or not (`make thesis`)."""

import math
import os
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_yaml, write_text
from synthinv.config import plan
from synthinv.config.load import load
from synthinv.config.overrides import apply_settings
from synthinv.config.root import Config
from synthinv.config.sections.experiment import ExperimentConfig
from synthinv.config.shapes import spectrogram_shape
from synthinv.pages.html import fill_markdown
from synthinv.pipeline import paths
from synthinv.pipeline.planned_jobs import planned_jobs
from synthinv.pipeline.progress import Step, all_steps, each
from synthinv.report.docs_pages.figure_section import FigureSection, Item, Pictures
from synthinv.report.docs_pages.thesis_results import ThesisResults
from synthinv.report.docs_pages.thesis_sections import figure_sections

LEAST_SHOWN = 0.0001
"""Size below which a number counts as nearly zero."""
SMALL_ON_DISK = 10_000_000
"""Bytes below which a step's results are not worth counting."""


@dataclass(frozen=True)
class TimeRow:
    """The time that one step took.

    Attributes
    ----------
    step : Step
        How far it has come, and its time.
    disk : int
        Bytes of its results.
    """

    step: Step
    disk: int


@dataclass(frozen=True)
class ThesisPage:
    """The content of the page, as the template `thesis.md.j2` shows it.

    Attributes
    ----------
    sections : list of FigureSection
        Every figure of the thesis beside ours.
    items : list of Item
        Every published number and statement.
    total : Step
        How far the whole workflow has come.
    times : list of TimeRow
        Every step's time.
    data_sets : list of DataSetConfig
        The data sets.
    spectrograms : dict of str to str
        Name and settings of every kind of spectrogram.
    main : str
        Name of the main experiment.
    settings : dict of str to Any
        Settings of its network and its training.
    normalisation : str
        Normalisation of its spectrograms.
    """

    sections: list[FigureSection]
    items: list[Item]
    total: Step
    times: list[TimeRow]
    data_sets: list[Any]
    spectrograms: dict[str, str]
    main: str
    settings: dict[str, Any]
    normalisation: str


def main(results: Path, docs: Path) -> None:
    """Write `thesis.md`, and its pictures into `thesis/`, into a folder.

    Parameters
    ----------
    results : Path
        Results folder, with its configuration at least; the page says what is missing.
    docs : Path
        Folder to write into.
    """
    remedy = "run `make thesis`"
    file = results / paths.CONFIG
    config = load(read_yaml(file, remedy), str(file))
    jobs = planned_jobs(config, [file], os.cpu_count() or 1)
    found = ThesisResults(config.model_copy(update={"results": str(results)}), jobs)
    write_text(docs / "thesis.md", fill_page(gather(found, Pictures(docs, "thesis"))))


def gather(found: ThesisResults, pictures: Pictures) -> ThesisPage:
    """Gather the page, and save its pictures."""
    config = found.config
    sections = figure_sections(found, pictures)
    steps = found.progress.steps()
    return ThesisPage(
        sections=sections,
        items=[item for section in sections for item in section.items],
        total=all_steps(steps),
        times=[TimeRow(step, disk) for step, disk in zip(steps, _disk(found), strict=True)],
        data_sets=[config.data_set(name) for name in plan.captured_data_sets(config)],
        spectrograms=_spectrograms(config),
        main=found.main.name,
        settings=_settings(found, found.main),
        normalisation=config.spectrogram(found.main.spectrogram).normalisation,
    )


def fill_page(page: ThesisPage) -> str:
    """Fill in the page."""
    content = {field.name: getattr(page, field.name) for field in fields(page)}
    functions = {"number": number, "core_time": core_time, "each": each}
    return fill_markdown("thesis.md.j2", {**content, **functions, "small": SMALL_ON_DISK})


def number(value: float) -> str:
    """Write a number with four digits; NaN is that of a training that diverged."""
    if math.isnan(value):
        return "diverged"
    if 0 < abs(value) < LEAST_SHOWN:
        return f"> −{LEAST_SHOWN}" if value < 0 else f"< {LEAST_SHOWN}"
    return f"{value:.4g}".replace("-", "−")


def core_time(seconds: float) -> str:
    """Write core seconds with two digits."""
    for unit, size in (("core h", 3600), ("core min", 60)):
        if seconds >= 0.95 * size:
            shown = seconds / size
            return f"{shown:.1f} {unit}" if shown < 9.95 else f"{shown:,.0f} {unit}"
    return f"{seconds:.0f} core s"


def _settings(found: ThesisResults, experiment: ExperimentConfig) -> dict[str, Any]:
    """Return an experiment's settings, as far as they are known before its training."""
    config, settings = found.config, experiment.settings
    for history in found.histories([experiment]).values():
        # With those of the grid search that it starts from.
        settings = history["settings"]
    network, training = apply_settings(config.network, config.training, settings)
    return {**network.model_dump(mode="json"), **training.model_dump(mode="json")}


def _spectrograms(config: Config) -> dict[str, str]:
    """Return the shape and the settings of every kind of spectrogram in words."""
    described = {}
    for spectrogram in config.spectrograms:
        bands, frames = spectrogram_shape(spectrogram, config.audio.samples)
        settings = spectrogram.model_dump(mode="json", exclude={"name"}, exclude_none=True)
        listed = ", ".join(f"{name} {value}" for name, value in settings.items())
        described[spectrogram.name] = f"{bands} × {frames} ({listed})"
    return described


def _disk(found: ThesisResults) -> list[int]:
    """Add up the sizes of each step's results."""
    folders: dict[str, set[Path]] = {}
    for job in found.jobs:
        result = Path(found.config.results, job.result)
        folders.setdefault(job.step, set()).add(result.parent)
    return [sum(map(_size, own)) for own in folders.values()]


def _size(folder: Path) -> int:
    """Add up the sizes of the files of a folder, but not of those below it."""
    if not folder.is_dir():
        return 0
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except SynthinvError as error:
        sys.exit(f"synthinv: {error}")
