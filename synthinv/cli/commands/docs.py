"""`synthinv docs`: write the configuration's reference and schema."""

import argparse
from pathlib import Path

from synthinv.config import reference


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(), help="project's folder (default: this one)"
    )


def run(options: argparse.Namespace) -> int:
    """Write `docs/configuration.md` and `config/schema.json`."""
    reference.write(options.folder)
    return 0
