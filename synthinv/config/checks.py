"""Checks of how the sections of a configuration fit together.

Each takes the whole configuration, whose sections are valid by themselves, and raises a
`ValueError` that names the field. They run in the order of `CHECKS`, and each may rely on those
before it.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from synthinv.audio.presses import LONGEST_SECONDS
from synthinv.common.errors import SynthinvError
from synthinv.common.validation import Section
from synthinv.config import plan
from synthinv.config.ablation import ablation_experiments, learning_curve_experiments
from synthinv.config.benchmark import (
    SAMPLE_RATE,
    benchmark_sounds,
    chosen_methods,
    places_of,
    sounds_of_method,
)
from synthinv.config.names import BASELINES
from synthinv.config.overrides import apply_settings
from synthinv.config.readings import OF_THE_THESIS, reading_data_sets, reading_trainings
from synthinv.config.root import Config
from synthinv.config.sections.benchmark import BenchmarkConfig, MethodConfig
from synthinv.config.sections.experiment import ExperimentConfig
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.readings import (
    FinalTrainingConfig,
    ReadingsConfig,
    SimplerTrainingConfig,
)
from synthinv.config.sections.solver import (
    PatchSearchMethod,
    SolverConfig,
    SolverExperimentConfig,
)
from synthinv.config.sections.types import Setting
from synthinv.config.shapes import convolved_shapes, spectrogram_shape

_HasTestSet = (
    ExperimentConfig | SolverExperimentConfig | FinalTrainingConfig | SimplerTrainingConfig
)


def check_results_folder(config: Config) -> None:
    """Refuse a results folder that is not below the working folder, or has wildcards."""
    path = PurePosixPath(config.results)
    if set("{}") & set(config.results):
        raise ValueError(f"results is '{config.results}'; leave the braces out of it")
    if path.is_absolute() or ".." in path.parts or path == PurePosixPath():
        raise ValueError(f"results is '{config.results}'; name a folder below the working folder")


def check_ablation(config: Config) -> None:
    """Refuse variants and learning curves of experiments that do not exist."""
    if config.ablation is None:
        return
    earlier = [e.name for e in config.experiments]
    for variant in config.ablation.variants:
        _require(f"ablation.variants.{variant.name}.base", variant.base, earlier)
        if variant.name in earlier:
            raise ValueError(
                f"ablation.variants: the name '{variant.name}' is taken; choose another"
            )
        earlier.append(variant.name)
    curves = config.ablation.learning_curves
    for name in curves.of if curves else ():
        _require("ablation.learning_curves.of", name, earlier)
    if len({points[0].test for points in learning_curve_experiments(config).values()}) > 1:
        raise ValueError("ablation.learning_curves.of: name experiments with one test set")


def check_names_are_unique(config: Config) -> None:
    """Refuse a name that two items of one list have."""
    lists = {
        field: getattr(config, field)
        for field in ("data_sets", "spectrograms", "grid_searches", "experiments", "solvers")
    }
    lists |= {"readings.of": plan.readings(config), "gallery.sounds": config.gallery.sounds}
    lists |= {"benchmark.methods": config.benchmark.methods}
    for field, items in lists.items():
        counts = Counter(item.name for item in items)
        repeated = [name for name, count in counts.items() if count > 1]
        if repeated:
            raise ValueError(f"{field}: the name '{repeated[0]}' is given twice; rename one")


def check_predictors_are_unique(config: Config) -> None:
    """Refuse a name that two predictors, or a predictor and a patch search, have.

    A predictor's name is that of its folder of predictions.
    """
    taken = dict.fromkeys(BASELINES, "a baseline")
    taken |= dict.fromkeys(get_args(PatchSearchMethod), "a patch search")
    for field, kind, items in (
        ("experiments", "an experiment", config.experiments),
        ("ablation", "an experiment of the ablation", ablation_experiments(config)),
        ("solvers", "a solver", config.solvers),
    ):
        for item in items:
            if item.name in taken:
                raise ValueError(
                    f"{field}: '{item.name}' is the name of {taken[item.name]}; choose another"
                )
            taken[item.name] = kind
    for solver in plan.refined_solvers(config):
        refined = plan.refined_name(solver)
        if refined in taken:
            raise ValueError(
                f"solvers: '{refined}' is the name of the refinement of '{solver.name}' and of "
                f"{taken[refined]}; choose another"
            )


def check_grid_searches(config: Config) -> None:
    """Refuse grid searches that name unknown data sets, spectrograms or earlier searches."""
    earlier: list[str] = []
    for grid_search in config.grid_searches:
        where = f"grid_searches.{grid_search.name}"
        _require(f"{where}.data_set", grid_search.data_set, _names(config.data_sets))
        _require(f"{where}.spectrogram", grid_search.spectrogram, _names(config.spectrograms))
        if grid_search.start_from is not None:
            _require(f"{where}.start_from", grid_search.start_from, earlier)
        earlier.append(grid_search.name)


def check_experiments(config: Config) -> None:
    """Refuse experiments that name what does not exist, or more patches than there are."""
    sets, grid_searches = _names(config.data_sets), _names(config.grid_searches)
    for where, experiment in _experiments(config):
        _require(f"{where}.train", experiment.train, sets)
        _require(f"{where}.test", experiment.test, sets)
        _require(f"{where}.spectrogram", experiment.spectrogram, _names(config.spectrograms))
        if experiment.start_from is not None:
            _require(f"{where}.start_from", experiment.start_from, grid_searches)
        _require_unseen(where, experiment)
        _require_unseen_by_grid_searches(config, where, experiment)
        data_set = config.data_set(experiment.train)
        if plan.patch_count(config, experiment) > data_set.samples:
            raise ValueError(
                f"{where}.samples: is {experiment.samples}, but '{data_set.name}' has only "
                f"{data_set.samples}; lower it"
            )


def check_readings(config: Config) -> None:
    """Refuse readings that name what does not exist, or have settings that they may not have."""
    section = config.readings
    if section is None:
        return
    final, simpler = section.final, section.simpler
    for field, name in (
        ("search.data_set", section.search.data_set),
        *(("final.train", final.train), ("final.test", final.test)),
        *(("simpler.train", simpler.train), ("simpler.test", simpler.test)),
    ):
        _require(f"readings.{field}", name, _names(config.data_sets))
    _require_unseen("readings.final", final)
    _require_unseen("readings.simpler", simpler)
    _require_one_instrument(config, section)
    for reading in section.of:
        where = f"readings.of.{reading.name}"
        for field in ("spectrogram", "fewer_bands"):
            _require(f"{where}.{field}", getattr(reading, field), _names(config.spectrograms))
        fixed = [setting for setting in reading.settings if setting in OF_THE_THESIS]
        if fixed:
            raise ValueError(
                f"{where}.settings: '{fixed[0]}' is set by the thesis's trainings; leave it out"
            )
        # All trainings of a reading run in one job, on the threads that the rule asks for.
        if "threads" in reading.settings:
            raise ValueError(
                f"{where}.settings: 'threads' is one for all readings; set training.threads instead"
            )
        for training in reading_trainings(section, reading):
            _check_network(config, f"{where}.settings", training.spectrogram, training.settings)


def check_report_names(config: Config) -> None:
    """Refuse a report on nothing, and on experiments and data sets that do not exist."""
    if config.report is None:
        return
    if not plan.reported_one_by_one(config):
        raise ValueError(
            "report: it shows experiments and solvers, of which there are none; add one, or leave "
            "the report out"
        )
    main, unregularised = config.report.main, config.report.unregularised
    if (main is None) != (unregularised is None):
        raise ValueError("report: main and unregularised belong together; give both, or neither")
    if main is not None and unregularised is not None:
        _require("report.main", main, _names(config.experiments))
        _require("report.unregularised", unregularised, _names(config.experiments))
    if config.report.windows is not None:
        windows = config.report.windows.data_set
        _require("report.windows.data_set", windows, _names(config.data_sets))


def check_solvers(config: Config) -> None:
    """Refuse solvers that cannot be trained."""
    sets = _names(config.data_sets)
    for solver in config.solvers:
        where = f"solvers.{solver.name}"
        _require(f"{where}.test", solver.test, sets)
        if solver.train is not None:
            _require(f"{where}.train", solver.train, sets)
        elif not config.engine.offline:
            raise ValueError(
                f"{where}.train: null renders fresh notes, which an engine played live cannot "
                "do; name one of data_sets, or leave the solver out"
            )
        _require_unseen(where, solver)
        with _settings_at(f"{where}.settings", solver.settings, SolverConfig):
            settings = plan.solver_settings(config, solver.name)
        if settings.varied is not None:
            _require_notes_for_any_note(config, where, solver)


def _require_notes_for_any_note(config: Config, where: str, solver: SolverExperimentConfig) -> None:
    """Refuse notes that a solver for any note cannot be trained or tested on."""
    if solver.train is not None:
        raise ValueError(
            f"{where}.train: is '{solver.train}', but a solver for any note is trained on fresh "
            "notes; set it to null"
        )
    longest = round(LONGEST_SECONDS * config.audio.sample_rate)
    if config.audio.samples > longest:
        raise ValueError(
            f"audio.samples: is {config.audio.samples:,}, but {where} takes in notes of "
            f"{LONGEST_SECONDS:g} s at most; write {longest:,} or less"
        )


def check_presets(config: Config) -> None:
    """Refuse `apart_from` of what is no earlier data set of presets; files that train and test."""
    earlier: list[str] = []
    for data_set in config.data_sets:
        for name in data_set.apart_from:
            _require(f"data_sets.{data_set.name}.apart_from", name, earlier)
            if plan.instrument_setup(config, name) != plan.instrument_setup(config, data_set.name):
                raise ValueError(
                    f"data_sets.{data_set.name}.apart_from: '{name}' must have the same instrument "
                    "and the same fixed parameters"
                )
        earlier += [data_set.name] if data_set.presets else []
    for where, learned in plan.trained_presets(config).items():
        for test_set in plan.test_sets(config):
            tested = f"data_sets.{test_set}.presets"
            for file, other in product(learned, config.data_set(test_set).presets):
                if where != tested and _overlap(file, other):
                    raise ValueError(
                        f"{where}: '{file}' is also in {tested}, of a test set; take it out of one "
                        "of them"
                    )


def _overlap(file: str, other: str) -> bool:
    """Decide whether two files or folders are the same, or one lies in the other."""
    paths = [Path(os.path.abspath(path)) for path in (file, other)]
    return paths[0].is_relative_to(paths[1]) or paths[1].is_relative_to(paths[0])


def check_match(config: Config) -> None:
    """Refuse a solver for matching that does not exist."""
    if config.match.solver is not None:
        _require("match.solver", config.match.solver, _names(config.solvers))


def check_gallery(config: Config) -> None:
    """Refuse a gallery whose network is not trained."""
    if config.gallery.sounds:
        known = [experiment.name for experiment in plan.all_experiments(config)]
        _require("gallery.experiment", config.gallery.experiment, known)


def check_benchmark(config: Config) -> None:
    """Refuse a benchmark, or a part, without sounds or with repeated ones, and unfit methods."""
    sounds = benchmark_sounds(config.benchmark)
    blocks = (
        (block.bank or " ".join(filter(None, (block.source, block.synth))), program)
        for block in config.benchmark.sounds
        for program in places_of(block)
    )
    for (where, program), count in Counter(blocks).items():
        if count > 1:
            raise ValueError(
                f"benchmark.sounds: program {program} of {where} is in {count} blocks; keep one of "
                "them"
            )
    if sounds and config.audio.sample_rate != SAMPLE_RATE:
        raise ValueError(
            f"audio.sample_rate: is {config.audio.sample_rate:,}, but the sounds of "
            f"benchmark.sounds have {SAMPLE_RATE:,} Hz; leave it out"
        )
    missing = [split for split in config.benchmark.splits if split not in {s.split for s in sounds}]
    if config.benchmark.methods and missing:
        raise ValueError(
            f"benchmark.sounds: none are for '{missing[0]}', one of benchmark.splits; add some"
        )
    families = [block.family for block in config.benchmark.sounds]
    for method in config.benchmark.methods:
        for family in method.sounds if isinstance(method.sounds, dict) else ():
            _require(f"benchmark.methods.{method.name}.sounds", family, families)
        if method.kind == "one_step":
            _require_own_sounds(config, method)
    _require_a_part(config.benchmark)


def _require_a_part(benchmark: BenchmarkConfig) -> None:
    """Refuse a part of a benchmark in which nothing is found."""
    played = dict.fromkeys(m.synth for m in benchmark.methods if m.synth is not None)
    for synth in benchmark.synths:
        _require("benchmark.synths", synth, list(played))
    chosen = chosen_methods(benchmark)
    if benchmark.methods and not chosen:
        raise ValueError(
            "benchmark.kinds: none of the methods is of these kinds and of the synths of "
            "benchmark.synths; name others"
        )
    parts = (sounds_of_method(benchmark, m, split) for m in chosen for split in benchmark.splits)
    if chosen and not any(parts):
        raise ValueError(
            "benchmark.methods: none of those that are run has sounds; name families in sounds "
            "that have some, or their folders in benchmark.sources.own"
        )


def _require_own_sounds(config: Config, method: MethodConfig) -> None:
    for split in config.benchmark.splits:
        for sound in sounds_of_method(config.benchmark, method, split):
            if sound.synth is None or sound.synth != method.synth:
                raise ValueError(
                    f"benchmark.methods.{method.name}: '{sound.name}' is not of the synth "
                    f"'{method.synth}', and so has no patch that could be a step off; name "
                    "families in sounds"
                )


def check_instruments(config: Config) -> None:
    """Refuse to test on another instrument, or on other fixed parameters, than was trained on."""
    trained: list[tuple[str, ExperimentConfig | SolverExperimentConfig]]
    trained = [*_experiments(config), *((f"solvers.{s.name}", s) for s in config.solvers)]
    for where, item in trained:
        if item.train is None:
            continue
        setups = [plan.instrument_setup(config, name) for name in (item.train, item.test)]
        if setups[0] != setups[1]:
            raise ValueError(
                f"{where}: the data sets '{item.train}' and '{item.test}' must have the same "
                "instrument and the same fixed parameters"
            )


def check_networks(config: Config) -> None:
    """Refuse settings out of range, and images too small for a network that they lead to."""
    for grid_search in config.grid_searches:
        where = f"grid_searches.{grid_search.name}.axes"
        for settings in _settings_after(config, grid_search.name):
            _check_network(config, where, grid_search.spectrogram, settings)
    for where, experiment in _experiments(config):
        for settings in _settings_after(config, experiment.start_from):
            own = {**settings, **experiment.settings}
            _check_network(config, f"{where}.settings", experiment.spectrogram, own)


def check_baselines(config: Config) -> None:
    """Refuse a report on a test set whose baselines have nothing to learn from."""
    if config.report is None:
        return
    for test_set in plan.test_sets(config):
        if plan.reference(config, test_set) is None:
            raise ValueError(
                f"report: the baselines on '{test_set}' learn from spectrograms of another data "
                "set with the same instrument and fixed parameters; add one to data_sets, a kind "
                "to spectrograms, or leave the report out"
            )


def check_main_experiment(config: Config) -> None:
    """Refuse a comparison with and without L2 of experiments that differ in more."""
    pair = plan.main_experiments(config)
    if pair is None:
        return
    main, other = pair
    if main.settings.get("weight_decay") == 0:
        raise ValueError(
            f"report.main: '{main.name}' is trained without L2 (weight_decay: 0); name one that is "
            "trained with it"
        )
    if other.test != main.test or other.settings.get("weight_decay") != 0:
        raise ValueError(
            f"report.unregularised: '{other.name}' must have the test set of '{main.name}' "
            "and the setting weight_decay: 0"
        )


def check_windows(config: Config) -> None:
    """Refuse a figure of windows that cannot show its sound."""
    figure = None if config.report is None else config.report.windows
    if figure is None:
        return
    if max(figure.windows) > config.audio.samples:
        raise ValueError(
            f"report.windows.windows: {max(figure.windows)} is longer than a note of "
            f"{config.audio.samples} samples; give shorter ones"
        )
    _, end = plan.shard_rows(config.data_set(figure.data_set), "00000")
    if figure.index >= end:
        raise ValueError(
            f"report.windows.index: is {figure.index}, beyond the first shard of "
            f"'{figure.data_set}'; choose a lower one"
        )


CHECKS = (
    check_results_folder,
    check_ablation,
    check_names_are_unique,
    check_predictors_are_unique,
    check_grid_searches,
    check_experiments,
    check_readings,
    check_report_names,
    check_solvers,
    check_presets,
    check_match,
    check_gallery,
    check_benchmark,
    check_instruments,
    check_networks,
    check_baselines,
    check_main_experiment,
    check_windows,
)


def check(config: Config) -> None:
    """Refuse a configuration whose sections do not fit together.

    Parameters
    ----------
    config : Config
        A configuration whose sections are valid by themselves.

    Raises
    ------
    ValueError
        One sentence naming the field that is wrong, and why.
    """
    for check_part in CHECKS:
        check_part(config)


def _names(items: Iterable[Any]) -> list[str]:
    return [item.name for item in items]


def _require(field: str, name: str, names: list[str]) -> None:
    if name not in names:
        choices = ", ".join(names) or "none are defined before it"
        raise ValueError(f"{field}: there is no '{name}' (known: {choices}); correct it")


def _require_unseen(where: str, item: _HasTestSet) -> None:
    if item.train == item.test:
        raise ValueError(f"{where}: test must not be the data set it trains on; name another")


def _require_unseen_by_grid_searches(
    config: Config, where: str, experiment: ExperimentConfig
) -> None:
    """Refuse a test on the data set by which an experiment's settings were chosen."""
    name = experiment.start_from
    while name is not None:
        grid_search = config.grid_search(name)
        if grid_search.data_set == experiment.test:
            raise ValueError(
                f"{where}: test must not be the data set of grid_searches.{name}, by which its "
                "settings are chosen; name another"
            )
        name = grid_search.start_from


