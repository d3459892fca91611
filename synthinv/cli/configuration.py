"""A configuration file, read as `snakemake --configfile` reads it."""

from pathlib import Path
from typing import Any

from snakemake.utils import update_config

from synthinv.common.files import read_yaml
from synthinv.config.load import load
from synthinv.config.root import Config

REMEDY = "name a file like config/config.yaml, from the project's folder"
DEFAULTS = Path("config/config.yaml")


def read_configuration(*paths: Path) -> Config:
    """Read a configuration on top of the defaults of the working folder.

    Parameters
    ----------
    *paths : Path
        Its files, each on top of those before.

    Returns
    -------
    Config
        The validated configuration.

    Raises
    ------
    SynthinvError
        If a file cannot be read, or is not a configuration.
    """
    mapping: dict[str, Any] = {}
    for file in (DEFAULTS, *paths):
        update_config(mapping, read_yaml(file, REMEDY))
    return load(mapping, " + ".join(map(str, paths)))
