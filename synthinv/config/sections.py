"""The sections of the configuration, every field described.

`config/README.md` and `config/schema.json` are generated from these models (`synthinv docs`),
so a field is documented where it is defined and nowhere else.
"""

from collections.abc import Mapping
from math import prod
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from synthinv.common.validation import Section

# As many as five digits can name, and Snakemake can plan in minutes.
MOST_FILES = 100_000

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]


def _as_number(value: Any) -> Any:
    """Read what YAML takes for text, such as 1e-4, as the number that is meant."""
    if isinstance(value, str):
        for number in (int, float):
            try:
                return number(value)
            except ValueError:
                continue
    return value


def _in_order(settings: dict[str, Any]) -> dict[str, Any]:
    """Sort by name: Snakemake compares parameters as text, and their order means nothing."""
    return dict(sorted(settings.items()))


Setting = Annotated[int | float | str, BeforeValidator(_as_number)]
Settings = Annotated[dict[str, Setting], AfterValidator(_in_order)]
SolverSettings = Annotated[dict[str, Setting | tuple[int, ...]], AfterValidator(_in_order)]
OptimiserName = Literal["sgd", "adagrad", "adadelta", "adam"]


class NoteConfig(Section):
    """The note that is played for every patch (thesis, section 3.2: middle C)."""

    number: int = Field(60, ge=0, le=127, description="MIDI note number; 60 is middle C.")
    velocity: int = Field(100, ge=1, le=127, description="MIDI velocity.")
    seconds: float | None = Field(
        None, gt=0, description="How long the key is held; null holds it for the whole recording."
    )


class AudioConfig(Section):
    """The recording of one note."""

    sample_rate: int = Field(44_100, ge=8_000, le=192_000, description="Sample rate in Hz.")
    samples: int = Field(
        40_000, ge=1_000, description="Samples per note; 40,000 give the thesis's 30 frames."
    )


class SilenceConfig(Section):
    """When a note counts as silent, and how often its patch is drawn again."""

    level_dbfs: float = Field(
        -60.0, lt=0, description="A note whose peak stays below this level (dBFS) is silent."
    )
    draws: int = Field(
        100, ge=1, description="Draws from a patch's own seed before the shard is given up."
    )

    @property
    def peak(self) -> float:
        """The same level as a share of full scale."""
        return float(10 ** (self.level_dbfs / 20))


class BuiltInConfig(Section):
    """The voice that comes with synthinv, rendered offline."""

    kind: Literal["built-in"] = Field("built-in", description="Which engine.")
    phase: Literal["reset", "free"] = Field(
        "reset",
        description="Where the oscillators start: at phase zero with every note, or anywhere, as "
        "in a synth whose oscillators run on (drawn from the seed). With free phases the oracle "
        "differs from the truth.",
    )


class JackConfig(Section):
    """A private JACK server with a soft-synth on it, started and stopped by each capture job."""

    command: tuple[str, ...] = Field(
        ("amsynth", "-x", "-mjack", "-ajack"),
        min_length=1,
        description="Command that starts the synth as a JACK client.",
    )
    period: int = Field(1024, ge=16, le=4096, description="JACK period in samples.")
    controllers_file: str | None = Field(
        "amsynth/controllers",
        description="File under the synth's private XDG_CONFIG_HOME that receives the CC map "
        "(one line per CC from 0, naming its parameter); null writes none.",
    )
    unused_controllers: str = Field(
        "reverb_damp",
        description="Parameter that the CC map names on every CC the instrument does not send.",
    )
    timeout: float = Field(
        20.0, gt=0, description="Seconds that the server, then the synth, may take to start."
    )
    restarts: int = Field(
        5,
        ge=0,
        description="Times that a job starts its server and synth again when they have died or "
        "hang, before it fails.",
    )


