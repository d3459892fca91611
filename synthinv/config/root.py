"""The whole configuration, and how its sections fit together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import PurePosixPath
from typing import Any, Self, get_args

from pydantic import Field, model_validator

from synthinv.common import seeds
from synthinv.common.errors import SynthinvError
from synthinv.common.validation import Section, validated
from synthinv.config.names import BASELINES
from synthinv.config.overrides import apply_settings, apply_solver_settings
from synthinv.config.sections.ablation import AblationConfig
from synthinv.config.sections.data_set import DataSetConfig
from synthinv.config.sections.engine import EngineConfig
from synthinv.config.sections.experiment import ExperimentConfig
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.config.sections.match import MatchConfig
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.patch_search import PatchSearchConfig, PatchSearchMethod
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig, SilenceConfig
from synthinv.config.sections.refinement import RefinementConfig
from synthinv.config.sections.report import ReportConfig
from synthinv.config.sections.solver import SolverConfig, SolverExperimentConfig
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.sections.types import Setting
from synthinv.config.shapes import convolved_shapes, spectrogram_shape


class Config(Section):
    """The whole configuration."""

    seed: int = Field(seeds.DEFAULT, ge=0, description="Seed of everything random.")
    results: str = Field("results", description="Folder for everything generated.")
    instrument: str = Field(description="Instrument file, relative to the working folder.")
    engine: EngineConfig = Field(description="Where sound comes from.")
    note: NoteConfig = Field(NoteConfig(), description="The note played for every patch.")
    audio: AudioConfig = Field(AudioConfig(), description="The recording of one note.")
    silence: SilenceConfig = Field(SilenceConfig(), description="When a note counts as silent.")
    data_sets: tuple[DataSetConfig, ...] = Field(min_length=1, description="What is captured.")
    spectrograms: tuple[SpectrogramConfig, ...] = Field(
        min_length=1, description="Kinds of spectrograms."
    )
    network: NetworkConfig = Field(
        NetworkConfig(), description="The network that searches start from."
    )
    training: TrainingConfig = Field(
        TrainingConfig(), description="The training that searches start from."
    )
    grid_searches: tuple[GridSearchConfig, ...] = Field((), description="Grid searches, in order.")
    experiments: tuple[ExperimentConfig, ...] = Field(
        min_length=1, description="Final trainings, each tested on unseen sounds."
    )
    ablation: AblationConfig | None = Field(
        None, description="The experiments taken apart: one change at a time; null for none."
    )
    solver: SolverConfig = Field(
        SolverConfig(), description="The settings that solvers start from."
    )
    solvers: tuple[SolverExperimentConfig, ...] = Field(
        (), description="Trainings of the solver, each tested on unseen sounds."
    )
    match: MatchConfig = Field(MatchConfig(), description="Sounds to find patches for.")
    refinement: RefinementConfig = Field(
        RefinementConfig(), description="Refinement of solvers' answers."
    )
    patch_searches: PatchSearchConfig = Field(
        PatchSearchConfig(), description="Searches of patches, error against number of renders."
    )
    report: ReportConfig = Field(description="What the report shows.")

    @model_validator(mode="after")
    def _paths_stay_inside(self) -> Self:
        path = PurePosixPath(self.results)
        if path.is_absolute() or ".." in path.parts or path == PurePosixPath():
            raise ValueError(f"results is '{self.results}'; name a folder below the working folder")
        return self

    @model_validator(mode="after")
    def _ablation_changes_what_it_knows(self) -> Self:
        if self.ablation is None:
            return self
        earlier = [e.name for e in self.experiments]
        for variant in self.ablation.variants:
            if variant.base not in earlier:
                raise ValueError(
                    f"ablation.variants.{variant.name}.base: there is no '{variant.base}' (known: "
                    f"{', '.join(earlier)}); name one of them, or write ablation: null for none"
                )
            if variant.name in earlier:
                raise ValueError(f"ablation.variants: the name '{variant.name}' is taken already")
            earlier.append(variant.name)
        for name in self.ablation.learning_curves.of if self.ablation.learning_curves else ():
            _known("ablation.learning_curves.of", name, earlier)
        if len({points[0].test for points in self.learning_curves.values()}) > 1:
            raise ValueError("ablation.learning_curves.of: name experiments with one test set")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for field in ("data_sets", "spectrograms", "grid_searches", "experiments", "solvers"):
            counts = Counter(item.name for item in getattr(self, field))
            repeated = [name for name, count in counts.items() if count > 1]
            if repeated:
                raise ValueError(f"{field}: the name '{repeated[0]}' is given twice")
        # All of them answer test sets, and an answer's folder has its name.
        taken = dict.fromkeys(BASELINES, "a baseline") | dict.fromkeys(
            get_args(PatchSearchMethod), "a search"
        )
        for field, kind, items in (
            ("experiments", "an experiment", self.experiments),
            ("ablation", "an experiment of the ablation", self.studied),
            ("solvers", "a solver", self.solvers),
        ):
            for item in items:
                if item.name in taken:
                    raise ValueError(
                        f"{field}: '{item.name}' is the name of {taken[item.name]}; choose another"
                    )
                taken[item.name] = kind
        for solver in self.refined:
            if solver.refined in taken:
                raise ValueError(
                    f"solvers: '{solver.refined}' is the refined answer of '{solver.name}' and "
                    f"{taken[solver.refined]}; choose another name"
                )
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        sets = [d.name for d in self.data_sets]
        spectrograms = [v.name for v in self.spectrograms]
        earlier: list[str] = []
        for grid_search in self.grid_searches:
            where = f"grid_searches.{grid_search.name}"
            _known(f"{where}.data_set", grid_search.data_set, sets)
            _known(f"{where}.spectrogram", grid_search.spectrogram, spectrograms)
            if grid_search.start_from is not None:
                _known(f"{where}.start_from", grid_search.start_from, earlier)
            earlier.append(grid_search.name)
        for where, experiment in self._trained():
            _known(f"{where}.train", experiment.train, sets)
            _known(f"{where}.test", experiment.test, sets)
            _known(f"{where}.spectrogram", experiment.spectrogram, spectrograms)
            if experiment.start_from is not None:
                _known(f"{where}.start_from", experiment.start_from, earlier)
            if experiment.train == experiment.test:
                raise ValueError(f"{where}: test must not be the data set it trains on")
            self._check_samples(where, experiment)
        experiments = [e.name for e in self.experiments]
        _known("report.main", self.report.main, experiments)
        _known("report.unregularised", self.report.unregularised, experiments)
        _known("report.windows.data_set", self.report.windows.data_set, sets)
        return self

    @model_validator(mode="after")
    def _solvers_can_be_trained(self) -> Self:
        sets = [d.name for d in self.data_sets]
        for solver in self.solvers:
            where = f"solvers.{solver.name}"
            _known(f"{where}.test", solver.test, sets)
            if solver.test not in [e.test for e in self.networks]:
                raise ValueError(
                    f"{where}.test: no experiment is tested on '{solver.test}', so it has no "
                    "baselines to compare with"
                )
            if solver.train is not None:
                _known(f"{where}.train", solver.train, sets)
            elif self.engine.kind == "live":
                raise ValueError(
                    f"{where}.train: null renders fresh notes, which an engine played live cannot "
                    "do; name a data set, or write solvers: [] for no solver"
                )
            if solver.train == solver.test:
                raise ValueError(f"{where}: test must not be the data set it trains on")
            try:
                self.solver_settings(solver.name)
            except SynthinvError as error:
                raise ValueError(f"{where}.settings: {error}") from None
        return self

    @model_validator(mode="after")
    def _matching_has_its_solver(self) -> Self:
        if self.match.solver is not None:
            _known("match.solver", self.match.solver, [s.name for s in self.solvers])
        return self

    @model_validator(mode="after")
    def _test_sets_fit(self) -> Self:
        tested: list[tuple[str, ExperimentConfig | SolverExperimentConfig]] = [*self._trained()]
        tested += [(f"solvers.{solver.name}", solver) for solver in self.solvers]
        for where, item in tested:
            if item.train is not None and not self.same_kind(item.train, item.test):
                raise ValueError(
                    f"{where}: the data sets '{item.train}' and '{item.test}' must have the same "
                    "instrument and the same fixed parameters"
                )
        return self

    @model_validator(mode="after")
    def _networks_can_be_built(self) -> Self:
        for grid_search in self.grid_searches:
            where = f"grid_searches.{grid_search.name}.axes"
            for settings in self._networks_from(grid_search.name):
                self._check_network(where, grid_search.spectrogram, settings)
        for where, experiment in self._trained():
            for settings in self._networks_from(experiment.start_from):
                own = {**settings, **experiment.settings}
                self._check_network(f"{where}.settings", experiment.spectrogram, own)
        return self

    @model_validator(mode="after")
    def _report_shows_what_it_says(self) -> Self:
        main, other = (self.experiment(n) for n in (self.report.main, self.report.unregularised))
        if other.test != main.test or other.settings.get("weight_decay") != 0:
            raise ValueError(
                f"report.unregularised: '{other.name}' must have the test set of '{main.name}' "
                "and the setting weight_decay: 0"
            )
        shown = self.report.windows
        if max(shown.windows) > self.audio.samples:
            raise ValueError(
                f"report.windows.windows: {max(shown.windows)} is longer than a note of "
                f"{self.audio.samples} samples"
            )
        if shown.index >= self.data_set(shown.data_set).shard_size:
            raise ValueError(
                f"report.windows.index: is {shown.index}, beyond the first shard of "
                f"'{shown.data_set}'"
            )
        return self

    def _trained(self) -> Iterable[tuple[str, ExperimentConfig]]:
        """Name every experiment's place in the configuration."""
        yield from ((f"experiments.{e.name}", e) for e in self.experiments)
        yield from ((f"ablation.{e.name}", e) for e in self.studied)

    def _check_samples(self, where: str, experiment: ExperimentConfig) -> None:
        data_set, samples = self.data_set(experiment.train), experiment.samples
        if samples is not None and samples > data_set.samples:
            raise ValueError(
                f"{where}.samples: is {samples}, but '{data_set.name}' has only {data_set.samples}"
            )

    def _networks_from(self, grid_search: str | None) -> Iterable[dict[str, Setting]]:
        """List the settings that a search, and those it starts from, can lead to.

        Only those of the network vary: its image must survive in every combination. Of the
        others, every value comes up once.
        """
        axes: dict[str, tuple[Setting, ...]] = {}
        while grid_search is not None:
            section = self.grid_search(grid_search)
            axes = {**section.axes, **axes}
            grid_search = section.start_from
        shaping = {k: v for k, v in axes.items() if k in NetworkConfig.model_fields}
        for values in product(*shaping.values()):
            yield dict(zip(shaping, values, strict=True))
        for axis in axes.keys() - shaping.keys():
            yield from ({axis: value} for value in axes[axis])

    def _check_network(self, where: str, spectrogram: str, settings: Mapping[str, Setting]) -> None:
        try:
            network, _ = apply_settings(self.network, self.training, settings)
        except SynthinvError as error:
            raise ValueError(f"{where}: {error}") from None
        shape = spectrogram_shape(self.spectrogram(spectrogram), self.audio.samples)
        if min(convolved_shapes(network, shape)[-1]) < 1:
            raise ValueError(
                f"spectrograms.{spectrogram}: an image of {shape[0]} × {shape[1]} is too small for "
                f"{network.convolutions} convolutions with pooling ({where}); use more bands, a "
                "shorter window or a smaller network"
            )

    @property
    def playing(self) -> PlayingConfig:
        """The sections that decide how a patch sounds."""
        return PlayingConfig(
            engine=self.engine, note=self.note, audio=self.audio, silence=self.silence
        )

    def data_set(self, name: str) -> DataSetConfig:
        """Look a data set up by its name."""
        return next(d for d in self.data_sets if d.name == name)

    def spectrogram(self, name: str) -> SpectrogramConfig:
        """Look a kind of spectrogram up by its name."""
        return next(v for v in self.spectrograms if v.name == name)

    def grid_search(self, name: str) -> GridSearchConfig:
        """Look a search up by its name."""
        return next(s for s in self.grid_searches if s.name == name)

    def experiment(self, name: str) -> ExperimentConfig:
        """Look an experiment up by its name, the ablation's included."""
        return next(e for e in self.networks if e.name == name)

    def solver_experiment(self, name: str) -> SolverExperimentConfig:
        """Look a solver up by its name."""
        return next(s for s in self.solvers if s.name == name)

    def solver_settings(self, name: str) -> SolverConfig:
        """Return a solver's settings, its own in place of those of the section `solver`."""
        return apply_solver_settings(self.solver, self.solver_experiment(name).settings)

    def patch_count(self, experiment: ExperimentConfig) -> int:
        """Count the patches that an experiment trains and validates on."""
        return experiment.samples or self.data_set(experiment.train).samples

    @property
    def variants(self) -> tuple[ExperimentConfig, ...]:
        """The ablation's variants as experiments."""
        known, found = {e.name: e for e in self.experiments}, []
        for variant in self.ablation.variants if self.ablation else ():
            known[variant.name] = variant.changed(known[variant.base])
            found.append(known[variant.name])
        return tuple(found)

    @property
    def learning_curves(self) -> dict[str, tuple[ExperimentConfig, ...]]:
        """The points of the ablation's learning curves as experiments, by what is trained."""
        curves = self.ablation.learning_curves if self.ablation else None
        if curves is None:
            return {}
        known = {e.name: e for e in (*self.experiments, *self.variants)}
        return {name: curves.experiments(known[name]) for name in curves.of}

    @property
    def studied(self) -> tuple[ExperimentConfig, ...]:
        """The ablation's experiments: its variants, and its learning curves' points."""
        return (*self.variants, *(e for curve in self.learning_curves.values() for e in curve))

    @property
    def networks(self) -> tuple[ExperimentConfig, ...]:
        """Every final training of a network: experiments, then the ablation's."""
        return (*self.experiments, *self.studied)

    @property
    def presented(self) -> tuple[ExperimentConfig | SolverExperimentConfig, ...]:
        """What the report shows one by one, with figures: experiments, then solvers."""
        return (*self.experiments, *self.solvers)

    @property
    def tested(self) -> tuple[ExperimentConfig | SolverExperimentConfig, ...]:
        """Everything that is trained and tested: networks, then solvers."""
        return (*self.networks, *self.solvers)

    @property
    def refined(self) -> tuple[SolverExperimentConfig, ...]:
        """Solvers whose answers are refined: all that may be, on an engine that renders offline."""
        return () if self.engine.kind == "live" else tuple(s for s in self.solvers if s.refine)

    @property
    def predictors(self) -> dict[str, str]:
        """Every answer but the baselines', and the test set that it answers."""
        tested = {t.name: t.test for t in self.tested}
        return {**tested, **{s.refined: s.test for s in self.refined}}

    @property
    def patch_search_methods(self) -> tuple[str, ...]:
        """Searches of patches, on an engine that renders offline."""
        return () if self.engine.kind == "live" else self.patch_searches.methods

    @property
    def counts_renders(self) -> bool:
        """Whether there is an error against number of renders to show."""
        return bool(self.refined or self.patch_search_methods)

    def test_set(self, name: str) -> str:
        """Name the test set of an experiment, a solver or a refined answer."""
        return self.predictors[name]

    @property
    def matched(self) -> tuple[str, dict[str, int]]:
        """Instrument file, and fixed parameters, of the patches found for sounds."""
        if self.match.solver is None:
            return self.instrument, {}
        data_set = self.test_set(self.match.solver)
        return self.instrument_of(data_set), self.data_set(data_set).fixed

    @property
    def data_sets_used(self) -> tuple[str, ...]:
        """Names of the data sets that something in the configuration uses, in order."""
        used = {self.report.windows.data_set}
        used |= {grid_search.data_set for grid_search in self.grid_searches}
        used |= {name for t in self.tested for name in (t.train, t.test) if name is not None}
        return tuple(d.name for d in self.data_sets if d.name in used)

    def same_kind(self, first: str, second: str) -> bool:
        """Tell whether two data sets have the same instrument and the same fixed parameters."""
        kinds = [(self.instrument_of(n), self.data_set(n).fixed) for n in (first, second)]
        return kinds[0] == kinds[1]

    def instrument_of(self, data_set: str) -> str:
        """Path of the instrument file of a data set."""
        return self.data_set(data_set).instrument or self.instrument


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


def _known(field: str, name: str, names: Iterable[str]) -> None:
    names = list(names)
    if name not in names:
        choices = ", ".join(names) or "none are defined before it"
        raise ValueError(f"{field}: there is no '{name}' (known: {choices})")
