"""A configuration file, read as `snakemake --configfile` reads it."""

from pathlib import Path
from typing import Any

from synthinv.common.files import read_yaml
from synthinv.config.load import load
from synthinv.config.merge import merged
from synthinv.config.root import Config
from synthinv.config.sections.engine import PlugInConfig
from synthinv.config.synth import SynthConfig, load_synth

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
    return load(_read(DEFAULTS, *paths), " + ".join(map(str, paths)))


def read_synth(path: Path) -> SynthConfig:
    """Read the sections of a configuration that a synth needs to be played, and only these.

    They need no project around them. The defaults are those of the working folder or else of the
    project whose configuration it is, if there is one; the files that the configuration names are
    looked for in the working folder, then in the file's, then above that.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    SynthConfig
        The validated sections.

    Raises
    ------
    SynthinvError
        If a file cannot be read, or one of the sections is wrong.
    """
    own = read_yaml(path, REMEDY)
    projects = (Path(), path.absolute().parent.parent)
    defaults = [folder / DEFAULTS for folder in projects if (folder / DEFAULTS).is_file()]
    config = load_synth(_read(*defaults[:1], path) if defaults else own, str(path))
    found: dict[str, Any] = {"instrument": _found(config.instrument, path)}
    if isinstance(config.engine, PlugInConfig):
        files = {"path": config.engine.path, "state": config.engine.state}
        files = {field: _found(file, path) for field, file in files.items() if file is not None}
        found["engine"] = config.engine.model_copy(update=files)
    return config.model_copy(update=found)


def _read(*files: Path) -> dict[str, Any]:
    return merged(*(read_yaml(file, REMEDY) for file in files))


def _found(name: str, configuration: Path) -> str:
    """Return the path of a file that a configuration names, or the name where there is none."""
    if Path(name).suffix or len(Path(name).parts) > 1:
        for folder in (Path(), configuration.parent, configuration.parent.parent):
            if (folder / name).exists():
                return str(folder / name)
    return name
