"""The notes that a solver for any note is trained on: keys, lengths, patches and recordings."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from synthinv.audio.presses import LONGEST_SECONDS
from synthinv.common.validation import Section
from synthinv.config.sections.types import FileName, Name
from synthinv.instruments.parameters import Step

MidiNumber = Annotated[int, Field(ge=0, le=127)]
Ranges = tuple[tuple[float, Step, Step], ...]
"""Weight, lowest and highest step of each."""
Share = Annotated[float, Field(ge=0, le=1)]


def _ascending(ends: tuple[float, float]) -> tuple[float, float]:
    """Refuse a range that descends."""
    if ends[0] > ends[1]:
        raise ValueError(f"must ascend, and {ends[0]:g} is above {ends[1]:g}")
    return ends


Range = Annotated[tuple[float, float], AfterValidator(_ascending)]
Keys = Annotated[tuple[MidiNumber, MidiNumber], AfterValidator(_ascending)]


def _weighted(ranges: Ranges) -> Ranges:
    """Refuse a range that descends or is never drawn from."""
    for weight, low, high in ranges:
        if weight <= 0 or low > high:
            raise ValueError(
                f"[{weight:g}, {low}, {high}]: must be a weight above 0, then the lowest step, "
                "then the highest"
            )
    return ranges


class PresetDrawsConfig(Section):
    """Patches near presets, which are crossed with one another and changed."""

    files: tuple[FileName, ...] = Field(
        (),
        description="Preset files in the instrument's own format, or folders of them. Those that "
        "a test set takes its presets from do not belong here. Without any, the presets of the "
        "instrument that come with synthinv.",
    )
    crossed: Share = Field(
        0.5,
        description="Share of the patches in which each group of parameters comes from one of two "
        "presets.",
    )
    changed: Share = Field(
        0.3,
        description="Largest share of a patch's parameters that are moved. The share of each patch "
        "is this, times the square of a random number from 0 to 1, so that many stay close to a "
        "preset.",
    )
    spread: float = Field(
        0.15,
        gt=0,
        description="Standard deviation of the moves of a parameter, as a share of its travel; "
        "positions and choices are drawn anew.",
    )


class KindConfig(Section):
    """A kind of patches, such as those of drums."""

    name: Name = Field(description="Name.")
    weight: float = Field(gt=0, description="Weight beside the other kinds.")
    like: Name | None = Field(
        None, description="An earlier kind whose knobs it shares, apart from its own; null: none."
    )
    knobs: dict[str, Annotated[Ranges, Field(min_length=1), AfterValidator(_weighted)]] = Field(
        default_factory=dict,
        description="Ranges from which knobs are drawn, by the knob's name. A range is a list of "
        "three: its weight among the knob's ranges, its lowest step and its highest. A knob with "
        "positions takes the position of the value drawn. All other knobs are drawn from "
        "`presets` or, without them, as the instrument says.",
    )
    presets: PresetDrawsConfig | None = Field(
        None, description="Presets that its patches lie near; null: none."
    )


class AugmentationConfig(Section):
    """Changes that make training notes sound like recordings, by the share of notes they change."""

    saturation: Share = Field(0.15, description="Soft or hard clipping.")
    equaliser: Share = Field(0.3, description="Three filters of up to 12 dB each.")
    room: Share = Field(0.2, description="Reverberation of 0.1 to 0.8 s.")
    shift: Share = Field(0.2, description="An onset up to 10 ms early or late.")
    hiss: Share = Field(0.25, description="Noise at -70 to -30 dB of the peak.")
    cut: Share = Field(0.1, description="A missing end, cut off in the second half of the sound.")
    held: Share = Field(0.5, description="A release that is reported up to 50 ms early or late.")


class VariedNotesConfig(Section):
    """Keys, velocities, lengths, patches and recordings of a solver's training notes."""

    keys: Keys = Field((36, 84), description="Lowest and highest key, as MIDI note numbers.")
    velocities: Keys = Field((50, 127), description="Lowest and highest velocity.")
    seconds: Range = Field(
        (0.05, 4.0),
        description="Shortest and longest sound, of 0.02 to 4 s; evenly spread in logarithm.",
    )
    held_throughout: Share = Field(
        0.4, description="Share of notes whose key is held to the end of the sound."
    )
    held: Range = Field(
        (0.05, 1.0),
        description="Least and largest share of the sound for which the key of the others is held; "
        "evenly spread in logarithm.",
    )
    group: int = Field(
        16, ge=1, description="Notes of one length that are rendered together, which is faster."
    )
    uses: int = Field(
        1,
        ge=1,
        description="How often a note is used, each time with other changes. 1, all notes fresh, "
        "suits a synth that renders faster than a network learns.",
    )
    kept: int = Field(
        12_800,
        ge=1,
        description="Notes that are kept in memory until their last use, a gigabyte for about "
        "12,000 s.",
    )
    kinds: tuple[KindConfig, ...] = Field(
        (),
        description="Kinds of patches; without any, all knobs are drawn as the instrument says.",
    )
    augmentation: AugmentationConfig = Field(
        AugmentationConfig(), description="Changes that make notes sound like recordings."
    )

    @model_validator(mode="after")
    def _within_reach(self) -> Self:
        if not 0.02 <= self.seconds[0] <= self.seconds[1] <= LONGEST_SECONDS:
            raise ValueError("seconds: must lie within 0.02 to 4")
        if not 0 < self.held[0] <= self.held[1] <= 1:
            raise ValueError("held: must lie above 0, and at most at 1")
        if self.velocities[0] < 1:
            raise ValueError("velocities: must be at least 1; a note of velocity 0 is none")
        return self

    @model_validator(mode="after")
    def _kinds_follow(self) -> Self:
        known: list[str] = []
        for kind in self.kinds:
            if kind.name in known:
                raise ValueError(f"kinds: {kind.name} is given twice; give each its own name")
            if kind.like is not None and kind.like not in known:
                raise ValueError(
                    f"kinds: {kind.name} is like {kind.like}, which is not among the kinds before "
                    "it"
                )
            known.append(kind.name)
        return self
