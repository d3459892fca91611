"""The instrument files that come with synthinv, by name."""

import os
from pathlib import Path

from synthinv.common.errors import SynthinvError

FILES = Path(__file__).parent / "files"
"""Folder of the instruments that come with synthinv, each in a file named after it."""


def instrument_file(name: str | Path) -> Path:
    """Find an instrument file.

    Parameters
    ----------
    name : str or Path
        Name of an instrument that comes with synthinv, or the path of a file, which has a suffix or
        a folder.

    Returns
    -------
    Path
        The file; relative to the working folder where it lies below that, so that what Snakemake
        records does not depend on where the project lies.

    Raises
    ------
    SynthinvError
        If no instrument of that name comes with synthinv, or it is no name at all.
    """
    if not isinstance(name, str | os.PathLike):
        raise SynthinvError(f"instrument: is of type {type(name).__name__}; give a name or a file")
    path = Path(name)
    if path.suffix or len(path.parts) > 1:
        return path
    file = FILES / f"{name}.yaml"
    if not file.is_file():
        raise SynthinvError(
            f"instrument: there is no '{name}' (known: {', '.join(instrument_names())}); name one "
            f"of them, or a file such as {name}.yaml"
        )
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def instrument_names() -> list[str]:
    """List the instruments that come with synthinv."""
    return sorted(file.stem for file in FILES.glob("*.yaml"))
