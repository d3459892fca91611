"""Single settings of a network, its training or a solver, overridden by one experiment."""

from collections.abc import Mapping
from typing import Any

from synthinv.common.errors import SynthinvError
from synthinv.common.validation import Section, validated
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
    sections: list[Section] = [network, training]
    unknown = [key for key in settings if not any(key in type(s).model_fields for s in sections)]
    if unknown:
        raise SynthinvError(
            f"'{unknown[0]}' is neither a setting of the network nor of its training"
        )
    changed = [
        {**s.model_dump(), **{k: v for k, v in settings.items() if k in type(s).model_fields}}
        for s in sections
    ]
    return (
        validated(NetworkConfig, changed[0], "settings"),
        validated(TrainingConfig, changed[1], "settings"),
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
    unknown = [key for key in settings if key not in SolverConfig.model_fields]
    if unknown:
        raise SynthinvError(f"'{unknown[0]}' is not a setting of the solver")
    return validated(SolverConfig, {**solver.model_dump(), **settings}, "settings")
