"""Final trainings of the thesis's network."""

from pydantic import Field

from synthinv.common.validation import Section
from synthinv.config.sections.types import Name, Settings


class ExperimentConfig(Section):
    """One final training and its test (thesis, section 5)."""

    name: Name = Field(description="Name.")
    title: str = Field(description="What the report calls it.")
    train: Name = Field(description="Data set to train and validate on.")
    test: Name = Field(description="Data set of unseen sounds.")
    spectrogram: Name = Field(description="View the network sees.")
    samples: int | None = Field(
        None,
        ge=2,
        description="Patches to train and validate on: the first so many of the data set; null "
        "for all.",
    )
    epochs: int = Field(ge=1, description="Epochs.")
    start_from: Name | None = Field(None, description="Search whose winner gives the settings.")
    settings: Settings = Field(
        default_factory=dict, description="Settings that override the winner's."
    )
