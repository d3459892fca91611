"""`synthinv docs`: write the configuration's reference and schema."""

import argparse
from pathlib import Path

from synthinv.common.errors import SynthinvError
from synthinv.config import reference


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(), help="project's folder (default: this one)"
    )


def run(options: argparse.Namespace) -> int:
    """Write `docs/configuration.md` and `config/schema.json`."""
    folder: Path = options.folder
    if not (folder / "Snakefile").is_file():
        raise SynthinvError(
            f"{folder}: is not the project's folder, as it has no Snakefile; name the "
            "folder that has one"
        )
    reference.write(folder)
    return 0
