"""Grid search: its cells, and the settings that the next stage starts from."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

from synthinv.common.files import read_manifest
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.config.sections.types import Setting


def cells(grid_search: GridSearchConfig) -> dict[str, dict[str, Setting]]:
    """List the cells of a grid.

    A cell is named after its values, not its place in the grid: a longer list of values leaves
    the finished cells finished.

    Parameters
    ----------
    grid_search : GridSearchConfig
        The grid's axes.

    Returns
    -------
    dict of str to dict
        Cell name to its settings, the last axis varying fastest.
    """
    named = {}
    for values in product(*grid_search.axes.values()):
        settings = dict(zip(grid_search.axes, values, strict=True))
        name = "_".join(f"{key.replace('_', '-')}={value}" for key, value in settings.items())
        named[name] = settings
    return named


def read_winner(paths: Sequence[Path | str]) -> dict[str, Setting]:
    """Read the settings that an earlier search found.

    Parameters
    ----------
    paths : sequence of Path
        The winner's file, or nothing where a stage starts from the configuration.

    Returns
    -------
    dict of str to setting
        All settings found so far, those of the searches before it included.
    """
    settings: dict[str, Setting] = {}
    for path in paths:
        settings |= read_manifest(Path(path))["settings"]
    return settings
