"""What follows from a configuration: experiments, predictors, and the data sets that they need.

A predictor is whatever predicts the patches of a test set: an experiment's network, a solver, a
solver's refinement or a baseline. Its name is that of its folder of predictions.
"""

from typing import Any, NamedTuple

from synthinv.config.ablation import (
    ablation_experiments,
    learning_curve_experiments,
    variant_experiments,
)
from synthinv.config.overrides import apply_solver_settings
from synthinv.config.readings import reading_data_sets
from synthinv.config.root import Config
from synthinv.config.sections.data_set import DataSetConfig
from synthinv.config.sections.experiment import ExperimentConfig
from synthinv.config.sections.readings import ReadingConfig
from synthinv.config.sections.report import ReportConfig
from synthinv.config.sections.solver import SolverConfig, SolverExperimentConfig
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.instruments.registry import instrument_file

BASELINE_PATCHES = 10_000
"""Patches that baselines learn from where no experiment says how many."""


class InstrumentSetup(NamedTuple):
    """An instrument file, and the parameters that are held at one step."""

    file: str
    fixed: dict[str, int]


class TrainingData(NamedTuple):
    """Spectrograms to learn from.

    Attributes
    ----------
    data_set : str
        Data set.
    spectrogram : str
        Kind of spectrogram.
    samples : int or None
        Number of patches, from the start of the data set; None for all.
    """

    data_set: str
    spectrogram: str
    samples: int | None


# Experiments and other predictors.


def all_experiments(config: Config) -> tuple[ExperimentConfig, ...]:
    """Return the configured experiments, then those of the ablation."""
    return (*config.experiments, *ablation_experiments(config))


def experiment(config: Config, name: str) -> ExperimentConfig:
    """Return the experiment of a name, configured or of the ablation."""
    return next(e for e in all_experiments(config) if e.name == name)


def report(config: Config) -> ReportConfig:
    """Return what the report shows, of a configuration that has one."""
    assert config.report is not None
    return config.report


def main_experiments(config: Config) -> tuple[ExperimentConfig, ExperimentConfig] | None:
    """Return the experiment that heads the report and its counterpart without L2, if any."""
    shown = config.report
    if shown is None or shown.main is None or shown.unregularised is None:
        return None
    return config.experiment(shown.main), config.experiment(shown.unregularised)


def patch_count(config: Config, experiment: ExperimentConfig) -> int:
    """Return the number of patches that an experiment trains and validates on."""
    return experiment.samples or config.data_set(experiment.train).samples


def solver_settings(config: Config, solver: str) -> SolverConfig:
    """Return a solver's settings: the section `solver`, overridden by the solver's own."""
    return apply_solver_settings(config.solver, config.solver_experiment(solver).settings)


def refined_solvers(config: Config) -> tuple[SolverExperimentConfig, ...]:
    """Return the solvers whose predictions are refined: none on an engine played live."""
    return tuple(s for s in config.solvers if s.refine) if config.engine.offline else ()


def refined_name(solver: SolverExperimentConfig) -> str:
    """Return the name of a solver's refinement as a predictor."""
    return f"{solver.name}-refined"


def trained_predictors(config: Config) -> tuple[ExperimentConfig | SolverExperimentConfig, ...]:
    """Return every predictor that is trained: all experiments, then the solvers."""
    return (*all_experiments(config), *config.solvers)


def reported_one_by_one(
    config: Config,
) -> tuple[ExperimentConfig | SolverExperimentConfig, ...]:
    """Return the predictors with figures of their own: configured experiments, then solvers."""
    return (*config.experiments, *config.solvers)


def predictors(config: Config) -> dict[str, str]:
    """Return the test set of every predictor but the baselines, by the predictor's name."""
    trained = {t.name: t.test for t in trained_predictors(config)}
    return {**trained, **{refined_name(s): s.test for s in refined_solvers(config)}}


# Data sets and instruments.


def test_set(config: Config, predictor: str) -> str:
    """Return the name of the test set of an experiment, a solver or a refinement."""
    return predictors(config)[predictor]


def main_test_set(config: Config) -> str:
    """Return the name of the test set that heads the report.

    Audibility is measured on it, and patch searches take its first sounds.
    """
    if pair := main_experiments(config):
        return pair[0].test
    tested = [*(s.test for s in config.solvers), *(e.test for e in config.experiments)]
    return tested[0]


