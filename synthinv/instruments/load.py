"""An instrument as its file describes it, or with some of its parameters held."""

from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_yaml
from synthinv.common.validation import validated
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Constant, Parameter
from synthinv.instruments.registry import instrument_file


def load_instrument(path: str | Path, fixed: Mapping[str, int] | None = None) -> Instrument:
    """Read an instrument file.

    Parameters
    ----------
    path : str or Path
        YAML file, or the name of an instrument that comes with synthinv, see `instrument_file`.
    fixed : mapping of str to int, optional
        Parameters to hold at a step, see `hold`.

    Returns
    -------
    Instrument
        The instrument.

    Raises
    ------
    SynthinvError
        If there is no such instrument, or its file cannot be read or does not describe one.
    """
    file = instrument_file(path)
    instrument = validated(Instrument, read_yaml(file), str(file))
    return hold(instrument, fixed) if fixed else instrument


def hold(instrument: Instrument, fixed: Mapping[str, int]) -> Instrument:
    """Turn parameters into constants.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    fixed : mapping of str to int
        Parameter names and the steps to hold them at.

    Returns
    -------
    Instrument
        The instrument without those parameters.

    Raises
    ------
    SynthinvError
        If a name is not a parameter, a value is not one of its steps, or no parameter is left.
    """
    if not isinstance(fixed, Mapping):
        raise SynthinvError(
            f"fixed: is of type {type(fixed).__name__}; give a dictionary of parameters and "
            "the steps to hold them at"
        )
    for name, value in fixed.items():
        if name not in instrument.names:
            known = ", ".join(instrument.names)
            raise SynthinvError(
                f"{instrument.name} has no parameter '{name}' to fix (it has {known})"
            )
        highest = instrument.parameters[instrument.names.index(name)].highest
        if not isinstance(value, Integral) or not 0 <= value <= highest:
            raise SynthinvError(
                f"{instrument.name}: fixed {name} is {value!r}, not one of its steps 0 to {highest}"
            )
    held = [
        Constant(
            name=p.name,
            cc=p.cc,
            highest=p.highest,
            value=fixed[p.name],
            native=p.native,
            range=p.range,
            curve=p.curve,
        )
        for p in instrument.parameters
        if p.name in fixed
    ]
    left = [
        _without_switches(instrument, p, fixed)
        for p in instrument.parameters
        if p.name not in fixed
    ]
    # A held knob that counts from another one ties that one to its place.
    tied = {
        *fixed,
        *(
            base
            for name, base in instrument.relative.items()
            if name in fixed and not _switched_off(instrument, name, fixed)
        ),
    }
    groups = [group for group in instrument.interchangeable if not tied.intersection(group)]
    relative = {
        name: base
        for name, base in instrument.relative.items()
        if not {name, base} & set(fixed) and not _switched_off(instrument, name, fixed)
    }
    mapping = {
        "name": instrument.name,
        "description": instrument.description,
        "parameters": left,
        "constants": [c.model_dump() for c in (*instrument.constants, *held)],
        "format": instrument.format,
        "rest": {name: value for name, value in instrument.rest.items() if name not in fixed},
        "interchangeable": groups if len(groups) > 1 else (),
        "relative": relative,
        "relative_unless": {
            name: switch
            for name, switch in instrument.relative_unless.items()
            if name in relative and switch not in fixed
        },
        "reserved_controllers": instrument.reserved_controllers,
    }
    return validated(Instrument, mapping, instrument.name)


def _without_switches(
    instrument: Instrument, parameter: Parameter, fixed: Mapping[str, int]
) -> dict[str, Any]:
    """Return a parameter's fields, without the switches that are held where it is active.

    Raises
    ------
    SynthinvError
        If one is held where it is not.
    """
    switches = _unheld_switches(instrument, parameter, fixed)
    held = sorted(name for name in switches if name in fixed)
    if held:
        raise SynthinvError(
            f"{instrument.name}: fixed {held[0]} is {fixed[held[0]]}, where {parameter.name} has "
            f"no effect; fix {parameter.name}, too"
        )
    return {**parameter.model_dump(), "active_if": switches}


def _unheld_switches(
    instrument: Instrument, parameter: Parameter, fixed: Mapping[str, int]
) -> dict[str, int]:
    """Return a parameter's switches, in place of one that is held on those that it needs itself."""
    switches: dict[str, int] = {}
    for name, step in parameter.active_if.items():
        needed = {name: step}
        if name in fixed and fixed[name] >= step:
            switch = instrument.parameters[instrument.names.index(name)]
            needed = _unheld_switches(instrument, switch, fixed) if step else {}
        for other, least in needed.items():
            switches[other] = max(least, switches.get(other, 0))
    return switches


def _switched_off(instrument: Instrument, name: str, fixed: Mapping[str, int]) -> bool:
    """Return whether a relative parameter's switch is held where it counts from no other."""
    switch = instrument.relative_unless.get(name)
    if switch is None or switch not in fixed:
        return False
    positions = instrument.parameters[instrument.names.index(switch)].positions
    assert positions is not None
    return fixed[switch] >= positions[1]
