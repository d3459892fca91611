"""A configuration file, read as `snakemake --configfile` reads it."""

from pathlib import Path

from synthinv.config.load import load
from synthinv.config.merging import DEFAULTS, merged
from synthinv.config.root import Config


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
    return load(merged(DEFAULTS, *paths), " + ".join(map(str, paths)))
