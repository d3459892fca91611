"""The configuration: one pydantic model per section, every field described.

`config/README.md` and `config/schema.json` are generated from these models (`synthinv docs`),
so a field is documented where it is defined and nowhere else.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from synthinv.errors import SynthinvError

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
Setting = int | float | str
S = TypeVar("S", bound=BaseModel)
OptimiserName = Literal["sgd", "adagrad", "adadelta"]


class Section(BaseModel):
    """Base of every section: an unknown key is an error, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def as_params(self) -> dict[str, Any]:
        """Return the fields as a rule's parameter, in an order that never changes."""
        return self.model_dump(mode="json")


class Note(Section):
    """The note that is played for every patch (thesis, section 3.2: middle C)."""

    number: int = Field(60, ge=0, le=127, description="MIDI note number; 60 is middle C.")
    velocity: int = Field(100, ge=1, le=127, description="MIDI velocity.")
    seconds: float | None = Field(
        None, gt=0, description="How long the key is held; null holds it for the whole recording."
    )


class Audio(Section):
    """The recording of one note."""

    sample_rate: int = Field(44_100, ge=8_000, le=192_000, description="Sample rate in Hz.")
    samples: int = Field(
        40_000, ge=1_000, description="Samples per note; 40,000 give the thesis's 30 frames."
    )


class Silence(Section):
    """When a note counts as silent, and how often its patch is drawn again."""

    level_dbfs: float = Field(
        -60.0, lt=0, description="A note whose peak stays below this level (dBFS) is silent."
    )
    draws: int = Field(
        100, ge=1, description="Draws from a patch's own seed before the shard is given up."
    )


class BuiltInEngine(Section):
    """The voice that comes with synthinv, rendered offline."""

    kind: Literal["built-in"] = Field("built-in", description="Which engine.")


class JackHost(Section):
    """A private JACK server with a soft-synth on it, started and stopped by each capture job."""

    command: tuple[str, ...] = Field(
        ("amsynth", "-x", "-mjack", "-ajack"),
        min_length=1,
        description="Command that starts the synth as a JACK client.",
    )
    period: int = Field(512, ge=16, le=4096, description="JACK period in samples.")
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


class LiveEngine(Section):
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
        0.03,
        ge=0,
        description="Seconds for which the note is first pressed unrecorded, so that glides from "
        "the last patch are over when it is recorded; 0 leaves that out.",
    )
    retries: int = Field(
        3,
        ge=0,
        description="Times a silent, clipped, short or interrupted note is played again.",
    )
    host: JackHost | None = Field(
        None, description="Start a private JACK server and synth for each job; null uses what runs."
    )


Engine = Annotated[BuiltInEngine | LiveEngine, Field(discriminator="kind")]


class Playing(Section):
    """Everything that decides how a patch sounds, apart from the instrument."""

    engine: Engine
    note: Note
    audio: Audio
    silence: Silence


