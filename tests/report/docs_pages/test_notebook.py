"""The documentation's notebook."""

import shutil
from pathlib import Path

import nbformat
import pytest

from synthinv.report.docs_pages.notebook import executed, main

NOTEBOOK = Path(__file__).parents[3] / "docs" / "notebook.ipynb"


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path) -> None:
    shutil.copytree(NOTEBOOK.parent / "gallery", tmp_path / "gallery")
    shutil.copy(NOTEBOOK, tmp_path)
    kept = nbformat.read(NOTEBOOK, as_version=4)
    again = executed(tmp_path / NOTEBOOK.name)
    # The outputs are shown on the site, so they are there and of the same kind.
    for old, new in zip(kept.cells, again.cells, strict=True):
        kinds = [
            [(o.output_type, sorted(o.get("data", {}))) for o in cell.get("outputs", [])]
            for cell in (old, new)
        ]
        assert kinds[0] == kinds[1]
        assert old.cell_type == "markdown" or kinds[0] or "=" in old.source


def test_a_notebook_keeps_no_time_of_day(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1", id="sum")])
    file = tmp_path / "notebook.ipynb"
    written = []
    for _ in range(2):
        nbformat.write(notebook, file)
        main(file)
        written.append(file.read_bytes())
    assert written[0] == written[1]
    (cell,) = nbformat.read(file, as_version=4).cells
    assert cell.outputs[0].data["text/plain"] == "2"
