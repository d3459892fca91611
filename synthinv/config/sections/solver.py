"""The solver, its training, its test, its refinement, and the searches it is compared with."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from synthinv.common.validation import Section
from synthinv.config.sections.types import Name, SolverSettings
from synthinv.config.sections.varied_notes import VariedNotesConfig

PatchSearchMethod = Literal["random", "library", "hill_climber", "genetic", "cma_es"]


class SolverConfig(Section):
    """The solver: a convolutional network with a class per step of a knob, and its training."""

    architecture: Literal["solver", "inversynth", "any-note"] = Field(
        "solver",
        description="solver: our own, for one note; inversynth: InverSynth's six-layer spectrogram "
        "CNN, with 16 classes for a continuous knob (Barkan et al., 2019), whose sizes are its "
        "own; any-note: our own for notes of any key and of any length up to 4 s, trained on the "
        "notes that `varied` describes.",
    )
    varied: VariedNotesConfig | None = Field(
        None,
        description="Notes that a solver of the architecture any-note is trained on; null for the "
        "others.",
    )
    kinds: tuple[Name, ...] | None = Field(
        None,
        description="Names of the kinds in `varied` from which its patches are drawn, for "
        "comparing mixtures of them; null: all.",
    )
    window: int = Field(
        2048, ge=64, le=2**20, description="Window length of its spectrogram in samples."
    )
    hop: int = Field(512, ge=16, description="Samples between two windows.")
    bands: int = Field(96, ge=8, description="Logarithmically spaced bands.")
    long_window: int = Field(
        16_384,
        ge=64,
        le=2**20,
        description="Window length, in samples, of the longer spectra that resolve the tuning; at "
        "least `window`.",
    )
    long_bands: int = Field(
        512, ge=64, description="Logarithmically spaced bands of the longer spectra."
    )
    channels: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (64, 128, 256), min_length=1, description="Channels of the stages; each halves the image."
    )
    blocks: int = Field(1, ge=1, le=100, description="Residual blocks per stage.")
    bottleneck: int = Field(
        64,
        ge=1,
        description="Channels that the last stage is reduced to before the fully connected layer.",
    )
    hidden_units: int = Field(512, ge=1, description="Neurons of the fully connected hidden layer.")
    autoregressive_units: int = Field(
        32,
        ge=0,
        description="Autoregressive units, which condition each knob's prediction on the knobs "
        "before it; 0: knobs are predicted independently.",
    )
    notes: int = Field(
        400_000,
        ge=1,
        description="Number of notes the network is trained on, repeats included. Silent notes of "
        "fresh random patches count, too, but are left out.",
    )
    batch_size: int = Field(64, ge=1, description="Notes per update.")
    learning_rate: float = Field(
        0.003, gt=0, description="Peak learning rate of AdamW: biases, first and last layers."
    )
    learning_rate_muon: float = Field(
        0.04, gt=0, description="Peak learning rate of Muon: the matrices in between."
    )
    weight_decay: float = Field(0.01, ge=0, description="Decoupled weight decay.")
    warm_up: float = Field(
        0.02, ge=0, lt=1, description="Share of the training in which the learning rates rise."
    )
    label_smoothing: float = Field(
        1.0,
        ge=0,
        description="Label smoothing: standard deviation, in steps of a knob that has 128, of the "
        "normal distribution that a continuous knob's target is spread to; 0 for none.",
    )
    ema: float = Field(
        0.999, ge=0, lt=1, description="Decay of the weights' exponential moving average; 0: none."
    )
    mixed_precision: bool = Field(
        True,
        description="Train in bfloat16 where that is precise enough, on a processor (or GPU) that "
        "has instructions for it; false: in single precision everywhere.",
    )
    weight_bits: Literal[8, 16] = Field(
        16,
        description="Bits that a weight takes in its file. 8: weights of large matrices are "
        "rounded to 255 levels, up to the largest weight of their row, for a synth with so many "
        "parameters that its solver would otherwise be too large to ship.",
    )
    threads: int = Field(
        2, ge=1, description="CPU threads of the training; results depend on it, so it is fixed."
    )

    @model_validator(mode="after")
    def _long_window_is_the_longer(self) -> Self:
        if self.long_window < self.window:
            raise ValueError(
                f"long_window ({self.long_window}) must be at least window ({self.window})"
            )
        return self

    @model_validator(mode="after")
    def _kinds_are_known(self) -> Self:
        known = [] if self.varied is None else [kind.name for kind in self.varied.kinds]
        for name in self.kinds or ():
            if name not in known:
                raise ValueError(
                    f"kinds: '{name}' is not in varied.kinds (known: {', '.join(known) or 'none'})"
                )
        return self

    @model_validator(mode="after")
    def _any_note_is_varied(self) -> Self:
        if (self.architecture == "any-note") != (self.varied is not None):
            raise ValueError(
                "architecture any-note needs varied, and no other has it; set both or neither"
            )
        return self


class SolverExperimentConfig(Section):
    """One training of a solver and its test."""

    name: Name = Field(description="Name.")
    title: str = Field(description="What the report calls it.")
    train: Name | None = Field(
        None,
        description="Data set to train on, repeated as needed; null renders fresh notes of random "
        "patches of the test set's instrument, which an engine played live cannot do.",
    )
    test: Name = Field(
        description="Data set of unseen sounds. In the report, its baselines learn from what the "
        "first experiment on it trains on. Without an experiment, they learn from the first 10,000 "
        "patches of what the first solver on it trains on, or else of the first other data set "
        "that is not for testing and has the same instrument and fixed parameters."
    )
    settings: SolverSettings = Field(
        default_factory=dict, description="Settings that override those of the section solver."
    )
    refine: bool = Field(
        True,
        description="Refine its predictions by rendering, as the predictor NAME-refined; never "
        "done on an engine played live.",
    )


class RefinementConfig(Section):
    """Refinement of a solver's predictions by rendering them and comparing the sounds."""

    renders: int = Field(200, ge=1, description="Renders per sound.")
    seconds: float | None = Field(
        None,
        gt=0,
        description="Seconds per sound after which no more is rendered; results then depend on the "
        "machine. Null for no limit.",
    )
    candidates: int = Field(
        10,
        ge=1,
        description="How many of these renders try patches drawn from the network's distributions, "
        "its prediction included.",
    )


class PatchSearchConfig(Section):
    """Patch searches that use no network, for comparison with the solvers."""

    methods: tuple[PatchSearchMethod, ...] = Field(
        (),
        description="random: random patches; library: the nearest of a rendered library; "
        "hill_climber and genetic: as in Yee-King et al. (2018); cma_es: CMA-ES. None is run on an "
        "engine played live.",
    )
    renders: int = Field(500, ge=1, description="Renders per sound; the library's size.")
    sounds: int = Field(
        10, ge=1, description="Sounds of the report's main test set, at most all of them."
    )
    sounds_per_job: int = Field(5, ge=1, description="Sounds that one job searches patches for.")
