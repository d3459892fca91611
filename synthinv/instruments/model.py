"""An instrument: a synth's parameters, how they are reached, and how patches are drawn.

A *patch* is one *step* per parameter, from 0 to the parameter's highest: the 128 values of a MIDI
controller, the numbers of a synth's own display, named choices, or the travel of a control in steps
that are hardly audible. This is the one place where patches are sampled, encoded as labels in
[0, 1], decoded again and laid out as controllers.
"""

import math
from collections import Counter
from collections.abc import Mapping
from itertools import permutations
from numbers import Integral
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, Field, field_validator, model_validator

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_yaml
from synthinv.common.validation import Section, validated
from synthinv.instruments.controllers import refuse_reserved
from synthinv.instruments.registry import instrument_file

CC_MAX = 127
CC_CENTRE = 64
MOST_STEPS = 256
"""Steps that a parameter can have, since patches are arrays of bytes."""

CC = Annotated[int, Field(ge=0, le=CC_MAX)]
Step = Annotated[int, Field(ge=0, le=MOST_STEPS - 1)]
ParameterName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
NativeName = str | int | None


def _apart(ends: tuple[float, float]) -> tuple[float, float]:
    """Refuse a range whose ends are equal, in which no value has a place."""
    if ends[0] == ends[1]:
        raise ValueError(f"starts and ends at {ends[0]:g}; give two values that differ")
    return ends


Range = Annotated[tuple[float, float], AfterValidator(_apart)] | None
CC_NUMBER = "MIDI controller number; null: no controller reaches it."
NATIVE = (
    "The synth's own name for it: of an engine's control, or of a plug-in's parameter, or the "
    "latter's index where names repeat; null means `name`."
)
HIGHEST = "Its highest step; the lowest is 0. A MIDI controller takes the value nearest to a step."
RANGE = (
    "The synth's own values at the lowest and the highest step, as its preset files hold them; "
    "null: the steps themselves."
)
CURVE = (
    "How the synth's own values spread from the middle of their range: 1 evenly; above, steps are "
    "the closer the nearer to the middle, as a power of their distance from it."
)
Curve = Annotated[float, Field(ge=1, le=4)]
Patches = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.float32]


class Uniform(Section):
    """Uniform over the knob's travel, rounded to the nearest step (thesis, section 3.3.1).

    The first and the last step of an amount are therefore half as likely as the others; positions
    and choices are all equally likely.
    """

    distribution: Literal["uniform"] = Field("uniform", description="Which distribution.")


class Normal(Section):
    """A normal distribution over the knob's travel, clipped to it (thesis, section 3.3.1)."""

    distribution: Literal["normal"] = Field(description="Which distribution.")
    mean: float = Field(0.5, ge=0, le=1, description="Mean as a share of the knob's travel.")
    sd: float = Field(0.03, gt=0, description="Standard deviation, likewise.")


