"""Experiments that change one thing at a time."""

from pydantic import Field

from synthinv.common.validation import Section
from synthinv.config.sections.types import Name, Settings


class VariantConfig(Section):
    """One step of the ablation: an experiment that differs from another in what is given here."""

    name: Name = Field(description="Name.")
    title: str = Field(description="What the report calls the change.")
    base: Name = Field(description="Experiment, or variant before this one, that is changed.")
    train: Name | None = Field(None, description="Another data set to train and validate on.")
    test: Name | None = Field(None, description="Another data set of unseen sounds.")
    spectrogram: Name | None = Field(None, description="Another view.")
    samples: int | None = Field(None, ge=2, description="Another number of patches to train on.")
    epochs: int | None = Field(None, ge=1, description="Another number of epochs.")
    settings: Settings = Field(
        default_factory=dict, description="Settings that override the base's."
    )


class LearningPointConfig(Section):
    """One point of the learning curves."""

    samples: int = Field(ge=2, description="Patches to train and validate on.")
    epochs: int = Field(ge=1, description="Epochs.")


class LearningCurvesConfig(Section):
    """Error against the number of patches that a network is trained on."""

    of: tuple[Name, ...] = Field(
        min_length=1, description="Experiments and variants to train again, one curve each."
    )
    train: Name = Field(description="Data set that holds enough patches.")
    points: tuple[LearningPointConfig, ...] = Field(
        min_length=2, description="How many of them, and for how many epochs."
    )


class AblationConfig(Section):
    """What collapses and what mends it: experiments that change one thing at a time."""

    variants: tuple[VariantConfig, ...] = Field(min_length=1, description="Steps, in order.")
    learning_curves: LearningCurvesConfig | None = Field(None, description="Learning curves.")
