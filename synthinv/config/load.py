"""Reading and validation of the whole configuration: its sections, then all together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_yaml
from synthinv.common.validation import validated
from synthinv.config.checks import check
from synthinv.config.merge import merged
from synthinv.config.root import Config
from synthinv.config.synth import REMEDY


def read_configuration(*paths: Path) -> Config:
    """Read a configuration as `snakemake --configfile` reads it.

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
    mapping = merged(*(read_yaml(path, REMEDY) for path in paths))
    return load(mapping, " + ".join(map(str, paths)))


def load(mapping: Mapping[str, Any], source: str = "config") -> Config:
    """Validate a merged configuration.

    Parameters
    ----------
    mapping : mapping
        The configuration as read from YAML.
    source : str
        What error messages call it.

    Returns
    -------
    Config
        The validated configuration.

    Raises
    ------
    SynthinvError
        One sentence naming the field that is wrong, and why.
    """
    config = validated(Config, mapping, source)
    try:
        check(config)
    except ValueError as error:
        raise SynthinvError(f"{source}: {error}") from None
    return config
