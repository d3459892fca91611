"""Final trainings of the thesis's network, and the ablation, which changes one thing at a time."""

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
