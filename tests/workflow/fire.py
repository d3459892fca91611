"""The workflow under fire: `python -m tests.workflow.fire KILLS`.

Kills a small workflow again and again, at random moments: Snakemake with all its jobs, Snakemake
alone, or one of its jobs alone. Resumes it as a user does, with `snakemake --unlock` and the same
command, and compares every run that so comes to its end with one that was left alone, byte for
byte. Prints what was hit; the exit status is 1 if anything differs. Everything lies below
results/fire.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil

from .conftest import Project, copy_project

FOLDER = Path("results/fire")
# Every stage of the workflow, each as small as it can be.
SMALLER = {
    "ablation": None,
    "data_sets": [
        {"name": "search", "samples": 10, "shard_size": 10},
        {"name": "final", "samples": 20, "shard_size": 10},
        {"name": "test", "samples": 4, "shard_size": 4},
    ],
    "patch_searches": {"methods": ["library"], "renders": 5, "sounds": 2, "sounds_per_job": 2},
    "refinement": {"renders": 10, "candidates": 3},
    "report.audible_sounds": 1,
    "report.windows": {"data_set": "test"},
    "solvers": [{"name": "solver", "title": "The solver", "test": "test"}],
    "spectrograms": [{"name": "coarse", "pool": 100}],
}
SECONDS_TO_KILL = (1.0, 12.0)
KINDS = ("everything", "everything", "snakemake", "snakemake", "job")
SECONDS_TO_END = 30.0


def main() -> int:
    """Kill, resume, compare; print what was hit."""
    parser = argparse.ArgumentParser(prog="tests.workflow.fire", description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cores", default="2")
    options = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    started = time.monotonic()
    # Both now, for the project may be edited while this runs.
    alone, disturbed = (small_project(FOLDER / name) for name in ("alone", "under-fire"))
    status = start(alone, options.cores).wait()
    if status != 0:
        sys.exit(f"fire: the workflow fails when it is left alone; see {log_of(alone)}")
    seconds = time.monotonic() - started
    print(f"left alone: {len(alone.results())} files in {seconds:.0f} s", flush=True)
    fire = Fire(disturbed, alone.results(), options.cores, options.seed)
    while sum(fire.kinds.values()) < options.kills:
        fire.run_once()
    fire.finish()
    print(f"{options.kills} kills in {time.monotonic() - started:.0f} s, seed {options.seed}")
    for what, counts in (("killed", fire.kinds), ("while running", fire.stages)):
        print(f"{what}:", ", ".join(f"{name} {n}" for name, n in sorted(counts.items())))
    print(f"completed runs: {fire.completed}, {len(fire.failures)} with failures")
    print(*fire.failures, sep="\n")
    return int(bool(fire.failures))


def small_project(folder: Path) -> Project:
    """Copy the project, with a configuration that has every stage and is soon done."""
    project = copy_project(folder)
    for path, value in SMALLER.items():
        project.configure(path, value)
    # Trainings this short would not be saved otherwise.
    project.edit("synthinv/common/unfinished.py", "SAVE_EVERY = 60.0", "SAVE_EVERY = 0.0")
    return project


def log_of(project: Project) -> Path:
    """Name the file that has what Snakemake printed."""
    return project.folder.with_suffix(".log")


def start(project: Project, cores: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start the workflow as a user does, in a process group of its own."""
    command = [sys.executable, "-m", "snakemake", "--configfile", "tiny.yaml", "--cores", cores]
    with log_of(project).open("ab") as log:
        return subprocess.Popen(
            [*command, *arguments],
            cwd=project.folder,
            env={**os.environ, "PYTHONPATH": str(project.folder.resolve())},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


class Fire:
    """A workflow that is killed and resumed, and what became of it.

    Parameters
    ----------
    project : Project
        The workflow.
    expected : dict of str to bytes
        Every result of a run that was left alone.
    cores : str
        Cores of every run.
    seed : int
        Seed of the moments, and of what is killed at them.
    """

    def __init__(self, project: Project, expected: dict[str, bytes], cores: str, seed: int) -> None:
        self.kinds: Counter[str] = Counter()
        self.stages: Counter[str] = Counter()
        self.completed = 0
        self.failures: list[str] = []
        self._project = project
        self._expected = expected
        self._cores = cores
        self._rng = random.Random(seed)

    def run_once(self) -> None:
        """Start or resume the workflow, and kill at a random moment what is there to be killed."""
        workflow = start(self._project, self._cores)
        try:
            status = workflow.wait(self._rng.uniform(*SECONDS_TO_KILL))
        except subprocess.TimeoutExpired:
            self._kill(workflow, self._rng.choice(KINDS))
        else:
            self._ended(status)

    def finish(self) -> None:
        """Let the workflow come to its end."""
        self._ended(start(self._project, self._cores).wait())

    def _kill(self, workflow: subprocess.Popen[bytes], kind: str) -> None:
        scripts = scripts_of(workflow.pid)
        if kind == "job" and not scripts:
            kind = "snakemake"
        self.kinds[kind] += 1
        self.stages.update(set(scripts.values()) or {"(planning)"})
        if kind == "job":
            self._rng.choice(sorted(scripts, key=lambda process: process.pid)).kill()
            workflow.wait()
            return
        if kind == "everything":
            os.killpg(workflow.pid, signal.SIGKILL)
        else:
            workflow.kill()
        workflow.wait()
        unlocked = start(self._project, self._cores, "--unlock").wait()
        if unlocked != 0:
            self.failures.append(f"cannot be unlocked; see {log_of(self._project)}")
        _, alive = psutil.wait_procs(scripts, timeout=SECONDS_TO_END)
        self.failures += [f"{scripts[process]} lives on without its Snakemake" for process in alive]

    def _ended(self, status: int) -> None:
        self.completed += 1
        if status != 0:
            self.failures.append(f"ends with status {status}; see {log_of(self._project)}")
        found = self._project.results()
        names = sorted({*found, *self._expected})
        different = [name for name in names if found.get(name) != self._expected.get(name)]
        self.failures += [f"differs from the run that was left alone: {name}" for name in different]
        if not different:
            for folder in ("results", ".snakemake"):
                shutil.rmtree(self._project.folder / folder)


def scripts_of(workflow: int) -> dict[psutil.Process, str]:
    """List the processes that run rules' scripts, with the rules."""
    found = {}
    for process in psutil.Process(workflow).children(recursive=True):
        try:
            script = re.search(r"\.snakemake/scripts/\w+\.(\w+)\.py", " ".join(process.cmdline()))
        except psutil.Error:
            continue
        if script:
            found[process] = script[1]
    return found


if __name__ == "__main__":
    sys.exit(main())
