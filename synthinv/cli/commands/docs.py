"""`synthinv docs`: write the configuration's reference and schema."""

import argparse
from pathlib import Path
from typing import Any

from synthinv.config import reference


def register(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("docs", help="write the configuration's reference and schema")
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(), help="project's folder (default: this one)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write `docs/configuration.md` and `config/schema.json`."""
    reference.write(options.folder)
    return 0
