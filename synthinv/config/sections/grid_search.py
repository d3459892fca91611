"""Grid searches over settings of network and training."""

from math import prod
from typing import Self

from pydantic import Field, model_validator

from synthinv.common.validation import Section
from synthinv.config.sections.types import MOST_FILES, Name, Setting


class GridSearchConfig(Section):
    """A grid search (thesis, section 4.3): every combination of the axes, repeated."""

    name: Name = Field(description="Name.")
    data_set: Name = Field(description="Data set to train and validate on.")
    spectrogram: Name = Field(description="Kind of spectrogram the network is given.")
    epochs: int = Field(ge=1, description="Epochs per training.")
    repeats: int = Field(3, ge=1, description="Trainings per cell, each with its own seed.")
    start_from: Name | None = Field(
        None, description="Earlier grid search whose winner this one starts from."
    )
    axes: dict[str, tuple[Setting, ...]] = Field(
        min_length=1,
        max_length=2,
        description="One or two settings of the network or its training, with the values to try.",
    )

    @model_validator(mode="after")
    def _axes_have_distinct_values(self) -> Self:
        for axis, values in self.axes.items():
            # As text, for a cell is named after its values.
            if not values or len(set(map(str, values))) < len(values):
                raise ValueError(f"axes.{axis} must list at least one value, each once")
        trainings = self.repeats * prod(map(len, self.axes.values()))
        if trainings > MOST_FILES:
            raise ValueError(
                f"axes and repeats make {trainings:,} trainings; at most {MOST_FILES:,} can be "
                "planned"
            )
        return self
