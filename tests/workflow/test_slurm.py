"""The tiny workflow through a real Slurm: `make test-slurm`."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from synthinv.engines.environment import environment

from .conftest import Project
from .slurm import call, jobs, slurm_cluster

pytestmark = pytest.mark.slurm

PROFILE = Path("workflow", "profiles", "slurm")
# This Slurm keeps no accounts, and what it remembers is in squeue. Its jobs are short.
HERE = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "5"]
# Short jobs are in groups, here in three, and all of a group in one Slurm job.
CPUS_AND_GPUS = {
    "shards": [(1, 0)],
    "grid_search_cell": 4 * [(1, 1)],
    "train_network": 6 * [(1, 1)],
    "train_reading": 2 * [(1, 1)],
    "train_solver": 2 * [(2, 1)],
    "refine": 2 * [(1, 0)],
    "patch_search": 4 * [(1, 0)],
    "predictions": [(2, 0)],
    "report": [(1, 0)],
}


@pytest.fixture
def cluster() -> Iterator[None]:
    # The profile asks for what the thesis's scale needs; no tiny job takes as much.
    with slurm_cluster(cpus=4, memory=64_000), environment({"SYNTHINV_GPU": "1"}):
        yield


@pytest.mark.usefixtures("cluster")
def test_a_killed_job_is_tried_again_and_the_results_are_those_of_a_local_run(
    finished: Project, fresh: Project
) -> None:
    # Snakemake is given another file, and the jobs that it submits must be, too.
    (fresh.folder / "config" / "config.yaml").write_text("speed: 11\n")
    process = fresh.start("--profile", str(PROFILE), *HERE)
    with ThreadPoolExecutor() as pool:
        # Read all the time: Snakemake would stop at a full pipe.
        output = pool.submit(process.communicate)
        try:
            killed = _kill_one(process, fresh, "rule_grid_search_cell")
            process.wait(timeout=1800)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, output.result()[0]
    submitted = jobs()
    first, second = (job for job in submitted if job.name == killed)
    assert (second.memory, second.minutes) == (2 * first.memory, 2 * first.minutes)
    submitted.remove(first)
    assert first.state != "COMPLETED"
    assert {job.state for job in submitted} == {"COMPLETED"}
    assert len(submitted) == sum(len(asked) for asked in CPUS_AND_GPUS.values())
    assert {
        kind: [(job.cpus, job.gpus) for job in submitted if job.name.startswith(f"rule_{kind}")]
        for kind in CPUS_AND_GPUS
    } == CPUS_AND_GPUS
    before, after = finished.results(), fresh.results()
    assert list(after) == list(before)
    assert [name for name in before if before[name] != after[name]] == []


def _kill_one(process: "subprocess.Popen[str]", project: Project, name: str) -> str:
    """Kill a job in the middle of its work; return its name, empty if none began in time."""
    deadline = time.monotonic() + 900
    while process.poll() is None and time.monotonic() < deadline:
        for job in jobs():
            # Its log is opened when its imports are over and its work begins.
            running = job.name.startswith(name) and job.state == "RUNNING"
            if running and any(project.folder.glob("results/logs/grid_search/*/*/*")):
                call("scancel", "--full", "--signal=KILL", job.id)
                return job.name
        time.sleep(0.1)
    return ""
