"""Every job of the workflow, with a result that shows that it is done."""

from collections.abc import Iterator
from dataclasses import dataclass

from synthinv.config import plan
from synthinv.config.ablation import learning_curve_experiments
from synthinv.config.names import BASELINES
from synthinv.config.readings import reading_trainings
from synthinv.config.root import Config
from synthinv.config.shapes import spectrogram_shape
from synthinv.pipeline import paths
from synthinv.pipeline.targets import Targets
from synthinv.thesis.grid import cells

CAPTURE = "capture"
PREDICTIONS = "predictions"
TABLES = "tables, figures and report"


@dataclass(frozen=True)
class PlannedJob:
    """A job of the workflow.

    Attributes
    ----------
    step : str
        The step of the workflow that it belongs to, in words.
    kind : str
        Jobs of one kind take about as long as each other.
    name : str
        Path of its log below `logs/` and of its benchmark below `benchmarks/`, without suffix.
    result : str
        One of its results, relative to the working folder. Snakemake keeps all results of a job, or
        none.
    threads : int
        Number of cores that it keeps busy.
    one_training : bool
        Whether the epochs in its log are those of one training, and all of its work.
    """

    step: str
    kind: str
    name: str
    result: str
    threads: int = 1
    one_training: bool = False


def planned_jobs(config: Config) -> list[PlannedJob]:
    """List every job that the report depends on, in the order of the workflow.

    Parameters
    ----------
    config : Config
        The configuration.

    Returns
    -------
    list of PlannedJob
        Jobs of one step stand together.
    """
    return [
        *_captures(config),
        *_spectrograms(config),
        *_grid_searches(config),
        *_trainings(config),
        *_solver_trainings(config),
        *_predictions(config),
        *_refinements(config),
        *_patch_searches(config),
        *_readings(config),
        *_tables(config),
    ]


def _captures(config: Config) -> Iterator[PlannedJob]:
    targets = Targets(config)
    captured = [config.data_set(name) for name in plan.captured_data_sets(config)]
    step = f"{CAPTURE} ({sum(data_set.samples for data_set in captured):,} notes)"
    for data_set in captured:
        for shard, file in zip(
            plan.shard_names(data_set),
            targets.shards(paths.SHARD_MANIFEST, data_set.name),
            strict=True,
        ):
            yield PlannedJob(step, CAPTURE, f"capture/{data_set.name}/{shard}", file)


def _spectrograms(config: Config) -> list[PlannedJob]:
    """List the stores of all kinds of spectrograms, each once, kind by kind."""
    targets = Targets(config)
    # (spectrogram, data set) to the number of patches that something uses, None for all.
    used: dict[tuple[str, str], int] = {}

    def use(spectrogram: str, data_set: str, patches: int | None = None) -> None:
        count = patches or config.data_set(data_set).samples
        used[spectrogram, data_set] = max(count, used.get((spectrogram, data_set), 0))

    for search in config.grid_searches:
        use(search.spectrogram, search.data_set)
    for experiment in plan.all_experiments(config):
        use(experiment.spectrogram, experiment.train, plan.patch_count(config, experiment))
        use(experiment.spectrogram, experiment.test)
    section = config.readings
    for reading in plan.readings(config):
        for training in reading_trainings(section, reading) if section else ():
            for data_set in filter(None, (training.train, training.test)):
                use(training.spectrogram, data_set)
    jobs = [
        PlannedJob(
            f"spectrograms, {_bands(config, spectrogram)}",
            f"spectrogram/{spectrogram}",
            f"spectrogram/{spectrogram}/{data_set}/{shard}",
            targets.result(
                paths.STORE_MANIFEST, spectrogram=spectrogram, data_set=data_set, shard=shard
            ),
        )
        for (spectrogram, data_set), patches in used.items()
        for shard in plan.shard_names(config.data_set(data_set), patches)
    ]
    order = list(dict.fromkeys(job.step for job in jobs))
    return sorted(jobs, key=lambda job: order.index(job.step))


