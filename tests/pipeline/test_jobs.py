import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthinv.pipeline.jobs import WORKFLOW

SCRIPT = """
import logging, sys, types, warnings
from synthinv.common.errors import SynthinvError
from synthinv.pipeline.jobs import job
snakemake = types.SimpleNamespace(log=[{log!r}], rule="train", threads=2, wildcards={wildcards})
with job(snakemake):
    logging.getLogger("synthinv.thesis.training").info("epoch 1")
    {body}
"""


def run(
    folder: Path, body: str, wildcards: str = "{'experiment': 'l2'}"
) -> tuple[subprocess.CompletedProcess[str], str]:
    log = folder / "job.log"
    code = SCRIPT.format(log=str(log), wildcards=wildcards, body=body)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done, log.read_text()


@pytest.fixture
def workflow() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that stands for the Snakemake that waits for a job."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_log_records_and_warnings_go_to_the_log_file(tmp_path: Path) -> None:
    done, log = run(tmp_path, "warnings.warn('odd')")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "INFO epoch 1" in log
    assert "UserWarning: odd" in log


def test_the_log_says_how_long_the_jobs_cores_were_busy(tmp_path: Path) -> None:
    _, log = run(tmp_path, "import time; time.sleep(0.2)")
    spent = re.search(r"own work: ([\d.]+) core s", log)
    assert spent is not None
    assert float(spent[1]) >= 0.4


@pytest.mark.parametrize(
    ("wildcards", "where"), [("{'experiment': 'l2'}", "train (experiment l2)"), ("{}", "train")]
)
def test_a_users_error_ends_the_job_with_its_sentence(
    tmp_path: Path, wildcards: str, where: str
) -> None:
    done, log = run(tmp_path, "raise SynthinvError('a.json: is damaged')", wildcards)
    assert done.returncode == 1
    assert done.stderr == f"synthinv: {where}: a.json: is damaged\n"
    assert "ERROR a.json: is damaged" in log
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("raise MemoryError", "there is too little memory for this job; run fewer at a time"),
        ("import torch; torch.empty(10**15)", "there is too little memory for this job"),
        ("bytearray(10**16)", "there is too little memory for this job"),
        (
            "raise OSError(28, 'No space left on device', 'a.zarr')",
            "a.zarr: cannot be written (No space left on device); make sure that the disk is not",
        ),
        (
            "raise OSError(13, 'Permission denied', 'a.syx')",
            "a.syx: access is refused (Permission denied); make sure that you may read it and",
        ),
    ],
)
def test_a_machine_that_is_too_small_or_refuses_is_one_sentence(
    tmp_path: Path, body: str, sentence: str
) -> None:
    done, log = run(tmp_path, body)
    assert done.returncode == 1
    assert done.stderr.startswith(f"synthinv: train (experiment l2): {sentence}")
    assert "Traceback" not in done.stderr + log


def test_a_job_ends_with_the_snakemake_that_waits_for_it(
    tmp_path: Path, workflow: "subprocess.Popen[bytes]"
) -> None:
    code = SCRIPT.format(
        log=str(tmp_path / "job.log"),
        wildcards="{}",
        body="print('working', flush=True); import time; time.sleep(600)",
    )
    environment = {**os.environ, WORKFLOW: str(workflow.pid)}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE
    ) as script:
        assert script.stdout is not None
        assert script.stdout.readline() == b"working\n"
        workflow.kill()
        assert script.wait(timeout=60) == 1


def test_a_job_whose_snakemake_is_gone_does_not_start(
    tmp_path: Path, workflow: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WORKFLOW, str(workflow.pid))
    workflow.kill()
    workflow.wait()
    code = SCRIPT.format(log=str(tmp_path / "job.log"), wildcards="{}", body="print('working')")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "synthinv: train: the Snakemake that started this job has ended; run Snakemake again\n"
    )


def test_the_cause_of_a_users_error_is_in_the_log_alone(tmp_path: Path) -> None:
    done, log = run(tmp_path, "raise SynthinvError('a.json: is damaged') from KeyError('notes')")
    assert done.stderr == "synthinv: train (experiment l2): a.json: is damaged\n"
    assert "INFO its cause: KeyError('notes')" in log


def test_a_bug_keeps_its_traceback(tmp_path: Path) -> None:
    done, log = run(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" in log
    assert "ZeroDivisionError" in log
