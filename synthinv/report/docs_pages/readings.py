"""Write docs/readings.md from the results of the comparison of readings (`make readings`)."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from synthinv.common.files import intact, read_table, read_yaml, replacing, write_text
from synthinv.config import plan
from synthinv.config.load import load
from synthinv.config.root import Config
from synthinv.config.shapes import spectrogram_shape
from synthinv.pages.html import fill_markdown
from synthinv.pipeline import paths
from synthinv.report.sections.readings import ReadingsSection, arranged

TABLES = (paths.READINGS, paths.AGREEMENT)


def main(results: Path, docs: Path) -> None:
    """Write `readings.md`, and `readings/` with its tables, into a folder.

    Parameters
    ----------
    results : Path
        Results folder of a finished workflow with readings.
    docs : Path
        Folder to write into.
    """
    for table in TABLES:
        (docs / table).parent.mkdir(parents=True, exist_ok=True)
        with replacing(docs / table) as partial:
            shutil.copyfile(intact(results / table), partial)
    section = arranged(*(read_table(results / table) for table in TABLES))
    source = intact(results / paths.CONFIG)
    write_text(docs / "readings.md", page(section, load(read_yaml(source), str(source))))


def page(section: ReadingsSection, config: Config) -> str:
    """Fill the page with the comparison of readings."""
    own = plan.readings(config)
    content = {
        "readings": section,
        "config": config,
        "images": _sizes(config, [reading.spectrogram for reading in own]),
        "fewer_bands": _sizes(config, [reading.fewer_bands for reading in own]),
    }
    return fill_markdown("readings.md.j2", content)


def _sizes(config: Config, names: Iterable[str]) -> list[str]:
    """Return the different sizes of some kinds of spectrograms, in words."""
    samples = config.audio.samples
    shapes = [spectrogram_shape(config.spectrogram(name), samples) for name in names]
    return [f"{bands} × {frames}" for bands, frames in dict.fromkeys(shapes)]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
