"""Single settings of a network, its training or a solver, overridden by one experiment."""

from collections.abc import Mapping
from typing import Any

from synthinv.common.validation import validated
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.config.sections.types import Setting


def apply_settings(
    network: NetworkConfig, training: TrainingConfig, settings: Mapping[str, Setting]
) -> tuple[NetworkConfig, TrainingConfig]:
    """Override single settings of a network and its training.

    Parameters
    ----------
    network : NetworkConfig
        Network to start from.
    training : TrainingConfig
        Training to start from.
    settings : mapping of str to int, float or str
        Field names of either section and their new values.

    Returns
    -------
    tuple of NetworkConfig and TrainingConfig
        Validated copies.

    Raises
    ------
    SynthinvError
        If a name belongs to neither section, or a value is out of range.
    """
    own = {key: value for key, value in settings.items() if key in NetworkConfig.model_fields}
    # A name that belongs to neither section is refused with these.
    rest = {key: value for key, value in settings.items() if key not in own}
    return (
        validated(NetworkConfig, {**network.model_dump(), **own}, "settings"),
        validated(TrainingConfig, {**training.model_dump(), **rest}, "settings"),
    )


def apply_solver_settings(solver: SolverConfig, settings: Mapping[str, Any]) -> SolverConfig:
    """Override single settings of a solver.

    Parameters
    ----------
    solver : SolverConfig
        Settings to start from.
    settings : mapping
        Field names and their new values.

    Returns
    -------
    SolverConfig
        A validated copy.

    Raises
    ------
    SynthinvError
        If there is no such setting, or a value is out of range.
    """
    return validated(SolverConfig, {**solver.model_dump(), **settings}, "settings")
