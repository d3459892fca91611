"""The files that the workflow is for: those that `rule all` asks for."""

from synthinv.config import plan
from synthinv.config.benchmark import chosen_methods
from synthinv.config.root import Config
from synthinv.pipeline import paths
from synthinv.pipeline.stage_inputs import StageInputs
from synthinv.pipeline.targets import Targets


def final_targets(config: Config) -> list[str]:
    """List the files that a plain `snakemake` call makes.

    Parameters
    ----------
    config : Config
        The configuration.

    Returns
    -------
    list of str
        With a report: the report and the metrics. Without one: a file of everything that the
        configuration has, which is captured, computed and trained, but not judged. In both cases
        the scores of a benchmark, which no report shows.
    """
    targets, inputs = Targets(config), StageInputs(config)
    scores = [targets.result(paths.BENCHMARK_SCORES)] if chosen_methods(config.benchmark) else []
    if config.report is not None:
        return [targets.result(paths.REPORT), targets.result(paths.METRICS), *scores]
    files = [targets.result(paths.CONFIG)]
    for data_set in plan.captured_data_sets(config):
        files += targets.shards(paths.SHARD_MANIFEST, data_set)
    files += inputs.all_stores(paths.STORE_MANIFEST)
    for grid_search in config.grid_searches:
        files += inputs.winner(grid_search.name)
    files += [
        targets.result(paths.MODEL, predictor=predictor.name)
        for predictor in plan.trained_predictors(config)
    ]
    files += [targets.result(paths.READINGS)] if config.readings else []
    return [*files, *scores]
