"""Configuration files, merged as `snakemake --configfile` merges them."""

from pathlib import Path
from typing import Any

from snakemake.utils import update_config

from synthinv.common.files import read_yaml

REMEDY = "name a file like config/config.yaml, from the project's folder"
DEFAULTS = Path("config/config.yaml")


def merged(*files: Path) -> dict[str, Any]:
    """Read configuration files, each on top of those before: sections are merged, lists replaced.

    Raises
    ------
    SynthinvError
        If one of them cannot be read.
    """
    mapping: dict[str, Any] = {}
    for file in files:
        update_config(mapping, read_yaml(file, REMEDY))
    return mapping
