"""Data sets to capture."""

from typing import Self

from pydantic import Field, model_validator

from synthinv.common.validation import Section
from synthinv.config.sections.types import MOST_FILES, Name
from synthinv.instruments.model import Step


class DataSetConfig(Section):
    """Random patches of one instrument with their notes, captured in shards."""

    name: Name = Field(description="Name; it is part of the seed, so that data sets differ.")
    samples: int = Field(ge=2, description="Number of patches; a multiple of shard_size.")
    shard_size: int = Field(100, ge=1, description="Patches per capture job.")
    instrument: str | None = Field(
        None, description="Instrument, if not the one of the whole configuration."
    )
    fixed: dict[str, Step] = Field(
        default_factory=dict,
        description="Parameters held at one step, such as a CC value, and not predicted.",
    )

    @model_validator(mode="after")
    def _whole_shards(self) -> Self:
        rest = self.samples % self.shard_size
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