def test_sets(config: Config) -> tuple[str, ...]:
    """Return the names of all test sets, those of the experiments first."""
    return tuple(dict.fromkeys(trained.test for trained in trained_predictors(config)))


def trained_presets(config: Config) -> dict[str, tuple[str, ...]]:
    """Return the preset files and folders that anything learns from, by their field."""
    names = [grid_search.data_set for grid_search in config.grid_searches]
    names += [trained.train for trained in trained_predictors(config) if trained.train]
    fields = {f"data_sets.{name}.presets": config.data_set(name).presets for name in names}
    varied = config.solver.varied
    for kind in varied.kinds if varied else ():
        if kind.presets is not None:
            fields[f"solver.varied.kinds.{kind.name}.presets.files"] = kind.presets.files
    return fields


def reference(config: Config, test_set: str) -> TrainingData | None:
    """Return what the baselines of a test set learn from; None if there is nothing of the kind."""
    for experiment in all_experiments(config):
        if experiment.test == test_set:
            return TrainingData(experiment.train, experiment.spectrogram, experiment.samples)
    data_sets = [s.train for s in config.solvers if s.test == test_set]
    data_sets += [d.name for d in config.data_sets if _could_train(config, d.name, test_set)]
    chosen = next(filter(None, data_sets), None)
    if chosen is None or not config.spectrograms:
        return None
    samples = min(BASELINE_PATCHES, config.data_set(chosen).samples)
    return TrainingData(chosen, config.spectrograms[0].name, samples)


def _could_train(config: Config, data_set: str, test_set: str) -> bool:
    same = instrument_setup(config, data_set) == instrument_setup(config, test_set)
    return same and data_set not in test_sets(config)


def captured_data_sets(config: Config) -> tuple[str, ...]:
    """Return the names of the data sets to capture, in order.

    With a report, these are the ones that something in the configuration uses.
    """
    if config.report is None:
        return tuple(d.name for d in config.data_sets)
    windows = config.report.windows
    used = {windows.data_set} if windows else set()
    used |= {grid_search.data_set for grid_search in config.grid_searches}
    used |= {name for t in trained_predictors(config) for name in (t.train, t.test) if name}
    used |= {r.data_set for name in test_sets(config) if (r := reference(config, name))}
    used |= set(reading_data_sets(config.readings))
    return tuple(d.name for d in config.data_sets if d.name in used)