class LiveConfig(Section):
    """A synth played over a MIDI port and recorded from an audio device, in real time."""

    kind: Literal["live"] = Field(description="Which engine.")
    midi_api: str | None = Field(
        None, description="RtMidi API, such as UNIX_JACK or LINUX_ALSA; null takes the default."
    )
    midi_port: str = Field(
        description="MIDI output port: its name or the part of it that no other port has."
    )
    virtual_port: bool = Field(
        False, description="Create midi_port as a virtual port instead of opening an existing one."
    )
    connect: float = Field(
        10.0,
        ge=0,
        description="Seconds to wait after a virtual port was created, for a synth to be "
        "connected to it.",
    )
    midi_channel: int = Field(1, ge=1, le=16, description="MIDI channel.")
    audio_device: str | int | None = Field(
        None, description="Audio input device: index, name or part of it; null takes the default."
    )
    audio_channel: int = Field(1, ge=1, description="Input channel of the device to record.")
    settle: float = Field(
        0.05, ge=0, description="Seconds between the last CC and the note, for the synth to settle."
    )
    release: float = Field(
        0.2, ge=0, description="Seconds between note-off and the next patch, for the note to fade."
    )
    primer: float = Field(
        0.25,
        ge=0,
        description="Seconds for which the note is first pressed unrecorded, so that glides from "
        "the last patch are over when it is recorded; 0 leaves that out.",
    )
    retries: int = Field(
        3,
        ge=0,
        description="Times a silent or clipped note is played again before it is taken as it is.",
    )
    dropout_retries: int = Field(
        20,
        ge=0,
        description="Times a short or interrupted note is played again, after longer and longer "
        "pauses, before the shard fails.",
    )
    host: JackConfig | None = Field(
        None, description="Start a private JACK server and synth for each job; null uses what runs."
    )


class PlugInConfig(Section):
    """A plug-in hosted by DawDreamer and rendered offline; parameters are found by name."""

    kind: Literal["plug-in"] = Field(description="Which engine.")
    path: str = Field(description="The plug-in: a VST, VST3 or (macOS) Audio Unit file or bundle.")
    state: str | None = Field(
        None,
        description="State to start from: a preset (.fxp or .fxb of a VST2, .vstpreset of a VST3), "
        "or what `synthinv plug-in --save` wrote; null takes the plug-in's own.",
    )
    private_settings: bool = Field(
        False,
        description="Give the plug-in empty settings folders instead of the user's (Linux: "
        "XDG_CONFIG_HOME and XDG_DATA_HOME).",
    )
    new_instance: bool | Literal["copy"] = Field(
        True,
        description="true: load the plug-in anew for every note, so that nothing carries over, "
        "noise included. copy: load it once, and play every note in a copy of the process (fork), "
        "which sounds the same many times faster; not on Windows, and not for plug-ins that need "
        "threads of their own. false: only silence it in between, which is as fast.",
    )
    channel: int = Field(1, ge=1, description="Output channel of the plug-in to record.")
    block: int = Field(512, ge=16, le=8192, description="Samples rendered at a time.")
    settle: float = Field(
        0.05, ge=0, description="Seconds between the last knob and the note, for it to settle."
    )
    primer: float = Field(
        0.25,
        ge=0,
        description="Seconds for which the note is first pressed unrecorded, so that glides from "
        "the last patch are over when it is recorded; 0 leaves that out.",
    )
    release: float = Field(
        0.2, ge=0, description="Seconds after each note-off, for the note to fade."
    )


EngineConfig = Annotated[BuiltInConfig | LiveConfig | PlugInConfig, Field(discriminator="kind")]


