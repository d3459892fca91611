"""An instrument: a synth's parameters, and the patches of their steps.

A *patch* is one step per parameter. This is the one place where patches are sampled, encoded as
labels in [0, 1], decoded again and laid out as controllers.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator, model_validator

from synthinv.common.validation import Section
from synthinv.instruments.controllers import refuse_reserved
from synthinv.instruments.parameters import CC, CC_MAX, Constant, Parameter, ParameterName, Step

CC_CENTRE = 64

Patches = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]


# Not compared by their arrays, which have no single truth value: pydantic then compares the fields
# of two instruments alone.
@dataclass(frozen=True, eq=False)
class _Conditions:
    """Parameters, their switches, and the steps from which those are on: int arrays [n]."""

    columns: Indices
    switches: Indices
    steps: Indices


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
        for field in ("cc", "name", "native"):
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
                known = f"name one of {', '.join(stepped)}" if stepped else "leave it out"
                raise ValueError(
                    f"relative_unless.{name}: {switch} is not a parameter with positions; {known}"
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

    def __copy__(self) -> Self:
        """Return a copy without cached properties, as `model_copy` may give it other parameters."""
        copied = super().__copy__()
        for name in copied.__dict__.keys() - type(self).model_fields:
            del copied.__dict__[name]
        return copied

    @cached_property
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
        for group in self._conditions:
            # A switch that is itself switched off has no effect, whatever its step.
            on = patches[..., group.switches] >= group.steps
            reached = active[..., group.switches] & on
            active[..., group.columns] &= reached | (group.steps == 0)
        return active

    @cached_property
    def _conditions(self) -> list[_Conditions]:
        """The conditions of all parameters, in groups.

        Each group can be decided at once, after those before it: no parameter is in it twice, and
        no switch is decided by it or later.
        """
        groups: list[list[tuple[int, int, int]]] = []
        decided: list[int] = []  # after how many groups each parameter is decided
        for column, parameter in enumerate(self.parameters):
            group = 0
            for name, step in parameter.active_if.items():
                switch = self.names.index(name)
                group = max(group, decided[switch])
                groups += [[] for _ in range(group + 1 - len(groups))]
                groups[group].append((column, switch, step))
                group += 1
            decided.append(group)
        return [_Conditions(*np.array(group).T) for group in groups]

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