def shard_names(data_set: DataSetConfig, patches: int | None = None) -> tuple[str, ...]:
    """Return the names of the shards that hold the first `patches` of a data set, or all."""
    count = -(-(patches or data_set.samples) // data_set.shard_size)
    return tuple(f"{i:05d}" for i in range(count))


def shard_rows(data_set: DataSetConfig, shard: str) -> tuple[int, int]:
    """Return the first patch of a shard, and the one after its last."""
    first = int(shard) * data_set.shard_size
    return first, min(first + data_set.shard_size, data_set.samples)


def instrument_setup(config: Config, data_set: str) -> InstrumentSetup:
    """Return the instrument file of a data set, and its fixed parameters."""
    return InstrumentSetup(config.instrument_of(data_set), config.data_set(data_set).fixed)


def match_solver(config: Config, sound: str) -> str | None:
    """Return the configuration's solver that a sound is given to; None for one that ships."""
    return None if sound in gallery_sounds(config) else config.match.solver


def match_instrument(config: Config, sound: str) -> str:
    """Return the path of the instrument file that patches for a sound are found with."""
    if sound in gallery_sounds(config):
        return gallery_instrument(config)
    solver = match_solver(config, sound)
    return config.instrument_of(None if solver is None else test_set(config, solver))


# The documentation's gallery.


def gallery_sounds(config: Config) -> tuple[str, ...]:
    """Return the names of the gallery's sounds."""
    return tuple(sound.name for sound in config.gallery.sounds)


def gallery_instrument(config: Config) -> str:
    """Return the path of the instrument file that the gallery's matches are found with."""
    return str(instrument_file(config.gallery.instrument))


def gallery_setup(config: Config) -> InstrumentSetup:
    """Return the instrument file and the fixed parameters of the gallery's network."""
    return instrument_setup(config, test_set(config, config.gallery.experiment))


def gallery_spectrogram(config: Config) -> SpectrogramConfig:
    """Return the spectrogram that the gallery's network was trained on."""
    return config.spectrogram(experiment(config, config.gallery.experiment).spectrogram)


# Readings of the thesis.


def readings(config: Config) -> tuple[ReadingConfig, ...]:
    """Return the readings of the thesis that are compared, if any."""
    return config.readings.of if config.readings else ()


def reading(config: Config, name: str) -> ReadingConfig:
    """Return a reading by its name."""
    return next(r for r in readings(config) if r.name == name)


# Patch searches.


def patch_search_methods(config: Config) -> tuple[str, ...]:
    """Return the methods of the patch searches: none on an engine played live."""
    return config.patch_searches.methods if config.engine.offline else ()


def patch_search_jobs(config: Config) -> dict[str, range]:
    """Return the indices of the sounds that each job searches patches for, by the job's name."""
    searches = config.patch_searches
    count = min(searches.sounds, config.data_set(main_test_set(config)).samples)
    starts = range(0, count, searches.sounds_per_job)
    return {
        f"{i:05d}": range(start, min(start + searches.sounds_per_job, count))
        for i, start in enumerate(starts)
    }


def has_render_curves(config: Config) -> bool:
    """Return whether anything is measured against its number of renders."""
    return bool(refined_solvers(config) or patch_search_methods(config))


def one_render_predictors(config: Config) -> list[str]:
    """Return the names of the predictors, each of one render, to compare patch searches with."""
    shown = [p.name for p in reported_one_by_one(config) if p.test == main_test_set(config)]
    return ["mean", "nearest", "one_step", *shown]


# Figures and tables of the report.


def baseline_test_set(config: Config, grid_search: str) -> str | None:
    """Return the test set whose baselines a grid search's losses compare with, if there is one."""
    data_set, main = config.grid_search(grid_search).data_set, main_test_set(config)
    same = instrument_setup(config, data_set) == instrument_setup(config, main)
    return main if same else None


def example_spectrogram(config: Config, predictor: str) -> SpectrogramConfig:
    """Return the spectrogram that a predictor's example is drawn as.

    An experiment's own; for a solver, that of the baselines on its test set.
    """
    own = {e.name: e.spectrogram for e in all_experiments(config)}
    if predictor not in own:
        learnt = reference(config, test_set(config, predictor))
        assert learnt is not None  # `synthinv.config.checks` sees to it
        own[predictor] = learnt.spectrogram
    return config.spectrogram(own[predictor])


def ablation_rows(config: Config) -> list[dict[str, Any]]:
    """Return the rows of the ablation's table, without their errors.

    Parameters
    ----------
    config : Config
        The configuration.

    Returns
    -------
    list of dict
        In order: the experiments that variants change, the variants, and the points of the learning
        curves. The keys are `experiment`, `title`, `base` (what it changes; empty for an
        experiment), `curve` (the experiment whose learning curve it is a point of; empty if none),
        `data_set` (its test set), `samples` and `epochs`. Empty without an ablation.
    """
    bases = {v.name: v.base for v in config.ablation.variants} if config.ablation else {}
    starts = [e for e in config.experiments if e.name in bases.values()]
    steps = [*starts, *variant_experiments(config)]
    rows = [_ablation_row(config, e, base=bases.get(e.name, "")) for e in steps]
    for name, points in learning_curve_experiments(config).items():
        rows += [_ablation_row(config, point, curve=name) for point in points]
    return rows


def ablation_test_sets(config: Config) -> tuple[str, ...]:
    """Return the names of the test sets of the ablation's table, in order."""
    return tuple(dict.fromkeys(row["data_set"] for row in ablation_rows(config)))


def ablation_instruments(config: Config) -> dict[str, tuple[str, dict[str, int]]]:
    """Return the instrument and the fixed parameters of each test set of the ablation's table."""
    return {
        name: (config.instrument_of(name), config.data_set(name).fixed)
        for name in ablation_test_sets(config)
    }


def _ablation_row(
    config: Config, experiment: ExperimentConfig, base: str = "", curve: str = ""
) -> dict[str, Any]:
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "base": base,
        "curve": curve,
        "data_set": experiment.test,
        "samples": patch_count(config, experiment),
        "epochs": experiment.epochs,
    }