class PlayingConfig(Section):
    """Everything that decides how a patch sounds, apart from the instrument."""

    engine: EngineConfig
    note: NoteConfig = NoteConfig()
    audio: AudioConfig = AudioConfig()
    silence: SilenceConfig = SilenceConfig()

    @property
    def midi_channel(self) -> int:
        """MIDI channel on which the synth listens, 1 to 16; 1 where there is no port."""
        return self.engine.midi_channel if isinstance(self.engine, LiveConfig) else 1

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Take these sections from a whole configuration, which has been validated."""
        return cls(**{name: config[name] for name in cls.model_fields if name in config})

    def as_params(self) -> dict[str, Any]:
        """Leave out what changes no note that has been captured, only how hard one is tried."""
        engine = {
            "retries": True,
            "dropout_retries": True,
            "connect": True,
            "host": {"timeout", "restarts"},
        }
        patience: dict[str, Any] = {"engine": engine, "silence": {"draws"}}
        return self.model_dump(mode="json", exclude=patience)


class DataSetConfig(Section):
    """Random patches of one instrument with their notes, captured in shards."""

    name: Name = Field(description="Name; it is part of the seed, so data sets are disjoint.")
    samples: int = Field(ge=2, description="Patches; a multiple of shard_size.")
    shard_size: int = Field(100, ge=1, description="Patches per capture job.")
    instrument: str | None = Field(
        None, description="Instrument file, if not the one of the whole configuration."
    )
    fixed: dict[str, Annotated[int, Field(ge=0, le=127)]] = Field(
        default_factory=dict, description="Parameters held at one CC value and not predicted."
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

    @property
    def shards(self) -> tuple[str, ...]:
        """Names of the data set's shards, in order."""
        return self.first_shards(self.samples)

    def first_shards(self, samples: int) -> tuple[str, ...]:
        """Names of the shards that hold the first so many patches."""
        return tuple(f"{i:05d}" for i in range(-(-samples // self.shard_size)))


class SpectrogramConfig(Section):
    """One kind of spectrogram (thesis, section 4.1.1), by the parameters of SciPy's."""

    name: Name = Field(description="Name.")
    nperseg: int = Field(1500, ge=16, description="Window length n1 in samples.")
    noverlap: int | None = Field(
        None, ge=0, description="Overlap in samples; null is SciPy's default, nperseg // 8."
    )
    nfft: int = Field(10_000, ge=16, description="Length n2 of the zero-padded transform.")
    pool: int = Field(
        1, ge=1, description="Neighbouring bands averaged into one; 10 turns 5001 bands into 501."
    )
    mels: int | None = Field(
        None, ge=1, description="Mel bands that the transform's are summed to; null for none."
    )
    scale: Literal["power", "magnitude", "decibel"] = Field(
        "power", description="Scale of the pixels before they are normalised to [0, 1]."
    )
    range_db: float = Field(
        80.0, gt=0, description="With scale decibel: the range below the maximum that is kept."
    )

    @model_validator(mode="after")
    def _scipy_accepts(self) -> Self:
        if self.nfft < self.nperseg:
            raise ValueError(f"nfft ({self.nfft}) must be at least nperseg ({self.nperseg})")
        if self.noverlap is not None and self.noverlap >= self.nperseg:
            raise ValueError(
                f"noverlap ({self.noverlap}) must be less than nperseg ({self.nperseg})"
            )
        if self.mels is not None and self.pool > 1:
            raise ValueError("mels and pool both make fewer bands; give one of them")
        return self


class NetworkConfig(Section):
    """The thesis's network (Table 3), open where the search tunes it."""

    convolutions: int = Field(3, ge=1, le=8, description="Convolutional layers, each max-pooled.")
    kernels: int = Field(32, ge=1, description="Kernels per convolutional layer.")
    kernel_size: int = Field(5, ge=1, description="Side of the square kernels.")
    padding: int = Field(2, ge=0, description="Zero padding of each convolution.")
    hidden_layers: int = Field(4, ge=0, le=100, description="Fully connected hidden layers.")
    hidden_units: int = Field(800, ge=1, description="Neurons per hidden layer.")
    initialisation: Literal["thesis", "pytorch", "xavier"] = Field(
        "thesis",
        description="thesis: uniform in ±0.5 (convolutions) and ±0.1 (fully connected); "
        "pytorch: PyTorch's default; xavier: uniform in a range that shrinks with the layer's "
        "inputs and outputs, biases 0.",
    )
    loss: Literal["mse", "cross-entropy"] = Field(
        "mse",
        description="mse: one sigmoid per knob, under squared error; cross-entropy: a class per CC "
        "value or position of every knob, answered by the distribution's median or the likeliest "
        "position.",
    )
    pca: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Share of the variance of the training images' spectra to keep: their "
        "principal components take the place of the bands; null for the bands themselves.",
    )


class TrainingConfig(Section):
    """How a network is trained (thesis, sections 2.2.4, 2.2.5 and 4.2.1)."""

    optimiser: OptimiserName = Field("adadelta", description="Optimiser.")
    learning_rate_sgd: float = Field(0.01, gt=0, description="Rate of SGD (assumed).")
    learning_rate_adagrad: float = Field(0.01, gt=0, description="Rate of AdaGrad (assumed).")
    learning_rate_adadelta: float = Field(1.0, gt=0, description="Rate of AdaDelta (assumed).")
    learning_rate_adam: float = Field(0.001, gt=0, description="Rate of Adam.")
    rho: float = Field(0.9, ge=0, lt=1, description="Decay of AdaDelta's averages.")
    weight_decay: float = Field(0.0, ge=0, description="L2 penalty λ.")
    batch_size: int = Field(5, ge=1, description="Patches per update.")
    validation: float = Field(0.2, gt=0, lt=1, description="Random share kept for validation.")
    mixed_precision: bool = Field(
        True,
        description="Convolve in bfloat16, with weights in single precision, on a processor (or "
        "GPU) that has instructions for it; false: in single precision everywhere.",
    )
    threads: int = Field(
        1, ge=1, description="CPU threads of one training; results depend on it, so it is fixed."
    )


class SolverConfig(Section):
    """The solver: a convolutional network with a class per CC value, and how it is trained."""

    architecture: Literal["solver", "inversynth"] = Field(
        "solver",
        description="solver: our own; inversynth: InverSynth's six-layer spectrogram CNN, with "
        "16 classes for a continuous knob (Barkan et al., 2019), whose sizes are its own.",
    )
    window: int = Field(2048, ge=64, description="Window length of its spectrogram in samples.")
    hop: int = Field(512, ge=16, description="Samples between two windows.")
    bands: int = Field(96, ge=8, description="Logarithmically spaced bands.")
    long_window: int = Field(
        16_384, ge=64, description="Window length of the spectra that show the tuning."
    )
    long_bands: int = Field(512, ge=64, description="Their bands.")
    channels: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (64, 128, 256), min_length=1, description="Channels of the stages; each halves the image."
    )
    blocks: int = Field(1, ge=1, le=100, description="Residual blocks per stage.")
    bottleneck: int = Field(64, ge=1, description="Channels that the last stage is reduced to.")
    hidden_units: int = Field(512, ge=1, description="Neurons of the fully connected hidden layer.")
    autoregressive_units: int = Field(
        32,
        ge=0,
        description="Numbers that tell a knob of the answers before it; 0: it is told nothing.",
    )
    notes: int = Field(
        400_000,
        ge=1,
        description="Notes the network is trained on, repeats counted; of fresh random patches the "
        "silent ones count, too, but are left out.",
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
        description="Label smoothing: standard deviation, in CC steps, of the normal distribution "
        "that a continuous knob's target is spread to; 0 for none.",
    )
    ema: float = Field(
        0.999, ge=0, lt=1, description="Decay of the weights' exponential moving average; 0: none."
    )
    mixed_precision: bool = Field(
        True,
        description="Train in bfloat16 where that is enough, on a processor (or GPU) that has "
        "instructions for it; false: in single precision everywhere.",
    )
    threads: int = Field(
        2, ge=1, description="CPU threads of the training; results depend on it, so it is fixed."
    )


class RefinementConfig(Section):
    """Refinement: the solver's answer polished by rendering and comparing."""

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
        description="Renders, of those, for patches drawn from the network's distributions, its "
        "answer included.",
    )


