"""Presets with a synth's own names and values, as patches of an instrument and back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthinv.common.errors import SynthinvError
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Constant, Parameter

TOLERANCE = 1e-4
"""Share of a knob's travel by which a value may miss a step or an end, as text files round it."""

Patch = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Preset:
    """A preset of a synth.

    Attributes
    ----------
    name : str
        Its name; any text.
    values : mapping of str to float
        The synth's own names and values.
    """

    name: str
    values: Mapping[str, float]


class Converted(NamedTuple):
    """A preset as a patch.

    Attributes
    ----------
    patch : uint8 array [parameters]
        The nearest patch.
    unrepresented : dict of str to float
        The synth's names and values of what the instrument cannot express: names that it lacks,
        constants with other values, values between two choices, and values beyond a knob's range.
    """

    patch: Patch
    unrepresented: dict[str, float]


def to_patch(instrument: Instrument, preset: Preset) -> Converted:
    """Return the patch that is nearest to a preset.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    preset : Preset
        A preset with a value for each of its parameters.

    Returns
    -------
    Converted
        The patch, and what it lacks of the preset.

    Raises
    ------
    SynthinvError
        If the preset lacks a parameter, or a value is not finite.
    """
    require_finite(preset)
    rest = dict(preset.values)
    steps, unrepresented = [], {}
    for parameter in instrument.parameters:
        own = own_name(parameter)
        if own not in rest:
            raise SynthinvError(
                f"{instrument.name}: the preset {preset.name!r} has no value for {own}; use a "
                "preset of this synth"
            )
        value = rest.pop(own)
        place = _place(parameter, value)
        step = int(np.clip(np.rint(place), 0, parameter.highest))
        steps.append(int(parameter.snap(np.array(step))))
        missed = abs(place - step) > TOLERANCE * parameter.highest
        if missed and (parameter.choices or not 0 <= place <= parameter.highest):
            unrepresented[own] = value
    for constant in instrument.constants:
        value = rest.pop(own_name(constant), native_value(constant, constant.value))
        if abs(_place(constant, value) - constant.value) > 0.5:
            unrepresented[own_name(constant)] = value
    return Converted(np.array(steps, dtype=np.uint8), {**unrepresented, **rest})


def to_preset(instrument: Instrument, patch: npt.NDArray[np.integer], name: str) -> Preset:
    """Return a patch as a preset of its synth.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    patch : int array [parameters]
        Steps.
    name : str
        The preset's name.

    Returns
    -------
    Preset
        A value for every constant and parameter of the instrument.
    """
    knobs: list[tuple[Parameter | Constant, int]] = [(c, c.value) for c in instrument.constants]
    knobs += [(p, int(step)) for p, step in zip(instrument.parameters, patch, strict=True)]
    return Preset(name, {own_name(knob): native_value(knob, step) for knob, step in knobs})


def is_exact(instrument: Instrument, preset: Preset, patch: npt.NDArray[np.integer]) -> bool:
    """Decide whether a patch has the very values of a preset, apart from what is switched off."""
    again = to_preset(instrument, patch, preset.name).values
    knobs = zip(instrument.parameters, instrument.active(patch), strict=True)
    off = {own_name(parameter) for parameter, active in knobs if not active}
    return all(own in off or again.get(own) == value for own, value in preset.values.items())


def require_finite(preset: Preset) -> None:
    """Refuse a preset with a value that is not finite."""
    for own, value in preset.values.items():
        if not math.isfinite(value):
            raise SynthinvError(
                f"preset {preset.name!r}: {own} is {value}, not a finite number; correct it"
            )


def own_name(knob: Parameter | Constant) -> str:
    """Return the synth's own name for a knob; of one that has a number instead, its digits."""
    return knob.name if knob.native is None else str(knob.native)


def native_value(knob: Parameter | Constant, step: int) -> float:
    """Return the synth's own value at a step of a knob.

    Between a range's ends it is computed in single precision, as plug-ins do it from the knob's
    place between 0 and 1, so that a preset sounds the same to the last bit.
    """
    if knob.range is None and knob.curve == 1:
        return float(step)
    low, high = knob.range or (0, knob.highest)
    if isinstance(knob, Parameter) and knob.choices:
        return low + (high - low) * step / knob.highest
    travel = np.float32(high) - np.float32(low)
    return float(np.float32(knob.share(step)) * travel + np.float32(low))


def own_share(knob: Parameter | Constant, value: float) -> float:
    """Return where in its range a synth's own value lies, from 0 to 1."""
    return min(1.0, max(0.0, _linear(knob, value)))


def _place(knob: Parameter | Constant, value: float) -> float:
    """Return where a synth's own value lies between a knob's steps; beyond them if out of range."""
    share = _linear(knob, value)
    if knob.curve != 1:
        distance = 2 * share - 1
        share = (1 + math.copysign(abs(distance) ** (1 / knob.curve), distance)) / 2
    return share * knob.highest


def _linear(knob: Parameter | Constant, value: float) -> float:
    low, high = knob.range or (0, knob.highest)
    return (value - low) / (high - low)
