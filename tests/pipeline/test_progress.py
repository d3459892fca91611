import math
from pathlib import Path
from typing import Any

import pytest

from synthinv.config.load import load
from synthinv.config.root import Config
from synthinv.pipeline.planned_jobs import PlannedJob, planned_jobs
from synthinv.pipeline.progress import Progress, Step, all_steps, describe

Mapping = dict[str, Any]

LOG = """\
2026-11-29 07:00:00,100 INFO training on the processor
2026-11-29 07:00:{first},200 INFO epoch {epoch} of 40: squared error 0.1
2026-11-29 07:00:{second},300 INFO epoch {next} of 40: squared error 0.1
"""


@pytest.fixture
def config(mapping: Mapping, tmp_path: Path) -> Config:
    mapping["training"] = {"threads": 2}
    return load(mapping).model_copy(update={"results": str(tmp_path / "results")})


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def finish(config: Config, job: PlannedJob, seconds: float | None) -> None:
    """Write a result of a job, and its benchmark."""
    write(Path(job.result), "")
    if seconds is not None:
        benchmark = Path(config.results, "benchmarks", f"{job.name}.tsv")
        write(benchmark, f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t-\n")


def jobs_of(config: Config, start: str) -> list[PlannedJob]:
    return [job for job in planned_jobs(config) if job.step.startswith(start)]


def step_of(config: Config, start: str) -> Step:
    return next(step for step in Progress(config).steps() if step.name.startswith(start))


def test_nothing_is_known_of_an_empty_folder(config: Config) -> None:
    steps = Progress(config).steps()
    assert not any(step.done or step.known or step.finished for step in steps)
    total = all_steps(steps)
    assert (total.done, total.jobs) == (0, len(planned_jobs(config)))
    assert describe(steps, 2)[-1].split() == ["all", "0", "/", str(total.jobs), "unknown"]


def test_what_is_left_takes_as_long_as_what_is_done(config: Config) -> None:
    cells = jobs_of(config, "grid search")
    for job, seconds in zip(cells[:2], (100, 200), strict=True):
        finish(config, job, seconds)
    step = step_of(config, "grid search")
    assert (step.done, step.jobs, step.measured, step.mean) == (2, 6, 2, 150)
    # Of two threads each.
    assert (step.spent, step.left) == (2 * 300, 2 * 4 * 150)
    row = next(line for line in describe([step], 4) if line.startswith("grid"))
    assert row.split("  ") == [
        "grid search decay (weight decay), 1 epoch",
        "2 / 6",
        "2 min 30 s",
        "5 min",
    ]


def test_a_finished_step_is_done_whether_its_time_is_known_or_not(config: Config) -> None:
    for job in jobs_of(config, "capture"):
        finish(config, job, None)
    step = step_of(config, "capture")
    assert step.finished
    assert (step.left, step.measured) == (0, 0)
    assert math.isnan(step.mean)
    assert describe([step], 1)[1].endswith("done")


def test_a_kind_of_job_that_is_left_and_has_never_been_done_makes_the_time_unknown(
    config: Config,
) -> None:
    for job in jobs_of(config, "predictions"):
        if job.kind == "score":
            finish(config, job, 3)
    step = step_of(config, "predictions")
    assert step.measured
    assert not step.known


@pytest.mark.parametrize(("epoch", "left"), [(1, 38 / 40), (19, 20 / 40)])
def test_a_training_that_is_running_is_judged_by_the_epochs_in_its_log(
    config: Config, epoch: int, left: float
) -> None:
    """Whether it began with the first epoch or went on from a checkpoint."""
    job, other = jobs_of(config, "trainings")
    log = LOG.format(epoch=epoch, next=epoch + 1, first=20, second=40)
    write(Path(config.results, "logs", f"{job.name}.log"), log)
    step = step_of(config, "trainings")
    assert step.done == 0
    assert step.mean == 40 * 20
    # The other one has not begun, and takes as long.
    assert step.left == pytest.approx(2 * 40 * 20 * (left + 1))
    finish(config, other, 1_000)
    assert step_of(config, "trainings").left == pytest.approx(2 * 40 * 20 * left)


def test_a_training_that_went_on_from_a_saved_epoch_took_longer_than_its_last_run(
    config: Config,
) -> None:
    """Its benchmark is that of the last run, which logged two of 40 epochs."""
    job, _ = jobs_of(config, "trainings")
    finish(config, job, 50)
    log = LOG.format(epoch=39, next=40, first=20, second=40)
    write(Path(config.results, "logs", f"{job.name}.log"), log)
    assert step_of(config, "trainings").mean == pytest.approx(50 * 40 / 2)


@pytest.mark.parametrize("text", ["", "s\n", "x\n1\n", "s\nlong\n"])
def test_a_benchmark_that_is_not_whole_is_not_counted(config: Config, text: str) -> None:
    job = jobs_of(config, "capture")[0]
    finish(config, job, None)
    write(Path(config.results, "benchmarks", f"{job.name}.tsv"), text)
    step = step_of(config, "capture")
    assert (step.done, step.measured) == (1, 0)


def test_any_jobs_can_be_counted_as_a_step(config: Config) -> None:
    for job in jobs_of(config, "capture"):
        finish(config, job, 2)
    step = Progress(config).of(lambda job: job.name.startswith("capture/final/"), "mine")
    assert (step.name, step.done, step.spent) == ("mine", 2, 4)
