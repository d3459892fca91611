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
    spectrogram: Name = Field(description="Kind of spectrogram the network is given.")
    samples: int | None = Field(
        None,
        ge=2,
        description="Number of patches to train and validate on, from the start of the data set; "
        "null for all.",
    )
    epochs: int = Field(ge=1, description="Number of epochs.")
    repeat: int = Field(
        0,
        ge=0,
        description="Number of the repeat, which seeds the split, the initial weights and the "
        "order of the patches: experiments that differ only in it are one training with several "
        "seeds.",
    )
    start_from: Name | None = Field(
        None, description="Grid search whose winner gives the settings."
    )
    settings: Settings = Field(
        default_factory=dict, description="Settings that override the winner's."
    )