class Parameter(Section):
    """A parameter that is varied."""

    name: ParameterName = Field(description="Name, unique within the instrument.")
    group: str = Field(description="Section of the synth it belongs to.")
    cc: CC | None = Field(None, description=CC_NUMBER)
    highest: int = Field(CC_MAX, ge=1, le=MOST_STEPS - 1, description=HIGHEST)
    positions: tuple[CC, ...] | None = Field(
        None,
        min_length=2,
        description="Of a knob with few positions: the lowest CC value of each, ascending; "
        "a value in between belongs to the position below it (thesis, Table 2).",
    )
    choices: tuple[str, ...] | None = Field(
        None,
        min_length=2,
        max_length=MOST_STEPS,
        description="Names of the steps, if they are no amounts, such as those of waveforms.",
    )
    sample: Uniform | Normal = Field(
        Uniform(), discriminator="distribution", description="How it is drawn."
    )
    native: NativeName = Field(None, description=NATIVE)
    range: Range = Field(None, description=RANGE)
    curve: Curve = Field(1, description=CURVE)
    active_if: dict[ParameterName, Step] = Field(
        default_factory=dict,
        description="Parameters, listed before this one, and the lowest steps of theirs at which "
        "this one has an effect: that of the level of its oscillator, say. All must be reached.",
    )

    @property
    def continuous(self) -> bool:
        """Whether its steps are amounts, each of which counts, rather than positions or choices."""
        return self.positions is None and self.choices is None

    @property
    def steps(self) -> npt.NDArray[np.uint8]:
        """What it can be in a patch, ascending: every step, or the positions."""
        steps = np.arange(self.highest + 1, dtype=np.uint8)
        return steps if self.positions is None else np.array(self.positions, dtype=np.uint8)

    def share(self, step: int) -> float:
        """Return where in the synth's own range a step lies, from 0 to 1; see `curve`."""
        return _share(self, step)

    @model_validator(mode="before")
    @classmethod
    def _choices_are_the_steps(cls, fields: Any) -> Any:
        if isinstance(fields, dict) and isinstance(fields.get("choices"), list | tuple):
            return {"highest": len(fields["choices"]) - 1, **fields}
        return fields

    @model_validator(mode="after")
    def _positions_ascend(self) -> Self:
        if self.positions is not None:
            if self.positions[0] != 0 or list(self.positions) != sorted(set(self.positions)):
                raise ValueError(f"{self.name}: positions must ascend from 0, each given once")
            if self.choices is not None:
                raise ValueError(f"{self.name}: has positions and choices; give one of them")
            if self.sample.distribution != "uniform":
                raise ValueError(f"{self.name}: positions are sampled uniformly")
        return self

    @model_validator(mode="after")
    def _steps_are_known(self) -> Self:
        if self.choices is not None and self.highest != len(self.choices) - 1:
            raise ValueError(
                f"{self.name}: highest is {self.highest}, but there are {len(self.choices)} "
                "choices; leave out highest"
            )
        if self.highest != CC_MAX and self.positions is not None:
            raise ValueError(
                f"{self.name}: highest is {self.highest}, but positions are CC values, the highest "
                f"{CC_MAX}; leave out highest or positions"
            )
        return self

    def draw(self, rng: np.random.Generator) -> int:
        """Draw one step (thesis, section 3.3.1; positions by floor(6r), not round(6r)).

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; one number is taken from it.

        Returns
        -------
        int
            Step, 0 to `highest`.
        """
        if isinstance(self.sample, Normal):
            r = float(np.clip(rng.normal(self.sample.mean, self.sample.sd), 0, 1))
        else:
            r = float(rng.random())
        if self.positions is not None:
            return self.positions[int(len(self.positions) * r)]
        if self.choices is not None:
            # Clipped, a normal distribution reaches 1.
            return min(int(len(self.choices) * r), self.highest)
        return round(self.highest * r)

    def snap(self, values: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
        """Replace each step by the one that stands for its position.

        Parameters
        ----------
        values : int array, any shape
            Steps.

        Returns
        -------
        int array, same shape
            The values themselves for a parameter without positions, else the position's lowest.
        """
        if self.positions is None:
            return values
        positions = np.asarray(self.positions, dtype=values.dtype)
        return positions[np.searchsorted(positions, values, side="right") - 1]


class Constant(Section):
    """A controller, or another of the synth's settings, that every patch has and none varies."""

    name: ParameterName = Field(description="Name, unique within the instrument.")
    cc: CC | None = Field(None, description=CC_NUMBER)
    highest: int = Field(CC_MAX, ge=1, le=MOST_STEPS - 1, description=HIGHEST)
    value: Step = Field(description="Step at which it is held, such as its CC value.")
    native: NativeName = Field(None, description=NATIVE)
    range: Range = Field(None, description=RANGE)
    curve: Curve = Field(1, description=CURVE)

    def share(self, step: int) -> float:
        """Return where in the synth's own range a step lies, from 0 to 1; see `curve`."""
        return _share(self, step)

    @model_validator(mode="after")
    def _value_is_a_step(self) -> Self:
        if self.value > self.highest:
            raise ValueError(
                f"{self.name}: value {self.value} is above {self.highest}, its highest step; "
                "lower it"
            )
        return self


def _share(knob: Parameter | Constant, step: int) -> float:
    share = step / knob.highest
    if knob.curve == 1:
        return share
    distance = 2 * share - 1
    return (1 + math.copysign(abs(distance) ** knob.curve, distance)) / 2


class Instrument(Section):
    """A synth, as synthinv plays it."""

    name: str = Field(description="Name.")
    description: str = Field("", description="What the report calls it.")
    parameters: tuple[Parameter, ...] = Field(
        min_length=1, description="The knobs that are varied, in the order of a patch's columns."
    )
    constants: tuple[Constant, ...] = Field((), description="Settings that all patches share.")
    format: Literal["amsynth", "dx7", "vital"] | None = Field(
        None,
        description="Format of the synth's own preset files, which patches can be read from and "
        "written to; null: none.",
    )
    rest: dict[str, Step] = Field(
        default_factory=dict,
        description="Parameters and the steps they take while the synth is pressed once, "
        "unrecorded, before each patch, so that what rings inside it dies away: such as a filter "
        "without resonance. Empty leaves that out.",
    )
    interchangeable: tuple[tuple[ParameterName, ...], ...] = Field(
        (),
        max_length=4,
        description="Groups of parameters that may change places without changing the sound, such "
        "as the oscillators of a mixer; each lists its parameters in the same order.",
    )
    relative: dict[ParameterName, ParameterName] = Field(
        default_factory=dict,
        description="Parameters that count from another one, whose name follows, such as a tuning "
        "relative to oscillator 1's: at CC 64 both are equal. Where interchangeable groups change "
        "places, the parameters keep their sound, not their CC values.",
    )
    relative_unless: dict[ParameterName, ParameterName] = Field(
        default_factory=dict,
        description="Of parameters under `relative`: a switch, whose name follows, at whose first "
        "position alone they count from the other parameter, such as one that takes an oscillator "
        "off the keyboard.",
    )
    reserved_controllers: tuple[CC, ...] = Field(
        (),
        description="Controllers that MIDI reserves, such as 6 for data entry and 64 for the "
        "sustain pedal, but this synth's manual gives to knobs; 120 to 127 are never knobs.",
    )

    @field_validator("parameters", mode="before")
    @classmethod
    def _there_are_parameters(cls, parameters: Any) -> Any:
        if parameters is None or parameters == []:
            raise ValueError(
                "is empty; list the knobs to be found (in a draft of `synthinv plug-in`, take the "
                "# off their lines under parameters, and delete their lines under constants)"
            )
        return parameters

    @model_validator(mode="after")
    def _no_knob_on_a_reserved_controller(self) -> Self:
        knobs = [("parameters", p.name, p.cc) for p in self.parameters]
        knobs += [("constants", c.name, c.cc) for c in self.constants]
        reached = [(place, name, cc) for place, name, cc in knobs if cc is not None]
        refuse_reserved(reached, self.reserved_controllers)
        return self

    @model_validator(mode="after")
    def _one_knob_per_controller(self) -> Self:
        constants = {constant.name for constant in self.constants}
        for name in self.names:
            if name in constants:
                raise ValueError(
                    f"{name} is among the parameters and the constants; delete its line in one of "
                    "them"
                )
        knobs: list[Parameter | Constant] = [*self.parameters, *self.constants]
        for field in ("cc", "name"):
            counts = Counter(getattr(knob, field) for knob in knobs)
            del counts[None]
            for value, count in counts.items():
                if count > 1:
                    names = [k.name for k in knobs if getattr(k, field) == value]
                    raise ValueError(
                        f"{' and '.join(names)} share {field} {value}; give each its own"
                    )
        return self

    @model_validator(mode="after")
    def _rest_holds_steps_of_parameters(self) -> Self:
        highest = {parameter.name: parameter.highest for parameter in self.parameters}
        for name, step in self.rest.items():
            if name not in highest:
                known = ", ".join(highest)
                raise ValueError(f"rest.{name}: is not a parameter; name one of {known}")
            if step > highest[name]:
                raise ValueError(
                    f"rest.{name}: is {step}, above {highest[name]}, its highest step; lower it"
                )
        return self

    @model_validator(mode="after")
    def _switches_come_before_what_they_switch(self) -> Self:
        for place, parameter in enumerate(self.parameters):
            for name, step in parameter.active_if.items():
                if name not in self.names[:place]:
                    raise ValueError(
                        f"{parameter.name}: active_if: {name} is not a parameter before it; list "
                        "it further up"
                    )
                highest = self.parameters[self.names.index(name)].highest
                if step > highest:
                    raise ValueError(
                        f"{parameter.name}: active_if: {name} is never at {step}, its highest step "
                        f"is {highest}; lower it"
                    )
        return self

    @model_validator(mode="after")
    def _relative_knobs_are_continuous(self) -> Self:
        knobs = {parameter.name: parameter for parameter in self.parameters}
        for name, base in self.relative.items():
            for knob in (name, base):
                if knob not in knobs:
                    raise ValueError(
                        f"relative.{name}: {knob} is not a parameter; name one of "
                        f"{', '.join(knobs)}"
                    )
                if not knobs[knob].continuous:
                    raise ValueError(
                        f"relative.{name}: {knob} has positions or choices; only continuous knobs "
                        "count from each other"
                    )
                if knobs[knob].highest != CC_MAX:
                    raise ValueError(
                        f"relative.{name}: the highest step of {knob} is {knobs[knob].highest}; "
                        f"only knobs of {CC_MAX + 1} steps count from each other"
                    )
            if base in self.relative:
                raise ValueError(
                    f"relative.{name}: {base} is itself relative; name the parameter that it "
                    "counts from"
                )
        return self

    @model_validator(mode="after")
    def _relative_knobs_have_switches(self) -> Self:
        for name, switch in self.relative_unless.items():
            if name not in self.relative:
                raise ValueError(
                    f"relative_unless.{name}: {name} is not listed under relative; list it there, "
                    "too"
                )
            stepped = [p.name for p in self.parameters if p.positions is not None]
            if switch not in stepped:
                raise ValueError(
                    f"relative_unless.{name}: {switch} is not a parameter with positions; name one "
                    f"of {', '.join(stepped)}"
                )
            if any(switch in group for group in self.interchangeable):
                raise ValueError(
                    f"relative_unless.{name}: {switch} is in a group under interchangeable; name a "
                    "switch that is in none"
                )
        return self

    @model_validator(mode="after")
    def _interchangeable_groups_match(self) -> Self:
        groups = self.interchangeable
        if not groups:
            return self
        counts = Counter(name for group in groups for name in group)
        for name, count in counts.items():
            if name not in self.names:
                known = ", ".join(self.names)
                raise ValueError(f"interchangeable: {name} is not a parameter; name one of {known}")
            if count > 1:
                raise ValueError(f"interchangeable: {name} is given twice; give it once")
        if len(groups) == 1 or len({len(group) for group in groups}) > 1:
            raise ValueError(
                "interchangeable: must list two or more groups of equally many parameters"
            )
        for place in zip(*groups, strict=True):
            own = [self.parameters[self.names.index(name)] for name in place]
            if len({(parameter.positions, parameter.highest) for parameter in own}) > 1:
                raise ValueError(
                    f"interchangeable: {' and '.join(place)} take each other's place, but have "
                    "different positions or steps; list every group in the same order"
                )
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of a patch's columns."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def continuous(self) -> npt.NDArray[np.bool_]:
        """Which parameters are continuous, in the order of a patch's columns."""
        return np.array([parameter.continuous for parameter in self.parameters])

    @property
    def highest(self) -> npt.NDArray[np.int64]:
        """The parameters' highest steps, in the order of a patch's columns."""
        return np.array([parameter.highest for parameter in self.parameters])

    @property
    def has_controllers(self) -> bool:
        """Whether MIDI controllers reach all parameters and constants."""
        knobs: list[Parameter | Constant] = [*self.parameters, *self.constants]
        return all(knob.cc is not None for knob in knobs)

    def active(self, patches: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
        """Find the parameters that no other one has switched off.

        Parameters
        ----------
        patches : int array [..., parameters]
            Steps.

        Returns
        -------
        bool array [..., parameters]
            Where a parameter can have an effect.
        """
        active = np.ones(patches.shape, dtype=bool)
        for column, parameter in enumerate(self.parameters):
            for name, step in parameter.active_if.items():
                switch = self.names.index(name)
                # A switch that is itself switched off has no effect, whatever its step.
                reached = active[..., switch] & (patches[..., switch] >= step)
                active[..., column] &= reached | (step == 0)
        return active

    def canonical(self, patches: npt.NDArray[np.integer]) -> Patches:
        """Set the parameters that are switched off to step 0, which changes no sound.

        Parameters
        ----------
        patches : int array [..., parameters]
            Steps.

        Returns
        -------
        uint8 array [..., parameters]
            Steps. Patches that differ in parameters without effect alone become equal.
        """
        return np.where(self.active(patches), patches, 0).astype(np.uint8)

    def sample(self, rng: np.random.Generator) -> Patches:
        """Draw one random patch.

        Parameters
        ----------
        rng : numpy.random.Generator
            The patch's own source of randomness.

        Returns
        -------
        uint8 array [parameters]
            Steps.
        """
        return np.array([p.draw(rng) for p in self.parameters], dtype=np.uint8)

    def encode(self, patches: npt.NDArray[np.integer]) -> Labels:
        """Convert patches to labels: steps as shares of the highest (thesis, section 4.1.2).

        Parameters
        ----------
        patches : int array [..., parameters]
            Steps.

        Returns
        -------
        float32 array [..., parameters]
            Labels in [0, 1].
        """
        return np.asarray(np.divide(patches, self.highest, dtype=np.float32))

    def decode(self, labels: npt.NDArray[np.floating]) -> Patches:
        """Convert labels to patches, as the synth would read them.

        Parameters
        ----------
        labels : float array [..., parameters]
            Labels; values outside [0, 1] are clipped.

        Returns
        -------
        uint8 array [..., parameters]
            Steps; a knob with positions gets the value that stands for its position.
        """
        highest = self.highest.astype(labels.dtype)
        values = np.rint(np.clip(labels, 0, 1) * highest).astype(np.uint8)
        columns = [p.snap(values[..., i]) for i, p in enumerate(self.parameters)]
        return np.stack(columns, axis=-1).astype(np.uint8)

    def controllers(self, patch: npt.NDArray[np.integer]) -> dict[int, int]:
        """Lay a patch out as controllers, constants first.

        Parameters
        ----------
        patch : int array [parameters]
            Steps.

        Returns
        -------
        dict of int to int
            CC number to CC value, in the order in which they are sent.
        """
        knobs: list[tuple[Parameter | Constant, int]] = [(c, c.value) for c in self.constants]
        knobs += [(p, int(step)) for p, step in zip(self.parameters, patch, strict=True)]
        return {k.cc: round(CC_MAX * k.share(step)) for k, step in knobs if k.cc is not None}

    def resting(self, patch: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
        """Replace the steps of the parameters that `rest` names, for the press before a patch.

        Parameters
        ----------
        patch : int array [parameters]
            Steps.

        Returns
        -------
        int array [parameters]
            Steps.
        """
        values = [self.rest.get(name, v) for name, v in zip(self.names, patch, strict=True)]
        return np.array(values, dtype=patch.dtype)

    def equivalents(self, patches: npt.NDArray[np.integer]) -> Patches:
        """List all patches in which interchangeable groups have changed places.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.

        Returns
        -------
        uint8 array [equivalents, n, parameters]
            Patches that sound alike, first those that were given. A relative knob stays
            within its travel where another base would carry it beyond.
        """
        absolute = self._from_centre(patches.astype(np.int16), sign=1)
        groups = np.array([[self.names.index(n) for n in g] for g in self.interchangeable], int)
        found = []
        for order in permutations(range(len(groups))):
            exchanged = absolute.copy()
            for place, group in enumerate(order):
                exchanged[:, groups[place]] = absolute[:, groups[group]]
            found.append(self._from_centre(exchanged, sign=-1))
        return np.stack(found).clip(0, self.highest).astype(np.uint8)

    def closest_equivalents(
        self, patches: npt.NDArray[np.integer], labels: npt.NDArray[np.floating]
    ) -> Patches:
        """Choose the equivalent of each patch that is nearest to given labels.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.
        labels : float array [n, parameters]
            The labels to compare with, in [0, 1].

        Returns
        -------
        uint8 array [n, parameters]
            Steps.
        """
        equivalents = self.equivalents(patches)
        distances = ((self.encode(equivalents) - labels) ** 2).sum(axis=2)
        nearest: Patches = equivalents[distances.argmin(axis=0), np.arange(len(patches))]
        return nearest

    def _from_centre(self, values: npt.NDArray[np.int16], sign: int) -> npt.NDArray[np.int16]:
        """Add to relative parameters, or subtract, their base's distance from the centre."""
        shifted = values.copy()
        for name, base in self.relative.items():
            offset = values[:, self.names.index(base)] - CC_CENTRE
            if name in self.relative_unless:
                switch = self.names.index(self.relative_unless[name])
                positions = self.parameters[switch].positions
                assert positions is not None
                offset = np.where(values[:, switch] < positions[1], offset, 0)
            shifted[:, self.names.index(name)] += sign * offset
        return shifted

    def hold(self, fixed: Mapping[str, int]) -> "Instrument":
        """Turn parameters into constants.

        Parameters
        ----------
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
            if name not in self.names:
                known = ", ".join(self.names)
                raise SynthinvError(
                    f"{self.name} has no parameter '{name}' to fix (it has {known})"
                )
            highest = self.parameters[self.names.index(name)].highest
            if not isinstance(value, Integral) or not 0 <= value <= highest:
                raise SynthinvError(
                    f"{self.name}: fixed {name} is {value!r}, not one of its steps 0 to {highest}"
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
            for p in self.parameters
            if p.name in fixed
        ]
        left = [self._without_switches(p, fixed) for p in self.parameters if p.name not in fixed]
        # A held knob that counts from another one ties that one to its place.
        tied = {
            *fixed,
            *(
                base
                for name, base in self.relative.items()
                if name in fixed and not self._switched_off(name, fixed)
            ),
        }
        groups = [group for group in self.interchangeable if not tied.intersection(group)]
        relative = {
            name: base
            for name, base in self.relative.items()
            if not {name, base} & set(fixed) and not self._switched_off(name, fixed)
        }
        mapping = {
            "name": self.name,
            "description": self.description,
            "parameters": left,
            "constants": [c.model_dump() for c in (*self.constants, *held)],
            "format": self.format,
            "rest": {name: value for name, value in self.rest.items() if name not in fixed},
            "interchangeable": groups if len(groups) > 1 else (),
            "relative": relative,
            "relative_unless": {
                name: switch
                for name, switch in self.relative_unless.items()
                if name in relative and switch not in fixed
            },
            "reserved_controllers": self.reserved_controllers,
        }
        return validated(Instrument, mapping, self.name)

    def _without_switches(self, parameter: Parameter, fixed: Mapping[str, int]) -> dict[str, Any]:
        """Return a parameter's fields, without the switches that are held where it is active."""
        switches = {
            name: step
            for name, step in parameter.active_if.items()
            if name not in fixed or fixed[name] < step
        }
        held = sorted(name for name in switches if name in fixed)
        if held:
            raise SynthinvError(
                f"{self.name}: fixed {held[0]} is {fixed[held[0]]}, where {parameter.name} has no "
                f"effect; fix {parameter.name}, too"
            )
        return {**parameter.model_dump(), "active_if": switches}

    def _switched_off(self, name: str, fixed: Mapping[str, int]) -> bool:
        """Return whether a relative parameter's switch is held where it counts from no other."""
        switch = self.relative_unless.get(name)
        if switch is None or switch not in fixed:
            return False
        positions = self.parameters[self.names.index(switch)].positions
        assert positions is not None
        return fixed[switch] >= positions[1]


def load_instrument(path: str | Path, fixed: Mapping[str, int] | None = None) -> Instrument:
    """Read an instrument file.

    Parameters
    ----------
    path : str or Path
        YAML file, or the name of an instrument that comes with synthinv, see `instrument_file`.
    fixed : mapping of str to int, optional
        Parameters to hold at a step, see `Instrument.hold`.

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
    return instrument.hold(fixed) if fixed else instrument
