"""The cells of a grid search, and the settings that it passes on to later stages."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

from synthinv.common.files import read_manifest
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.config.sections.types import Setting


def cells(grid_search: GridSearchConfig) -> dict[str, dict[str, Setting]]:
    """List the cells of a grid.

    A cell is named after its values, not after its place in the grid, so that a longer list of
    values does not repeat finished trainings.

    Parameters
    ----------
    grid_search : GridSearchConfig
        The grid search.

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
    """Read the settings that earlier grid searches found.

    Parameters
    ----------
    paths : sequence of Path
        The winner's file; none for a stage that starts from the configuration.

    Returns
    -------
    dict of str to setting
        All settings found so far, those of earlier grid searches included.
    """
    settings: dict[str, Setting] = {}
    for path in paths:
        settings |= read_manifest(Path(path))["settings"]
    return settings