def _grid_searches(config: Config) -> Iterator[PlannedJob]:
    targets = Targets(config)
    for search in config.grid_searches:
        axes = ", ".join(axis.replace("_", " ") for axis in search.axes)
        step = f"grid search {search.name} ({axes}), {_epochs(search.epochs)}"
        for cell in cells(search):
            for repeat in range(search.repeats):
                # Cells differ in size, so their times do, too; the mean is that of the grid so far.
                yield PlannedJob(
                    step,
                    f"grid_search/{search.name}",
                    f"grid_search/{search.name}/{cell}/{repeat}",
                    targets.result(paths.CELL, grid_search=search.name, cell=cell, repeat=repeat),
                    config.training.threads,
                    one_training=True,
                )


def _trainings(config: Config) -> list[PlannedJob]:
    targets = Targets(config)
    jobs = []
    for experiment in plan.all_experiments(config):
        patches = plan.patch_count(config, experiment)
        step = (
            f"trainings, {patches:,} notes, {_epochs(experiment.epochs)}, "
            f"{_bands(config, experiment.spectrogram)}"
        )
        file = targets.result(paths.HISTORY, predictor=experiment.name)
        name = f"train/{experiment.name}"
        jobs.append(PlannedJob(step, step, name, file, config.training.threads, one_training=True))
    order = list(dict.fromkeys(job.step for job in jobs))
    return sorted(jobs, key=lambda job: order.index(job.step))


def _solver_trainings(config: Config) -> Iterator[PlannedJob]:
    targets = Targets(config)
    for solver in config.solvers:
        settings = plan.solver_settings(config, solver.name)
        step = f"{solver.title}, {settings.notes:,} notes"
        file = targets.result(paths.HISTORY, predictor=solver.name)
        name = f"train/{solver.name}"
        yield PlannedJob(step, name, name, file, settings.threads)


def _predictions(config: Config) -> Iterator[PlannedJob]:
    """List, for every predictor, its predictions, their notes and their scores."""
    targets = Targets(config)
    # How the predictions of each predictor are made, and with how many threads.
    made = {e.name: ("predict", config.training.threads) for e in plan.all_experiments(config)}
    made |= {
        s.name: ("solve", plan.solver_settings(config, s.name).threads) for s in config.solvers
    }
    made |= {plan.refined_name(s): ("join", 1) for s in plan.refined_solvers(config)}
    for test_set in plan.test_sets(config):
        labels = targets.manifest(paths.PREDICTION, data_set=test_set, predictor=BASELINES[0])
        name = f"predictions/{test_set}/baselines"
        yield PlannedJob(PREDICTIONS, "baselines", name, labels)
    for predictor, test_set in plan.predictors(config).items():
        kind, threads = made[predictor]
        labels = targets.manifest(paths.PREDICTION, data_set=test_set, predictor=predictor)
        name = f"predictions/{test_set}/{predictor}"
        yield PlannedJob(PREDICTIONS, kind, f"{name}/{kind}", labels, threads)
    tested = [(name, test_set) for test_set in plan.test_sets(config) for name in BASELINES]
    for predictor, test_set in [*tested, *plan.predictors(config).items()]:
        wildcards = {"data_set": test_set, "predictor": predictor}
        name = f"predictions/{test_set}/{predictor}"
        notes = targets.result(paths.PREDICTION_MANIFEST, **wildcards)
        scores = targets.manifest(paths.SCORES, **wildcards)
        yield PlannedJob(PREDICTIONS, "play", f"{name}/play", notes)
        yield PlannedJob(PREDICTIONS, "score", f"{name}/score", scores)


