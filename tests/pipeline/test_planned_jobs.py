"""That they are Snakemake's is tested in `tests/workflow/test_planned_rules.py`."""

from typing import Any

from synthinv.config.load import load
from synthinv.pipeline.planned_jobs import planned_jobs

Mapping = dict[str, Any]


def test_every_job_has_a_log_and_a_result_of_its_own(ablated: Mapping) -> None:
    jobs = planned_jobs(load(ablated))
    assert len({job.name for job in jobs}) == len({job.result for job in jobs}) == len(jobs)
    assert {
        "capture/final/00001",
        "spectrogram/log/final/00000",
        "grid_search/decay/weight-decay=0.005/2",
        "train/log-adam-20",
        "predictions/test/mine-refined/join",
        "figures/learning_curves",
    } <= {job.name for job in jobs}
    assert not [job for job in jobs if "{" in job.name + job.result]


def test_jobs_of_a_step_stand_together_and_are_named_by_what_takes_time(mapping: Mapping) -> None:
    steps = [job.step for job in planned_jobs(load(mapping))]
    once = list(dict.fromkeys(steps))
    assert steps == [step for step in once for _ in range(steps.count(step))]
    assert once[:4] == [
        "capture (30 notes)",
        "spectrograms, 65 × 17",
        "grid search decay (weight decay), 1 epoch",
        "trainings, 20 notes, 1 epoch, 65 × 17",
    ]