def _require_one_instrument(config: Config, section: ReadingsConfig) -> None:
    """Refuse readings whose data sets differ in their instrument or their fixed parameters.

    Only the fixed parameters of the simpler data sets may differ from those of the others.
    """
    names = reading_data_sets(section)
    if len({config.instrument_of(name) for name in names}) > 1:
        raise ValueError(
            f"readings: the data sets {', '.join(names)} must have the same instrument"
        )
    search, final, simpler = section.search, section.final, section.simpler
    for field, group in (
        ("search and final", (search.data_set, final.train, final.test)),
        ("simpler", (simpler.train, simpler.test)),
    ):
        if any(config.data_set(n).fixed != config.data_set(group[0]).fixed for n in group):
            raise ValueError(
                f"readings: the data sets of {field} must have the same fixed parameters"
            )


def _experiments(config: Config) -> Iterable[tuple[str, ExperimentConfig]]:
    """Yield every experiment with its place in the configuration."""
    yield from ((f"experiments.{e.name}", e) for e in config.experiments)
    yield from ((f"ablation.{e.name}", e) for e in ablation_experiments(config))


def _settings_after(config: Config, grid_search: str | None) -> Iterable[dict[str, Setting]]:
    """Yield the settings that a grid search, and those it starts from, can lead to.

    Of the network's settings every combination, for its image must survive in all of them; of the
    others every value once.
    """
    axes: dict[str, tuple[Setting, ...]] = {}
    while grid_search is not None:
        section = config.grid_search(grid_search)
        axes = {**section.axes, **axes}
        grid_search = section.start_from
    shaping = {k: v for k, v in axes.items() if k in NetworkConfig.model_fields}
    for values in product(*shaping.values()):
        yield dict(zip(shaping, values, strict=True))
    for axis in axes.keys() - shaping.keys():
        yield from ({axis: value} for value in axes[axis])


@contextmanager
def _settings_at(
    where: str, settings: Mapping[str, Any], *sections: type[Section]
) -> Iterator[None]:
    """Refuse settings of none of some sections, and name the place of those out of range."""
    known = [name for section in sections for name in section.model_fields]
    for name in settings:
        _require(where, name, known)
    try:
        yield
    except SynthinvError as error:
        # The place stands for the word with which all errors of settings begin.
        raise ValueError(f"{where}: {str(error).removeprefix('settings: ')}") from None


def _check_network(
    config: Config, where: str, spectrogram: str, settings: Mapping[str, Setting]
) -> None:
    with _settings_at(where, settings, NetworkConfig, TrainingConfig):
        network, _ = apply_settings(config.network, config.training, settings)
    shape = spectrogram_shape(config.spectrogram(spectrogram), config.audio.samples)
    if min(convolved_shapes(network, shape)[-1]) < 1:
        raise ValueError(
            f"spectrograms.{spectrogram}: an image of {shape[0]} × {shape[1]} is too small for "
            f"{network.convolutions} convolutions with pooling ({where}); use more bands, a "
            "shorter window or a smaller network"
        )
