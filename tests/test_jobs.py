import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import logging, sys, types, warnings
from synthinv.errors import SynthinvError
from synthinv.jobs import job
snakemake = types.SimpleNamespace(log=[{log!r}], rule="train", threads=2, wildcards={wildcards})
with job(snakemake):
    logging.getLogger("synthinv.training").info("epoch 1")
    {body}
"""


def run(
    folder: Path, body: str, wildcards: str = "{'experiment': 'l2'}"
) -> tuple[subprocess.CompletedProcess[str], str]:
    log = folder / "job.log"
    code = SCRIPT.format(log=str(log), wildcards=wildcards, body=body)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done, log.read_text()


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


def test_a_bug_keeps_its_traceback(tmp_path: Path) -> None:
    done, log = run(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" in log
    assert "ZeroDivisionError" in log