class DataSet(Section):
    """Random patches of one instrument with their notes, captured in shards."""

    name: Name = Field(description="Name; it is part of the seed, so data sets are disjoint.")
    samples: int = Field(ge=1, description="Patches; a multiple of shard_size.")
    shard_size: int = Field(100, ge=1, description="Patches per capture job.")
    instrument: str | None = Field(
        None, description="Instrument file, if not the one of the whole configuration."
    )
    fixed: dict[str, int] = Field(
        default_factory=dict, description="Parameters held at one CC value and not predicted."
    )

    @model_validator(mode="after")
    def _whole_shards(self) -> Self:
        rest = self.samples % self.shard_size
        if rest:
            below, above = self.samples - rest, self.samples - rest + self.shard_size
            raise ValueError(
                f"samples is {self.samples}, which is not a multiple of shard_size "
                f"{self.shard_size}; use {below or above} or {above}"
            )
        return self

    @property
    def shards(self) -> tuple[str, ...]:
        """Names of the data set's shards, in order."""
        return tuple(f"{i:05d}" for i in range(self.samples // self.shard_size))


class View(Section):
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
        if self.overlap >= self.nperseg:
            raise ValueError(f"noverlap ({self.overlap}) must be less than nperseg")
        return self

    @property
    def overlap(self) -> int:
        """Overlap in samples."""
        return self.nperseg // 8 if self.noverlap is None else self.noverlap

    def shape(self, samples: int) -> tuple[int, int]:
        """Shape of one image.

        Parameters
        ----------
        samples : int
            Length of the note in samples.

        Returns
        -------
        tuple of int
            (bands, frames).
        """
        bands = self.nfft // 2 // self.pool + 1
        frames = (samples - self.overlap) // (self.nperseg - self.overlap)
        return bands, frames


class Network(Section):
    """The thesis's network (Table 3), open where the search tunes it."""

    convolutions: int = Field(3, ge=1, le=8, description="Convolutional layers, each max-pooled.")
    kernels: int = Field(32, ge=1, description="Kernels per convolutional layer.")
    kernel_size: int = Field(5, ge=1, description="Side of the square kernels.")
    padding: int = Field(2, ge=0, description="Zero padding of each convolution.")
    hidden_layers: int = Field(4, ge=0, description="Fully connected hidden layers.")
    hidden_units: int = Field(800, ge=1, description="Neurons per hidden layer.")
    initialisation: Literal["thesis", "pytorch"] = Field(
        "thesis",
        description="thesis: uniform in ±0.5 (convolutions) and ±0.1 (fully connected); "
        "pytorch: PyTorch's default.",
    )

    def image_sizes(self, shape: tuple[int, int]) -> list[tuple[int, int]]:
        """Image size after each convolution and pooling.

        Parameters
        ----------
        shape : tuple of int
            (bands, frames) of the input.

        Returns
        -------
        list of tuple of int
            One (height, width) per convolutional layer.
        """
        sizes = []
        for _ in range(self.convolutions):
            height, width = ((n + 2 * self.padding - self.kernel_size + 1) // 2 for n in shape)
            shape = (height, width)
            sizes.append(shape)
        return sizes


class Training(Section):
    """How a network is trained (thesis, sections 2.2.4, 2.2.5 and 4.2.1)."""

    optimiser: OptimiserName = Field("adadelta", description="Optimiser.")
    learning_rate_sgd: float = Field(0.01, gt=0, description="Rate of SGD (assumed).")
    learning_rate_adagrad: float = Field(0.01, gt=0, description="Rate of AdaGrad (assumed).")
    learning_rate_adadelta: float = Field(1.0, gt=0, description="Rate of AdaDelta (assumed).")
    rho: float = Field(0.9, ge=0, lt=1, description="Decay of AdaDelta's averages.")
    weight_decay: float = Field(0.0, ge=0, description="L2 penalty λ.")
    batch_size: int = Field(5, ge=1, description="Patches per update.")
    validation: float = Field(0.2, gt=0, lt=1, description="Random share kept for validation.")
    threads: int = Field(
        1, ge=1, description="CPU threads of one training; results depend on it, so it is fixed."
    )


class Search(Section):
    """A grid search (thesis, section 4.3): every combination of the axes, repeated."""

    name: Name = Field(description="Name.")
    data_set: Name = Field(description="Data set to train and validate on.")
    view: Name = Field(description="View the network sees.")
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
            if not values or len(set(values)) < len(values):
                raise ValueError(f"axes.{axis} must list at least one value, each once")
        return self


class Experiment(Section):
    """One final training and its test (thesis, section 5)."""

    name: Name = Field(description="Name.")
    title: str = Field(description="What the report calls it.")
    train: Name = Field(description="Data set to train and validate on.")
    test: Name = Field(description="Data set of unseen sounds.")
    view: Name = Field(description="View the network sees.")
    epochs: int = Field(ge=1, description="Epochs.")
    start_from: Name | None = Field(None, description="Search whose winner gives the settings.")
    settings: dict[str, Setting] = Field(
        default_factory=dict, description="Settings that override the winner's."
    )


class WindowFigure(Section):
    """Figure 11: one sound seen through windows of several lengths."""

    data_set: Name = Field(description="Data set of the sound.")
    index: int = Field(0, ge=0, description="Index of the sound in the data set's first shard.")
    windows: tuple[int, ...] = Field((100, 500, 1500, 10_000), description="Window lengths n1.")


class Report(Section):
    """What the report shows."""

    title: str = Field("synthinv", description="Title of the page.")
    main: Name = Field(description="Experiment whose verdict heads the page, with L2.")
    unregularised: Name = Field(description="Its counterpart without L2 (Figure 14).")
    windows: WindowFigure = Field(description="Figure 11.")


class Config(Section):
    """The whole configuration."""

    seed: int = Field(2020, ge=0, description="Seed of everything random.")
    results: str = Field("results", description="Folder for everything generated.")
    instrument: str = Field(description="Instrument file, relative to the working folder.")
    engine: Engine = Field(description="Where sound comes from.")
    note: Note = Field(Note(), description="The note played for every patch.")
    audio: Audio = Field(Audio(), description="The recording of one note.")
    silence: Silence = Field(Silence(), description="When a note counts as silent.")
    data_sets: tuple[DataSet, ...] = Field(min_length=1, description="What is captured.")
    views: tuple[View, ...] = Field(min_length=1, description="Kinds of spectrograms.")
    network: Network = Field(Network(), description="The network that searches start from.")
    training: Training = Field(Training(), description="The training that searches start from.")
    searches: tuple[Search, ...] = Field((), description="Grid searches, in order.")
    experiments: tuple[Experiment, ...] = Field(
        min_length=1, description="Final trainings, each tested on unseen sounds."
    )
    report: Report = Field(description="What the report shows.")

    @model_validator(mode="after")
    def _paths_stay_inside(self) -> Self:
        path = PurePosixPath(self.results)
        if path.is_absolute() or ".." in path.parts or path == PurePosixPath():
            raise ValueError(f"results is '{self.results}'; name a folder below the working folder")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for field in ("data_sets", "views", "searches", "experiments"):
            counts = Counter(item.name for item in getattr(self, field))
            repeated = [name for name, count in counts.items() if count > 1]
            if repeated:
                raise ValueError(f"{field}: the name '{repeated[0]}' is given twice")
        reserved = {"random", "prior", "nearest", "floor", "oracle"}
        for experiment in self.experiments:
            if experiment.name in reserved:
                raise ValueError(
                    f"experiments: '{experiment.name}' is the name of a baseline; choose another"
                )
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        sets = [d.name for d in self.data_sets]
        views = [v.name for v in self.views]
        earlier: list[str] = []
        for search in self.searches:
            where = f"searches.{search.name}"
            _known(f"{where}.data_set", search.data_set, sets)
            _known(f"{where}.view", search.view, views)
            if search.start_from is not None:
                _known(f"{where}.start_from", search.start_from, earlier)
            earlier.append(search.name)
        for experiment in self.experiments:
            where = f"experiments.{experiment.name}"
            _known(f"{where}.train", experiment.train, sets)
            _known(f"{where}.test", experiment.test, sets)
            _known(f"{where}.view", experiment.view, views)
            if experiment.start_from is not None:
                _known(f"{where}.start_from", experiment.start_from, earlier)
            if experiment.train == experiment.test:
                raise ValueError(f"{where}: test must not be the data set it trains on")
        experiments = [e.name for e in self.experiments]
        _known("report.main", self.report.main, experiments)
        _known("report.unregularised", self.report.unregularised, experiments)
        _known("report.windows.data_set", self.report.windows.data_set, sets)
        return self

    @model_validator(mode="after")
    def _images_survive_pooling(self) -> Self:
        used = {s.view for s in self.searches} | {e.view for e in self.experiments}
        for view in self.views:
            shape = view.shape(self.audio.samples)
            if view.name in used and min(self.network.image_sizes(shape)[-1]) < 1:
                raise ValueError(
                    f"views.{view.name}: an image of {shape[0]} × {shape[1]} is too small for "
                    f"{self.network.convolutions} convolutions with pooling; use more bands or "
                    "a shorter window"
                )
        return self

    @model_validator(mode="after")
    def _settings_are_valid(self) -> Self:
        for search in self.searches:
            for axis, values in search.axes.items():
                for value in values:
                    self._check(f"searches.{search.name}.axes", {axis: value})
        for experiment in self.experiments:
            self._check(f"experiments.{experiment.name}.settings", experiment.settings)
        return self

    def _check(self, where: str, settings: Mapping[str, Setting]) -> None:
        try:
            apply_settings(self.network, self.training, settings)
        except SynthinvError as error:
            raise ValueError(f"{where}: {error}") from None

    @property
    def playing(self) -> Playing:
        """The sections that decide how a patch sounds."""
        return Playing(engine=self.engine, note=self.note, audio=self.audio, silence=self.silence)

    def data_set(self, name: str) -> DataSet:
        """Look a data set up by its name."""
        return next(d for d in self.data_sets if d.name == name)

    def view(self, name: str) -> View:
        """Look a view up by its name."""
        return next(v for v in self.views if v.name == name)

    def search(self, name: str) -> Search:
        """Look a search up by its name."""
        return next(s for s in self.searches if s.name == name)

    def experiment(self, name: str) -> Experiment:
        """Look an experiment up by its name."""
        return next(e for e in self.experiments if e.name == name)

    @property
    def data_sets_used(self) -> tuple[str, ...]:
        """Names of the data sets that something in the configuration uses, in order."""
        used = {self.report.windows.data_set}
        used |= {search.data_set for search in self.searches}
        used |= {name for e in self.experiments for name in (e.train, e.test)}
        return tuple(d.name for d in self.data_sets if d.name in used)

    def instrument_of(self, data_set: str) -> str:
        """Path of the instrument file of a data set."""
        return self.data_set(data_set).instrument or self.instrument


def apply_settings(
    network: Network, training: Training, settings: Mapping[str, Setting]
) -> tuple[Network, Training]:
    """Override single settings of a network and its training.

    Parameters
    ----------
    network : Network
        Network to start from.
    training : Training
        Training to start from.
    settings : mapping of str to int, float or str
        Field names of either section and their new values.

    Returns
    -------
    tuple of Network and Training
        Validated copies.

    Raises
    ------
    SynthinvError
        If a name belongs to neither section, or a value is out of range.
    """
    sections: list[Section] = [network, training]
    unknown = [key for key in settings if not any(key in type(s).model_fields for s in sections)]
    if unknown:
        raise SynthinvError(f"'{unknown[0]}' is neither a network nor a training setting")
    changed = [
        {**s.model_dump(), **{k: v for k, v in settings.items() if k in type(s).model_fields}}
        for s in sections
    ]
    return (
        validated(Network, changed[0], "settings"),
        validated(Training, changed[1], "settings"),
    )


def load(mapping: Mapping[str, Any], source: str = "config") -> Config:
    """Validate a merged configuration.

    Parameters
    ----------
    mapping : mapping
        The configuration as read from YAML.
    source : str
        What error messages call it.

    Returns
    -------
    Config
        The validated configuration.

    Raises
    ------
    SynthinvError
        One sentence naming the field that is wrong, and why.
    """
    return validated(Config, mapping, source)


def validated(model: type[S], mapping: Mapping[str, Any], source: str) -> S:
    """Validate a mapping against a model, with an error a user can act on.

    Parameters
    ----------
    model : type
        The pydantic model.
    mapping : mapping
        What to validate.
    source : str
        File or section named in the message.

    Returns
    -------
    BaseModel
        An instance of `model`.

    Raises
    ------
    SynthinvError
        If the mapping does not fit; the message names the first field that is wrong.
    """
    try:
        return model.model_validate(mapping)
    except ValidationError as error:
        raise SynthinvError(f"{source}: {_sentence(error)}") from None


def _sentence(error: ValidationError) -> str:
    problem = error.errors()[0]
    # Tagged unions put the tag into the location; it is no key of the user's file.
    tags = ("built-in", "live")
    field = ".".join(str(part) for part in problem["loc"] if part not in tags)
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "is not a known key; remove it or correct its spelling"
    elif problem["type"] == "missing":
        message = "is missing; add it"
    elif problem["type"] != "value_error":
        message = f"{message[0].lower()}{message[1:]}, but is {problem['input']!r}"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{field}: {message}{more}" if field else f"{message}{more}"


def _known(field: str, name: str, names: Sequence[str] | Iterable[str]) -> None:
    names = list(names)
    if name not in names:
        choices = ", ".join(names) or "none are defined before it"
        raise ValueError(f"{field}: there is no '{name}' (known: {choices})")
