"""Readings of the thesis, each trained like the thesis's network and compared with its results."""

from typing import Self

from pydantic import Field, model_validator

from synthinv.common.validation import Section
from synthinv.config.sections.types import MOST_FILES, Name, Settings


class ReadingConfig(Section):
    """One way to read the thesis where its text allows several."""

    name: Name = Field(description="Name.")
    title: str = Field(description="What the report calls it.")
    spectrogram: Name = Field(
        description="Kind of spectrogram the network is given, with the reading's normalisation."
    )
    fewer_bands: Name = Field(
        description="The same kind with a tenth of the bands, for the training on a simpler synth."
    )
    settings: Settings = Field(
        default_factory=dict,
        description="Settings of the network and its training, except those that the thesis's "
        "trainings set (optimiser, rho, weight_decay, hidden_layers, hidden_units) and threads.",
    )


class SearchTrainingConfig(Section):
    """The thesis's grid searches (Figures 12 and 13), of which a reading trains a few cells."""

    data_set: Name = Field(description="Data set to train and validate on.")
    epochs: int = Field(ge=1, description="Epochs per training.")


class FinalTrainingConfig(Section):
    """The thesis's final trainings, with and without L2 (Figures 14 to 17)."""

    train: Name = Field(description="Data set to train and validate on.")
    test: Name = Field(description="Data set of unseen sounds.")
    epochs: int = Field(ge=1, description="Epochs, for the simpler training as well.")


class SimplerTrainingConfig(Section):
    """The thesis's training on a simpler synth, without a range, with fewer bands (section 5)."""

    train: Name = Field(description="Data set to train and validate on.")
    test: Name = Field(description="Data set of unseen sounds.")


class ReadingsConfig(Section):
    """A comparison of readings, each trained with several seeds."""

    repeats: int = Field(3, ge=1, description="Seeds per reading; agreement is judged from all.")
    search: SearchTrainingConfig = Field(description="Trainings of the thesis's grid searches.")
    final: FinalTrainingConfig = Field(description="Final trainings.")
    simpler: SimplerTrainingConfig = Field(description="Training on a simpler synth.")
    of: tuple[ReadingConfig, ...] = Field(min_length=1, description="The readings, in order.")

    @model_validator(mode="after")
    def _jobs_can_be_planned(self) -> Self:
        jobs = self.repeats * len(self.of)
        if jobs > MOST_FILES:
            raise ValueError(
                f"{self.repeats:,} repeats of {len(self.of):,} readings are {jobs:,} jobs, but at "
                f"most {MOST_FILES:,} can be planned; lower repeats"
            )
        return self
