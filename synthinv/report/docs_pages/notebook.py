"""Run the documentation's notebook, and keep its outputs (`make gallery`)."""

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from synthinv.common.files import write_text


def main(path: Path) -> None:
    """Run a notebook in its own folder, and write it with its outputs."""
    write_text(path, nbformat.writes(executed(path)) + "\n")


def executed(path: Path) -> Any:
    """Run a notebook.

    Parameters
    ----------
    path : Path
        The notebook, which is not changed.

    Returns
    -------
    nbformat.NotebookNode
        The notebook with its outputs, but without times of day.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, record_timing=False, resources={"metadata": {"path": path.parent}}
    )
    return client.execute()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
