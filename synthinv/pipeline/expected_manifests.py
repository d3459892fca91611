"""The manifests that a finished workflow has written, for `synthinv verify`."""

from pathlib import Path

from synthinv.config import plan
from synthinv.config.benchmark import chosen_methods
from synthinv.config.root import Config
from synthinv.pipeline import paths
from synthinv.pipeline.benchmark_inputs import BenchmarkInputs
from synthinv.pipeline.stage_inputs import StageInputs
from synthinv.pipeline.targets import Targets


def expected_manifests(config: Config) -> list[str]:
    """List every manifest that a finished workflow has written, each once.

    Parameters
    ----------
    config : Config
        The configuration.

    Returns
    -------
    list of str
        Paths, relative to the working folder.
    """
    files = [
        Targets(config).manifest(paths.CONFIG),
        *_captures(config),
        *_grid_searches(config),
        *_trainings(config),
        *_readings(config),
        *_benchmark(config),
    ]
    if config.report is None:
        files += StageInputs(config).all_stores(paths.STORE_MANIFEST)
    else:
        files += [*_predictions(config), *_tables(config)]
    return list(dict.fromkeys(files))


def _captures(config: Config) -> list[str]:
    targets, captured = Targets(config), plan.captured_data_sets(config)
    tables = [
        targets.manifest(paths.PRESETS, data_set=name)
        for data_set in map(config.data_set, captured)
        for name in (*data_set.apart_from, data_set.name)
        if data_set.presets
    ]
    shards = (targets.shards(paths.SHARD_MANIFEST, data_set) for data_set in captured)
    return [*tables, *(file for files in shards for file in files)]


def _grid_searches(config: Config) -> list[str]:
    inputs = StageInputs(config)
    files = []
    for name in (grid_search.name for grid_search in config.grid_searches):
        files += inputs.grid_search_stores(paths.STORE_MANIFEST, name)
        files += [*inputs.grid_search_cells(name), *inputs.winner(name)]
    return files


def _trainings(config: Config) -> list[str]:
    """List the manifests of stores and weights, and the histories, which are their own."""
    targets, inputs = Targets(config), StageInputs(config)
    files = []
    for experiment in plan.all_experiments(config):
        files += inputs.training_stores(paths.STORE_MANIFEST, experiment.name)
    for predictor in plan.trained_predictors(config):
        files += [
            targets.result(pattern, predictor=predictor.name)
            for pattern in (paths.MODEL, paths.HISTORY)
        ]
    return files


def _predictions(config: Config) -> list[str]:
    targets, inputs = Targets(config), StageInputs(config)
    files = []
    for experiment in plan.all_experiments(config):
        files += inputs.test_stores(paths.STORE_MANIFEST, experiment.name)
    for test_set in plan.test_sets(config):
        files += inputs.baseline_training_stores(paths.STORE_MANIFEST, test_set)
        files += inputs.baseline_test_stores(paths.STORE_MANIFEST, test_set)
        files += targets.predictions(paths.PREDICTION_MANIFEST, test_set)
        files += [
            Path(name).with_suffix(".json").as_posix()
            for pattern in (paths.PREDICTION, paths.SCORES)
            for name in targets.predictions(pattern, test_set)
        ]
    return files


def _readings(config: Config) -> list[str]:
    inputs = StageInputs(config)
    stores = [
        file
        for reading in plan.readings(config)
        for file in inputs.reading_stores(paths.STORE_MANIFEST, reading.name)
    ]
    targets = Targets(config)
    tables = [paths.READINGS, paths.AGREEMENT] if config.readings else []
    return [*stores, *inputs.readings(), *map(targets.manifest, tables)]


def _benchmark(config: Config) -> list[str]:
    inputs, targets = BenchmarkInputs(config), Targets(config)
    patterns = (paths.BENCHMARK_FOUND, paths.BENCHMARK_FOUND_SECONDS)
    parts = [name for pattern in patterns for name in inputs.found(pattern)]
    tables = (
        [paths.BENCHMARK_SCORES, paths.BENCHMARK_SECONDS]
        if chosen_methods(config.benchmark)
        else []
    )
    found = [Path(name).with_suffix(".json").as_posix() for name in parts]
    return [*found, *map(targets.manifest, tables)]


def _tables(config: Config) -> list[str]:
    targets, main = Targets(config), plan.main_test_set(config)
    tables = [paths.METRICS, paths.KNOBS]
    tables += [paths.ABLATION] if config.ablation else []
    tables += [paths.PATCH_SEARCHES] if plan.has_render_curves(config) else []
    files = [targets.manifest(table) for table in tables]
    files += [targets.manifest(p, data_set=main) for p in (paths.AUDIBILITY, paths.RECAPTURE)]
    return files