PatchSearchMethod = Literal["random", "library", "hill_climber", "genetic", "cma_es"]


class PatchSearchConfig(Section):
    """Searches of a patch that know nothing of the sound, to set the solver against."""

    methods: tuple[PatchSearchMethod, ...] = Field(
        get_args(PatchSearchMethod),
        description="Random patches; the nearest of a rendered library; hill climber and genetic "
        "algorithm as in Yee-King et al. (2018); CMA-ES. None on an engine played live.",
    )
    renders: int = Field(500, ge=1, description="Renders per sound; the library's size.")
    sounds: int = Field(
        10, ge=1, description="Sounds of the main experiment's test set, at most all of them."
    )
    sounds_per_job: int = Field(5, ge=1, description="Sounds that one job searches patches for.")


class GridSearchConfig(Section):
    """A grid search (thesis, section 4.3): every combination of the axes, repeated."""

    name: Name = Field(description="Name.")
    data_set: Name = Field(description="Data set to train and validate on.")
    spectrogram: Name = Field(description="View the network sees.")
    epochs: int = Field(ge=1, description="Epochs per training.")
    repeats: int = Field(3, ge=1, description="Trainings per cell, each with its own seed.")
    start_from: Name | None = Field(
        None, description="Earlier search whose winner this one starts from."
    )
    axes: dict[str, tuple[Setting, ...]] = Field(
        min_length=1,
        max_length=2,
        description="Values to try of one or two network or training settings.",
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

    def changed(self, base: ExperimentConfig) -> ExperimentConfig:
        """Return the experiment that the base becomes."""
        own = self.model_dump(exclude={"base", "settings"}, exclude_none=True)
        settings = {**base.settings, **self.settings}
        return ExperimentConfig.model_validate({**base.model_dump(), **own, "settings": settings})


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

    def experiments(self, base: ExperimentConfig) -> tuple[ExperimentConfig, ...]:
        """Return the points of one curve as experiments."""
        return tuple(
            base.model_copy(
                update={
                    **point.model_dump(),
                    "name": f"{base.name}-{point.samples}",
                    "train": self.train,
                }
            )
            for point in self.points
        )


class AblationConfig(Section):
    """What collapses and what mends it: experiments that change one thing at a time."""

    variants: tuple[VariantConfig, ...] = Field(min_length=1, description="Steps, in order.")
    learning_curves: LearningCurvesConfig | None = Field(None, description="Learning curves.")


class SolverExperimentConfig(Section):
    """One training of a solver and its test, judged beside the experiments."""

    name: Name = Field(description="Name.")
    title: str = Field(description="What the report calls it.")
    train: Name | None = Field(
        None,
        description="Data set to train on, again and again; null renders fresh notes, of random "
        "patches of the test set's instrument, which an engine played live cannot do.",
    )
    test: Name = Field(description="Data set of unseen sounds that an experiment is tested on too.")
    settings: SolverSettings = Field(
        default_factory=dict, description="Settings that override those of the section solver."
    )
    refine: bool = Field(
        True,
        description="Refine its answers by rendering, as NAME-refined; never on an engine played "
        "live.",
    )

    @property
    def refined(self) -> str:
        """Name of the refined answer."""
        return f"{self.name}-refined"


class MatchConfig(Section):
    """Sounds for which `snakemake match` finds patches."""

    sounds: str | None = Field(
        None, description="Folder of sound files, each of one note; relative to the working folder."
    )
    solver: Name | None = Field(
        None,
        description="Solver of this configuration that answers; null takes the one that comes with "
        "synthinv for the instrument.",
    )
    renders: int = Field(
        200, ge=1, description="Patches played for each sound after the solver's own answers."
    )
    seconds: float | None = Field(
        None,
        gt=0,
        description="Seconds per sound after which no more is played, for a slow synth; results "
        "then depend on the machine. Null for no limit.",
    )


class WindowFigureConfig(Section):
    """Figure 11: one sound seen through windows of several lengths."""

    data_set: Name = Field(description="Data set of the sound.")
    index: int = Field(0, ge=0, description="Index of the sound in the data set's first shard.")
    windows: tuple[Annotated[int, Field(ge=16)], ...] = Field(
        (100, 500, 1500, 10_000), min_length=1, description="Window lengths n1."
    )


class ReportConfig(Section):
    """What the report shows."""

    title: str = Field("synthinv", description="Title of the page.")
    main: Name = Field(description="Experiment whose verdict heads the page, with L2.")
    unregularised: Name = Field(description="Its counterpart without L2 (Figure 14).")
    windows: WindowFigureConfig = Field(description="Figure 11.")
    audible_sounds: int = Field(
        8,
        ge=1,
        description="Sounds of the main experiment's test set of which every knob is turned, to "
        "tell which knobs are heard; each costs as many notes as there are knobs, and three more.",
    )
