"""A configuration file, read as `snakemake --configfile` reads it."""

from pathlib import Path
from typing import Any

import yaml
from snakemake.utils import update_config

from synthinv.config import Config, load
from synthinv.errors import SynthinvError

DEFAULTS = Path("config/config.yaml")


def read_configuration(path: Path) -> Config:
    """Read a configuration on top of the defaults of the working folder.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Config
        The validated configuration.

    Raises
    ------
    SynthinvError
        If a file cannot be read, or is no configuration.
    """
    mapping: dict[str, Any] = {}
    for file in (DEFAULTS, path):
        try:
            update_config(mapping, yaml.safe_load(file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
            raise SynthinvError(
                f"{file}: cannot be read as a configuration ({' '.join(str(error).split())}); name "
                "a file like config/config.yaml, from the project's folder"
            ) from None
    return load(mapping, str(path))
