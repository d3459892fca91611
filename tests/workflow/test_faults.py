"""A machine that gives out: one sentence, nothing that was finished is lost, a later run completes.

Every fault is one of the system itself, around Snakemake and all its jobs, and is taken off again.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from synthinv.cli.main import main

from .conftest import Project
from .fire import scripts_of
from .test_rerun import EXPERIMENT

FIRST, SECOND = "results/capture/test/00000.json", "results/capture/final/00001.json"
JOB = "synthinv: capture_shard (data_set final, shard 00001)"
# Modes of files hold for root as well, if it may not override them.
TRAINED = ["results/train/longer/model.json", "results/train/longer/history.json"]
TRAINING_LOG = "results/logs/train/longer.log"
OBEDIENT = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]


@pytest.fixture
def started(fresh: Project) -> Project:
    """A project in which one shard is finished."""
    status, output = fresh.snakemake("--cores", "1", FIRST)
    assert status == 0, output
    return fresh


def refused(project: Project, *through: str) -> str:
    """Capture another shard, which must fail and leave nothing; return the one sentence."""
    before = project.results()
    status, output = project.snakemake("--cores", "1", SECOND, through=through)
    assert status != 0
    assert "Traceback" not in output
    assert project.results() == before
    sentences = [line for line in output.splitlines() if line.startswith("synthinv: ")]
    assert len(sentences) == 1, output
    return sentences[0]


def completes(project: Project) -> None:
    """Run again without the fault: what was finished is kept, what was not is made."""
    before = project.results()
    status, output = project.snakemake("--cores", "1", FIRST, SECOND)
    assert status == 0, output
    new = [f"capture/final/00001.{suffix}" for suffix in ("csv", "flac", "json")]
    after = project.results()
    assert sorted(after.keys() - before.keys()) == new
    assert before.items() <= after.items()


def test_a_full_disk(started: Project) -> None:
    # The limit on the size of a file stands for the disk's; a shard takes 2 MB.
    sentence = refused(started, "prlimit", "--fsize=100000")
    assert sentence.startswith(f"{JOB}: results/capture/final/00001.flac: cannot be written (")
    assert "make sure that the disk is not full" in sentence
    completes(started)


def test_a_read_only_results_folder(started: Project) -> None:
    results = started.folder / "results"
    folders = [results, *(path for path in results.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    obedient = OBEDIENT if os.geteuid() == 0 else ()
    sentence = refused(started, *obedient)
    assert sentence == (
        "synthinv: results: cannot be written to; make results writable, or name another folder in "
        "the field results"
    )
    # Only to look at them is no reason to complain.
    status, output = started.snakemake("-n", "--cores", "1", SECOND, through=obedient)
    assert status == 0, output
    for folder in folders:
        folder.chmod(0o755)
    completes(started)


def test_a_machine_short_of_memory(started: Project) -> None:
    # A shard of 3.2 GB, where no process may have more than 3.
    started.configure("data_sets.1", {"name": "final", "samples": 40_000, "shard_size": 20_000})
    sentence = refused(started, "prlimit", f"--as={3 * 10**9}")
    assert sentence.startswith(f"{JOB}: there is too little memory for this job; run fewer at")
    started.configure("data_sets.1", {"name": "final", "samples": 40, "shard_size": 20})
    completes(started)


def test_two_at_once(fresh: Project) -> None:
    first = fresh.start("--cores", "1", FIRST)
    assert first.stdout is not None
    while not first.stdout.readline().startswith("Select jobs"):
        assert first.poll() is None
    # Held, or on a fast machine it may be done before the second asks for the folder.
    first.send_signal(signal.SIGSTOP)
    status, output = fresh.snakemake("--cores", "1", FIRST)
    first.send_signal(signal.SIGCONT)
    assert status != 0
    assert "Traceback" not in output
    assert "Directory cannot be locked" in output
    assert "--unlock" in output
    rest, _ = first.communicate(timeout=600)
    assert first.returncode == 0, rest
    completes(fresh)


def saved_epochs(project: Project) -> set[Path]:
    return set(project.folder.glob("results/train/longer/unfinished/epoch-*.safetensors"))


def start_training(project: Project) -> "subprocess.Popen[str]":
    """Start or resume a training, and wait until it has saved another epoch."""
    before = saved_epochs(project)
    process = project.start("--cores", "1", *TRAINED)
    while saved_epochs(project) <= before:
        assert process.poll() is None
        time.sleep(0.02)
    return process


def test_a_killed_training_goes_on_from_its_latest_epoch(fresh: Project) -> None:
    fresh.edit("synthinv/common/unfinished.py", "SAVE_EVERY = 60.0", "SAVE_EVERY = 0.0")
    fresh.configure("experiments.2", {**EXPERIMENT, "epochs": 100})
    # The job alone: Snakemake deletes the outputs of a failed job.
    process = start_training(fresh)
    (script,) = scripts_of(process.pid)
    script.kill()
    output, _ = process.communicate(timeout=600)
    assert process.returncode != 0
    # Everything: Snakemake starts an incomplete job anew.
    process = start_training(fresh)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=600)
    assert main(["verify", str(fresh.folder / "results")]) == 0
    assert fresh.snakemake("--unlock")[0] == 0
    assert saved_epochs(fresh)
    status, output = fresh.snakemake("--cores", "1", *TRAINED)
    assert status == 0, output
    assert "training goes on after epoch" in (fresh.folder / TRAINING_LOG).read_text()
    resumed = fresh.results()
    assert not any("unfinished" in name for name in resumed)
    status, output = fresh.snakemake("--cores", "1", "--forcerun", "train_network", "--", *TRAINED)
    assert status == 0, output
    assert "training goes on after epoch" not in (fresh.folder / TRAINING_LOG).read_text()
    assert fresh.results() == resumed
