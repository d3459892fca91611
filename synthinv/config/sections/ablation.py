"""The ablation: experiments that change one thing at a time."""

from pydantic import Field

from synthinv.common.validation import Section
from synthinv.config.sections.types import Name, Settings


class VariantConfig(Section):
    """One step of the ablation: another experiment with the changes given here."""

    name: Name = Field(description="Name.")
    title: str = Field(description="What the report calls the change.")
    base: Name = Field(description="Experiment, or variant before this one, that is changed.")
    train: Name | None = Field(None, description="Another data set to train and validate on.")
    test: Name | None = Field(None, description="Another data set of unseen sounds.")
    spectrogram: Name | None = Field(None, description="Another kind of spectrogram.")
    samples: int | None = Field(None, ge=2, description="Another number of patches to train on.")
    epochs: int | None = Field(None, ge=1, description="Another number of epochs.")
    settings: Settings = Field(
        default_factory=dict, description="Settings that override the base's."
    )


class LearningPointConfig(Section):
    """One point of the learning curves."""

    samples: int = Field(ge=2, description="Number of patches to train and validate on.")
    epochs: int = Field(ge=1, description="Number of epochs.")


class LearningCurvesConfig(Section):
    """Error against the number of patches trained on."""

    of: tuple[Name, ...] = Field(
        min_length=1, description="Experiments and variants to train again, one curve each."
    )
    train: Name = Field(description="Data set with enough patches for every point.")
    points: tuple[LearningPointConfig, ...] = Field(
        min_length=2, description="Numbers of patches, each with its number of epochs."
    )


class AblationConfig(Section):
    """Experiments that change one thing at a time: what collapses, and what mends it."""

    variants: tuple[VariantConfig, ...] = Field(min_length=1, description="Steps, in order.")
    learning_curves: LearningCurvesConfig | None = Field(None, description="Learning curves.")
