"""The whole configuration: its sections, their defaults, and look-ups of what they name.

`synthinv.config.checks` holds the rules for how sections fit together, `synthinv.config.plan` what
follows from them.
"""

from pydantic import Field

from synthinv.common import seeds
from synthinv.common.validation import Section
from synthinv.config.sections.benchmark import BenchmarkConfig, MethodConfig
from synthinv.config.sections.data_set import DataSetConfig
from synthinv.config.sections.engine import BuiltInConfig, EngineConfig
from synthinv.config.sections.experiment import AblationConfig, ExperimentConfig
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.config.sections.match import GalleryConfig, GallerySoundConfig, MatchConfig
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig, SilenceConfig
from synthinv.config.sections.readings import ReadingsConfig
from synthinv.config.sections.report import ReportConfig
from synthinv.config.sections.solver import (
    PatchSearchConfig,
    RefinementConfig,
    SolverConfig,
    SolverExperimentConfig,
)
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.instruments.registry import instrument_file


class Config(Section):
    """The whole configuration."""

    seed: int = Field(seeds.DEFAULT, ge=0, description="Seed of everything random.")
    results: str = Field("results", description="Folder for everything generated.")
    instrument: str = Field(
        "minimoog-1osc",
        description="Instrument that comes with synthinv, by name, or an instrument file, "
        "relative to the working folder.",
    )
    engine: EngineConfig = Field(BuiltInConfig(), description="Where sound comes from.")
    note: NoteConfig = Field(NoteConfig(), description="The note played for every patch.")
    audio: AudioConfig = Field(AudioConfig(), description="The recording of one note.")
    silence: SilenceConfig = Field(SilenceConfig(), description="When a note counts as silent.")
    data_sets: tuple[DataSetConfig, ...] = Field((), description="Data sets to capture.")
    spectrograms: tuple[SpectrogramConfig, ...] = Field((), description="Kinds of spectrograms.")
    network: NetworkConfig = Field(
        NetworkConfig(), description="Network that grid searches and experiments start from."
    )
    training: TrainingConfig = Field(
        TrainingConfig(), description="Training that grid searches and experiments start from."
    )
    grid_searches: tuple[GridSearchConfig, ...] = Field((), description="Grid searches, in order.")
    experiments: tuple[ExperimentConfig, ...] = Field(
        (), description="Final trainings of the network, each tested on unseen sounds."
    )
    ablation: AblationConfig | None = Field(
        None, description="Further experiments, each with one change; null for none."
    )
    readings: ReadingsConfig | None = Field(
        None, description="Readings of the thesis to compare with what it published; null for none."
    )
    solver: SolverConfig = Field(SolverConfig(), description="Settings that solvers start from.")
    solvers: tuple[SolverExperimentConfig, ...] = Field(
        (), description="Trainings of solvers, each tested on unseen sounds."
    )
    match: MatchConfig = Field(MatchConfig(), description="Sounds to find patches for.")
    gallery: GalleryConfig = Field(
        GalleryConfig(), description="Sounds of the documentation's gallery."
    )
    benchmark: BenchmarkConfig = Field(
        BenchmarkConfig(), description="Benchmark of methods that find patches for sounds."
    )
    refinement: RefinementConfig = Field(
        RefinementConfig(), description="Refinement of solvers' predictions."
    )
    patch_searches: PatchSearchConfig = Field(
        PatchSearchConfig(), description="Patch searches, which solvers are compared with."
    )
    report: ReportConfig | None = Field(
        None,
        description="What the report shows; null for none: predictions are then neither played nor "
        "scored.",
    )

    @property
    def playing(self) -> PlayingConfig:
        """Sections that decide how a patch sounds."""
        return PlayingConfig(
            engine=self.engine, note=self.note, audio=self.audio, silence=self.silence
        )

    def data_set(self, name: str) -> DataSetConfig:
        """Return the data set of a name."""
        return next(d for d in self.data_sets if d.name == name)

    def spectrogram(self, name: str) -> SpectrogramConfig:
        """Return the kind of spectrogram of a name."""
        return next(s for s in self.spectrograms if s.name == name)

    def grid_search(self, name: str) -> GridSearchConfig:
        """Return the grid search of a name."""
        return next(g for g in self.grid_searches if g.name == name)

    def experiment(self, name: str) -> ExperimentConfig:
        """Return the experiment of a name; `synthinv.config.plan` knows the ablation's, too."""
        return next(e for e in self.experiments if e.name == name)

    def solver_experiment(self, name: str) -> SolverExperimentConfig:
        """Return the training of a solver of a name."""
        return next(s for s in self.solvers if s.name == name)

    def gallery_sound(self, name: str) -> GallerySoundConfig:
        """Return the sound of the gallery of a name."""
        return next(s for s in self.gallery.sounds if s.name == name)

    def benchmark_method(self, name: str) -> MethodConfig:
        """Return the method of the benchmark of a name."""
        return next(m for m in self.benchmark.methods if m.name == name)

    def instrument_of(self, data_set: str | None = None) -> str:
        """Return the path of a data set's instrument file, or of the whole configuration's."""
        own = None if data_set is None else self.data_set(data_set).instrument
        return str(instrument_file(own or self.instrument))
