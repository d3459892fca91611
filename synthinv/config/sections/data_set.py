"""Data sets to capture."""

from typing import Self

from pydantic import Field, model_validator

from synthinv.common.validation import Section
from synthinv.config.sections.types import MOST_FILES, FileName, Name
from synthinv.instruments.parameters import Step


class DataSetConfig(Section):
    """Patches of one instrument, random or made by people, with their notes, in shards."""

    name: Name = Field(description="Name; it is part of the seed, so that data sets differ.")
    samples: int = Field(
        ge=2,
        description="Number of patches, a multiple of shard_size; with presets, the number of "
        "those that are used, which need not be a multiple.",
    )
    shard_size: int = Field(100, ge=1, description="Patches per capture job.")
    instrument: str | None = Field(
        None, description="Instrument, if not that of the whole configuration."
    )
    fixed: dict[str, Step] = Field(
        default_factory=dict,
        description="Parameters held at one step, such as a CC value, and not predicted.",
    )
    presets: tuple[FileName, ...] = Field(
        (),
        description="Preset files of the synth, and folders of them, in the instrument's format: "
        "their presets are the patches, in order; none: random patches. Presets that are silent, "
        "clipped or sound like an earlier one are left out; `presets/NAME.csv` says which, and "
        "what each preset loses.",
    )
    apart_from: tuple[Name, ...] = Field(
        (),
        description="Data sets of presets; a preset that sounds like one of theirs is left out, "
        "too.",
    )

    @model_validator(mode="after")
    def _apart_from_presets(self) -> Self:
        if self.apart_from and not self.presets:
            raise ValueError(
                "apart_from: is for data sets of presets; leave it out, or add presets"
            )
        return self

    @model_validator(mode="after")
    def _whole_shards(self) -> Self:
        rest = 0 if self.presets else self.samples % self.shard_size
        if rest:
            above = self.samples - rest + self.shard_size
            raise ValueError(
                f"samples is {self.samples}, which is not a multiple of shard_size "
                f"{self.shard_size}; use {above}, or another shard_size"
            )
        if self.samples > MOST_FILES * self.shard_size:
            raise ValueError(
                f"samples is {self.samples}, in more than {MOST_FILES:,} shards; use a larger "
                "shard_size"
            )
        return self
