"""Write docs/ablation.md from the results of the ablation (`make ablation`)."""

import shutil
import sys
from pathlib import Path

from synthinv.common.files import replacing, write_text
from synthinv.evaluate.ablation import STATES, Ablation, read_results
from synthinv.pages.html import fill_markdown
from synthinv.pipeline import paths
from synthinv.report.figures.ablation import learning_curves, steps
from synthinv.report.figures.style import save
from synthinv.report.sections.ablation import ablation_tables

TABLE = "ablation/ablation.csv"


def main(results: Path, docs: Path) -> None:
    """Write `ablation.md`, and `ablation/` with its table and figures, into a folder.

    Parameters
    ----------
    results : Path
        Results folder of a finished workflow with an ablation.
    docs : Path
        Folder to write into.
    """
    (docs / TABLE).parent.mkdir(parents=True, exist_ok=True)
    with replacing(docs / TABLE) as partial:
        shutil.copyfile(results / paths.ABLATION, partial)
    found = read_results(results / paths.ABLATION)
    save(steps(found.steps), docs / "ablation" / "steps.svg")
    if len(found.points):
        curves = learning_curves(found.points)
        save(curves, docs / "ablation" / "learning-curves.svg")
    write_text(docs / "ablation.md", page(found))


def page(found: Ablation) -> str:
    """Fill the page with the results of an ablation."""
    tables = ablation_tables(found)
    return fill_markdown(
        "ablation.md.j2",
        {
            "steps": tables.steps,
            "points": tables.points,
            "step": {row.experiment: row for row in tables.steps},
            "states": STATES,
        },
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
