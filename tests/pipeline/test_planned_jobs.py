from pathlib import Path

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config.load import read_configuration
from synthinv.config.root import Config
from synthinv.pipeline.planned_jobs import PlannedJob, planned_jobs

TINY = Path("tests/workflow/tiny.yaml")


@pytest.fixture
def config(root: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.chdir(root)
    return read_configuration(TINY)


@pytest.fixture
def jobs(config: Config) -> list[PlannedJob]:
    return planned_jobs(config, [TINY], cores=2)


def test_every_job_has_a_log_and_a_result_of_its_own(jobs: list[PlannedJob]) -> None:
    assert len({job.name for job in jobs}) == len({job.result for job in jobs}) == len(jobs)
    assert {
        "capture/final/00001": "capture/final/00001.flac",
        "grid_search/adadelta/rho=0.45_weight-decay=0.0005/1": (
            "grid_search/adadelta/rho=0.45_weight-decay=0.0005/1.json"
        ),
        "metrics": "metrics.csv",
    }.items() <= {job.name: job.result for job in jobs}.items()


def test_steps_are_the_folders_of_the_results_in_the_order_of_the_workflow(
    jobs: list[PlannedJob],
) -> None:
    steps = list(dict.fromkeys(job.step for job in jobs))
    captured = [step for step in steps if step.startswith("capture/")]
    assert steps[: len(captured)] == captured
    assert {
        *("capture/final", "spectrogram/mels", "grid_search/optimisers", "predictions/test"),
        *("train on spectrogram/coarse/final, 1 epoch", "figures", "tables and report"),
    } <= set(steps)
    assert steps.index("grid_search/optimisers") < steps.index("predictions/test")


def test_the_trainings_of_one_network_are_known_by_their_epochs(jobs: list[PlannedJob]) -> None:
    rules = {job.rule for job in jobs if job.one_training}
    assert rules == {"grid_search_cell", "train_network"}


def test_a_job_gets_no_more_threads_than_there_are_cores(
    config: Config, jobs: list[PlannedJob]
) -> None:
    threads = {job.threads for job in jobs if job.rule == "train_solver"}
    assert threads == {2}
    assert {job.threads for job in planned_jobs(config, [TINY], cores=1)} == {1}


def test_a_folder_without_a_workflow_is_refused(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SynthinvError, match="run the command in the project's folder"):
        planned_jobs(config, [TINY], cores=2)


def test_a_plan_that_snakemake_refuses_is_one_sentence(config: Config, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    # Results that are there already would need no state.
    broken.write_text(
        f"results: results/{tmp_path.name}\n"
        "engine: {kind: plug-in, path: a.so, state: nowhere/state.bin}\n"
    )
    with pytest.raises(SynthinvError, match=r"cannot plan the workflow: .*nowhere/state.bin$"):
        planned_jobs(config, [TINY, broken], cores=2)
