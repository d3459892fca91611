"""The parameters of a synth: what a knob is, how it is reached and how its steps are drawn.

A *step* is a setting of a parameter, from 0 to its highest: one of the 128 values of a MIDI
controller, a number of the synth's own display, a named choice, or a place in the travel of a
control, whose steps are hardly audible apart.
"""

import math
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, Field, model_validator

from synthinv.common.validation import Section

CC_MAX = 127
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
    position_names: tuple[str, ...] | None = Field(
        None, description="Names of the positions, such as those of waveforms; null: none."
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
    def _each_position_has_a_name(self) -> Self:
        count = len(self.positions or ())
        if self.position_names is not None and len(self.position_names) != count:
            raise ValueError(
                f"{self.name}: has {count} positions, but {len(self.position_names)} "
                "position_names; give one for each, or leave position_names out"
            )
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
            r = min(max(rng.normal(self.sample.mean, self.sample.sd), 0.0), 1.0)
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
