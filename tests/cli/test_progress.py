import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthinv.cli.main import main

CONFIG = "config/thesis.yaml"


@pytest.fixture(autouse=True)
def _in_the_project(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


def beside(*command: str, log: Path) -> subprocess.Popen[str]:
    """Start a command with the progress beside it."""
    arguments = ["progress", CONFIG, "--every", "1", "--log", str(log), "--run", *command]
    return subprocess.Popen(
        [sys.executable, "-m", "synthinv", *arguments], stdout=subprocess.PIPE, text=True
    )


def test_the_table_has_every_step_and_their_sum(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["progress", CONFIG, "--cores", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["step", "done", "each", "left"]
    assert [line for line in lines if line.startswith("grid_search/layers ")]
    assert lines[-2].startswith("all ")
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("cores", ["0", "two", "-1"])
def test_a_wrong_number_of_cores_is_refused(cores: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["progress", CONFIG, f"--cores={cores}"]) == 1
    assert capsys.readouterr().err.startswith(f"synthinv: --cores: '{cores}'")


@pytest.mark.parametrize("seconds", ["0", "-5", "nan", "inf"])
def test_a_wrong_number_of_seconds_is_refused(
    seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["progress", CONFIG, f"--every={seconds}"]) == 1
    assert capsys.readouterr().err.startswith("synthinv: --every: is ")


def test_the_exit_status_is_that_of_the_command_which_prints_into_its_log(tmp_path: Path) -> None:
    log = tmp_path / "new" / "run.log"
    process = beside("sh", "-c", "echo out; echo err >&2; sleep 2; exit 3", log=log)
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert log.read_text() == "out\nerr\n"
    # After a second, and at the end.
    assert shown.count("\nall ") >= 2


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_command_too(tmp_path: Path, sent: signal.Signals, status: int) -> None:
    log = tmp_path / "run.log"
    process = beside(sys.executable, "-c", BUSY, log=log)
    while not (log.exists() and log.read_text().endswith("\n")):
        assert process.poll() is None
        time.sleep(0.1)
    command = int(log.read_text())
    # As a terminal does: Ctrl-C goes to both.
    for pid in [process.pid, command] if sent == signal.SIGINT else [process.pid]:
        os.kill(pid, sent)
    process.communicate(timeout=60)
    assert process.returncode == status
    with pytest.raises(ProcessLookupError):
        os.kill(command, 0)


BUSY = """
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
print(os.getpid(), flush=True)
time.sleep(60)
"""


def test_a_command_that_cannot_be_run_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["progress", CONFIG, "--run", "no-such-program"]) == 1
    assert capsys.readouterr().err.startswith("synthinv: no-such-program: cannot be run")
