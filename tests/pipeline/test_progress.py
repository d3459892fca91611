import math
from pathlib import Path

import pytest

from synthinv.pipeline.planned_jobs import PlannedJob
from synthinv.pipeline.progress import Progress, Step, all_steps, describe

LOG = """\
2026-11-29 07:00:00,100 INFO training on the processor
2026-11-29 07:00:{first},200 INFO epoch {epoch} of 40: squared error 0.1
2026-11-29 07:00:{second},300 INFO epoch {next} of 40: squared error 0.1
"""


def planned(
    step: str, rule: str, *names: str, threads: int = 1, one_training: bool = False
) -> list[PlannedJob]:
    folder = step.partition(" ")[0]
    return [
        PlannedJob(
            step, rule, {}, f"{folder}/{name}", f"{folder}/{name}.json", threads, one_training
        )
        for name in names
    ]


CAPTURES = planned("capture/final", "capture_shard", "0", "1")
TEST_CAPTURE = planned("capture/test", "capture_shard", "0")
CELLS = planned("grid_search/decay", "grid_search_cell", *"012345", threads=2, one_training=True)
TRAININGS = planned("train on notes", "train_network", "a", "b", threads=2, one_training=True)
PREDICTIONS = planned("predictions/test", "predict", "a/predict")
SCORES = planned("predictions/test", "score_predictions", "a/score", "b/score")
JOBS = [*CAPTURES, *TEST_CAPTURE, *CELLS, *TRAININGS, *PREDICTIONS, *SCORES]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def finish(results: Path, job: PlannedJob, seconds: float | None) -> None:
    """Write a result of a job, and its benchmark."""
    write(results / job.result, "")
    if seconds is not None:
        benchmark = results / "benchmarks" / f"{job.name}.tsv"
        write(benchmark, f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t-\n")


def step_of(results: Path, job: PlannedJob) -> Step:
    return next(step for step in Progress(results, JOBS).steps() if step.name == job.step)


def test_nothing_is_known_of_an_empty_folder(results: Path) -> None:
    steps = Progress(results, JOBS).steps()
    assert not any(step.done or step.left or step.finished for step in steps)
    assert all(step.unknown == step.jobs for step in steps)
    total = all_steps(steps)
    assert (total.done, total.jobs) == (0, len(JOBS))
    assert describe(steps, 2)[-1].split() == ["all", "0", "/", str(total.jobs), "unknown"]


def test_what_is_left_takes_as_long_as_what_is_done(results: Path) -> None:
    for job, seconds in zip(CELLS[:2], (100, 200), strict=True):
        finish(results, job, seconds)
    step = step_of(results, CELLS[0])
    assert (step.done, step.jobs, step.measured, step.mean) == (2, 6, 2, 150)
    # Of two threads each.
    assert (step.spent, step.left) == (2 * 300, 2 * 4 * 150)
    row = next(line for line in describe([step], 4) if line.startswith("grid"))
    assert row.split("  ") == [
        "grid_search/decay",
        "2 / 6",
        "2 min 30 s",
        "5 min",
    ]


def test_a_step_of_which_nothing_is_done_takes_as_long_as_the_rule_elsewhere(results: Path) -> None:
    finish(results, TEST_CAPTURE[0], 7)
    assert step_of(results, CAPTURES[0]).left == 2 * 7
    finish(results, CAPTURES[0], 3)
    assert step_of(results, CAPTURES[0]).left == 3


def test_a_finished_step_is_done_whether_its_time_is_known_or_not(results: Path) -> None:
    for job in CAPTURES:
        finish(results, job, None)
    step = step_of(results, CAPTURES[0])
    assert step.finished
    assert (step.left, step.measured) == (0, 0)
    assert math.isnan(step.mean)
    assert describe([step], 1)[1].endswith("done")


def test_jobs_of_a_rule_that_has_never_been_done_are_left_out_of_the_time(
    results: Path,
) -> None:
    finish(results, SCORES[0], 3)
    step = step_of(results, SCORES[0])
    assert (step.left, step.unknown) == (3, 1)
    assert describe([step], 1)[-1].endswith("more than 3.0 s")


@pytest.mark.parametrize(("epoch", "left"), [(1, 38 / 40), (19, 20 / 40)])
def test_a_training_that_is_running_is_judged_by_the_epochs_in_its_log(
    results: Path, epoch: int, left: float
) -> None:
    """Whether it began with the first epoch or went on from a checkpoint."""
    job, other = TRAININGS
    log = LOG.format(epoch=epoch, next=epoch + 1, first=20, second=40)
    write(Path(results, "logs", f"{job.name}.log"), log)
    step = step_of(results, TRAININGS[0])
    assert step.done == 0
    assert step.mean == 40 * 20
    # The other one has not begun, and takes as long.
    assert step.left == pytest.approx(2 * 40 * 20 * (left + 1))
    finish(results, other, 1_000)
    assert step_of(results, TRAININGS[0]).left == pytest.approx(2 * 40 * 20 * left)


def test_a_training_that_went_on_from_a_saved_epoch_took_longer_than_its_last_run(
    results: Path,
) -> None:
    """Its benchmark is that of the last run, which logged two of 40 epochs."""
    job, _ = TRAININGS
    finish(results, job, 50)
    log = LOG.format(epoch=39, next=40, first=20, second=40)
    write(Path(results, "logs", f"{job.name}.log"), log)
    assert step_of(results, TRAININGS[0]).mean == pytest.approx(50 * 40 / 2)


@pytest.mark.parametrize("text", ["", "s\n", "x\n1\n", "s\nlong\n"])
def test_a_benchmark_that_is_not_whole_is_not_counted(results: Path, text: str) -> None:
    job = CAPTURES[0]
    finish(results, job, None)
    write(Path(results, "benchmarks", f"{job.name}.tsv"), text)
    step = step_of(results, CAPTURES[0])
    assert (step.done, step.measured) == (1, 0)


def test_any_jobs_can_be_counted_as_a_step(results: Path) -> None:
    for job in CAPTURES:
        finish(results, job, 2)
    step = Progress(results, JOBS).of(lambda job: job.name.startswith("capture/final/"))
    assert (step.jobs, step.done, step.spent) == (2, 2, 4)
