"""The files that the report reads; it finds them by their path patterns."""

from synthinv.config import plan
from synthinv.config.ablation import learning_curve_experiments
from synthinv.config.root import Config
from synthinv.pipeline import paths
from synthinv.pipeline.stage_inputs import StageInputs
from synthinv.pipeline.targets import Targets


def report_inputs(config: Config) -> list[str]:
    """List every file that the report reads.

    Parameters
    ----------
    config : Config
        The configuration.

    Returns
    -------
    list of str
        Paths, relative to the working folder.
    """
    return [
        *_captures(config),
        *_scores(config),
        *_grid_searches(config),
        *_experiments_and_solvers(config),
        *_played_predictions(config),
        *_patch_searches(config),
        *_ablation(config),
        *_readings(config),
    ]


def _captures(config: Config) -> list[str]:
    targets = Targets(config)
    files = [targets.result(paths.WINDOWS_FIGURE)] if plan.report(config).windows else []
    for data_set in plan.captured_data_sets(config):
        files += targets.shards(paths.SHARD_MANIFEST, data_set)
    for test_set in plan.test_sets(config):
        files += targets.shards(paths.SHARD_AUDIO, test_set)
        files += targets.shards(paths.SHARD_LABELS, test_set)
    return files


def _scores(config: Config) -> list[str]:
    targets, main = Targets(config), plan.main_test_set(config)
    files = [targets.result(table) for table in (paths.METRICS, paths.KNOBS)]
    files += [targets.result(p, data_set=main) for p in (paths.AUDIBILITY, paths.RECAPTURE)]
    return [*files, *StageInputs(config).all_scores()]


def _grid_searches(config: Config) -> list[str]:
    targets, inputs = Targets(config), StageInputs(config)
    files = []
    for grid_search in config.grid_searches:
        files += inputs.winner(grid_search.name)
        files += inputs.grid_search_cells(grid_search.name)
        files.append(targets.result(paths.GRID_SEARCH_FIGURE, grid_search=grid_search.name))
    return files


def _experiments_and_solvers(config: Config) -> list[str]:
    targets = Targets(config)
    files = [targets.result(paths.TRAINING_FIGURE)] if plan.main_experiments(config) else []
    patterns = (paths.HISTORY, paths.EXAMPLE_FIGURE, paths.ERRORS_FIGURE, paths.KNOBS_FIGURE)
    for predictor in plan.reported_one_by_one(config):
        files += [targets.result(pattern, predictor=predictor.name) for pattern in patterns]
        files.append(targets.prediction(paths.PREDICTION, predictor.name))
    files += [targets.result(paths.SOLVER_FIGURE, solver=s.name) for s in config.solvers]
    return files


def _played_predictions(config: Config) -> list[str]:
    """List the notes of the main experiment, the solvers and their refinements."""
    targets = Targets(config)
    refined = [plan.refined_name(solver) for solver in plan.refined_solvers(config)]
    files = [targets.prediction(paths.PREDICTION, name) for name in refined]
    patterns = (paths.PREDICTION_MANIFEST, paths.PREDICTION_AUDIO, paths.PREDICTION_PATCHES)
    main = [pair[0].name] if (pair := plan.main_experiments(config)) else []
    for name in (*main, *(s.name for s in config.solvers), *refined):
        files += [targets.prediction(pattern, name) for pattern in patterns]
    return files


def _patch_searches(config: Config) -> list[str]:
    if not plan.has_render_curves(config):
        return []
    return [Targets(config).result(p) for p in (paths.PATCH_SEARCHES, paths.PATCH_SEARCH_FIGURE)]


def _ablation(config: Config) -> list[str]:
    if config.ablation is None:
        return []
    patterns = [paths.ABLATION, paths.ABLATION_FIGURE]
    patterns += [paths.CURVES_FIGURE] if learning_curve_experiments(config) else []
    return [Targets(config).result(pattern) for pattern in patterns]


def _readings(config: Config) -> list[str]:
    if config.readings is None:
        return []
    return [Targets(config).result(pattern) for pattern in (paths.READINGS, paths.AGREEMENT)]
