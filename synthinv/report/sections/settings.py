"""The settings of every training, the whole configuration, and the versions of the software."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from synthinv.config import plan
from synthinv.config.sections.types import Setting
from synthinv.pipeline import paths
from synthinv.report.results import Results

PACKAGES = {"synthinv": "synthinv", "PyTorch": "torch", "NumPy": "numpy", "SciPy": "scipy"}


@dataclass(frozen=True)
class SettingsRow:
    """The settings that differ from the defaults in one training.

    Attributes
    ----------
    name : str
        The experiment or solver.
    settings : mapping of str to setting
        Those that a grid search found, and its own.
    """

    name: str
    settings: Mapping[str, Setting]


@dataclass(frozen=True)
class SettingsSection:
    """The settings of every training, the configuration and the versions.

    Attributes
    ----------
    rows : list of SettingsRow
        One per experiment and solver.
    configuration : str
        The whole configuration as YAML.
    versions : mapping of str to str
        Software and its version.
    """

    rows: list[SettingsRow]
    configuration: str
    versions: Mapping[str, str]


def settings_section(results: Results) -> SettingsSection:
    """Gather the settings."""
    names = [shown.name for shown in plan.reported_one_by_one(results.config)]
    return SettingsSection(
        rows=[
            SettingsRow(name, results.manifest(paths.HISTORY, predictor=name)["settings"])
            for name in names
        ],
        configuration=results.text(paths.CONFIG),
        versions={
            "Python": platform.python_version(),
            **{title: version(package) for title, package in PACKAGES.items()},
        },
    )