def _refinements(config: Config) -> Iterator[PlannedJob]:
    targets = Targets(config)
    step = f"refinement, {config.refinement.renders:,} renders a sound"
    for solver in plan.refined_solvers(config):
        for shard in plan.shard_names(config.data_set(solver.test)):
            wildcards = {"data_set": solver.test, "solver": solver.name, "shard": shard}
            file = targets.manifest(paths.REFINED_SHARD, **wildcards)
            name = f"predictions/{solver.test}/{plan.refined_name(solver)}/{shard}"
            yield PlannedJob(step, "refine", name, file)


def _patch_searches(config: Config) -> Iterator[PlannedJob]:
    targets, main = Targets(config), plan.main_test_set(config)
    step = f"patch searches, {config.patch_searches.renders:,} renders a sound"
    for method in plan.patch_search_methods(config):
        for job in plan.patch_search_jobs(config):
            wildcards = {"data_set": main, "method": method, "job": job}
            file = targets.manifest(paths.PATCH_SEARCH_CURVES, **wildcards)
            name = f"patch_search/{main}/{method}/{job}"
            yield PlannedJob(step, f"patch_search/{method}", name, file)


def _readings(config: Config) -> Iterator[PlannedJob]:
    targets, section = Targets(config), config.readings
    for reading in plan.readings(config):
        for repeat in range(section.repeats if section else 0):
            yield PlannedJob(
                "readings of the thesis",
                "reading",
                f"readings/{reading.name}/{repeat}",
                targets.result(paths.READING, reading=reading.name, repeat=repeat),
                config.training.threads,
            )


def _tables(config: Config) -> Iterator[PlannedJob]:
    targets, main = Targets(config), plan.main_test_set(config)
    files = {
        "config": targets.result(paths.CONFIG),
        **{
            f"predictions/{main}/{name}": targets.result(pattern, data_set=main)
            for name, pattern in (("audibility", paths.AUDIBILITY), ("recapture", paths.RECAPTURE))
        },
        "metrics": targets.result(paths.METRICS),
        "knobs": targets.result(paths.KNOBS),
        "figures/windows": targets.result(paths.WINDOWS_FIGURE),
        "figures/training": targets.result(paths.TRAINING_FIGURE),
        "report": targets.result(paths.REPORT),
    }
    for search in config.grid_searches:
        winner = targets.result(paths.WINNER, grid_search=search.name)
        figure = targets.result(paths.GRID_SEARCH_FIGURE, grid_search=search.name)
        files[f"grid_search/{search.name}/winner"] = winner
        files[f"figures/grid_search-{search.name}"] = figure
    for solver in config.solvers:
        file = targets.result(paths.SOLVER_FIGURE, solver=solver.name)
        files[f"figures/solver-{solver.name}"] = file
    for predictor in plan.reported_one_by_one(config):
        file = targets.result(paths.KNOBS_FIGURE, predictor=predictor.name)
        files[f"figures/prediction-{predictor.name}"] = file
    if plan.has_render_curves(config):
        files["patch_searches"] = targets.result(paths.PATCH_SEARCHES)
        files["figures/patch_search"] = targets.result(paths.PATCH_SEARCH_FIGURE)
    if config.readings is not None:
        files["readings/compare"] = targets.result(paths.AGREEMENT)
    if config.ablation is not None:
        files["ablation"] = targets.result(paths.ABLATION)
        files["figures/ablation"] = targets.result(paths.ABLATION_FIGURE)
    if learning_curve_experiments(config):
        files["figures/learning_curves"] = targets.result(paths.CURVES_FIGURE)
    for name, file in files.items():
        # Figures take about as long as each other; every table is a kind of its own.
        kind = "figures" if name.startswith("figures/") else name
        yield PlannedJob(TABLES, kind, name, file)


def _epochs(count: int) -> str:
    return f"{count} epoch{'s' if count > 1 else ''}"


def _bands(config: Config, spectrogram: str) -> str:
    bands, frames = spectrogram_shape(config.spectrogram(spectrogram), config.audio.samples)
    return f"{bands} × {frames}"
