import io
import logging
import os
import time
from collections.abc import Callable
from itertools import count
from types import SimpleNamespace

import pytest

from synthinv.common import progress
from synthinv.common.progress import ProgressHook, announced, pace, progress_shown, shifted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stream = Terminal()
    # Not sys.stderr itself, which pytest replaces between a fixture and its test.
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream))
    return stream


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)


def work(seconds: float = 0.2) -> None:
    with progress_shown("playing") as hook:
        for done in range(1, 5):
            time.sleep(seconds)
            hook(done, 8)


@pytest.mark.usefixtures("at_once")
def test_a_terminal_has_a_bar_with_the_time_that_is_left(terminal: Terminal) -> None:
    work()
    shown = terminal.getvalue()
    assert "playing |" in shown
    assert "| 2 of 8 notes, 00:0" in shown
    assert "\n" not in shown
    # It is removed at the end.
    assert shown.endswith("\r")
    assert not shown.rsplit("\r", 2)[1].strip()


def test_work_that_takes_no_time_shows_nothing(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    work(0)
    assert terminal.getvalue() == ""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a tenth of a second pass whenever the time is asked for, however busy the machine is."""
    ticks = count()
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: 0.1 * next(ticks)))


def until(shown: Callable[[], bool]) -> None:
    """Wait for another thread."""
    deadline = time.monotonic() + 30
    while not shown():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.usefixtures("at_once", "clock")
def test_where_there_is_no_terminal_there_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    work(0)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[1] == "playing: 2 of 8 notes, 0.1 s each, about 0.6 s left"


@pytest.mark.usefixtures("clock")
def test_lines_come_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.25)
    work(0)
    assert capsys.readouterr().err.startswith("playing: 3 of 8 notes")


@pytest.mark.usefixtures("at_once")
def test_where_a_log_is_kept_its_lines_are_all_that_is_written(
    terminal: Terminal, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        work(0)
        with announced("compiling the voice"):
            until(lambda: "compiling the voice …" in caplog.messages)
    assert terminal.getvalue() == ""
    assert caplog.messages[0].startswith("playing: 1 of 8 notes, 0.0 s each")
    assert caplog.messages[-1] == "compiling the voice …"


@pytest.mark.usefixtures("at_once")
def test_what_is_done_again_takes_the_bar_back(terminal: Terminal) -> None:
    with progress_shown("playing") as hook:
        for done, total in ((3, 8), (2, 8), (3, 6)):
            time.sleep(0.15)
            hook(done, total)
    shown = terminal.getvalue()
    assert shown.index("3 of 8") < shown.index("2 of 8") < shown.index("3 of 6")


@pytest.mark.usefixtures("at_once")
def test_a_warning_has_a_line_of_its_own(terminal: Terminal) -> None:
    with progress_shown("playing") as hook:
        time.sleep(0.2)
        hook(1, 8)
        logging.getLogger("synthinv.engines.live").warning("the synth is started again")
    lines = [line.split("\r")[-1].rstrip() for line in terminal.getvalue().split("\n")]
    assert lines[0] == "the synth is started again"


@pytest.mark.usefixtures("at_once")
def test_a_terminal_without_a_size_has_a_bar_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with open(ours, "rb", buffering=0) as output, open(theirs, "w") as stream:
        monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream))
        work()
        assert b"2 of 8 notes" in output.read(4_096)


def test_only_what_takes_long_is_announced(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 30.0)
    with announced("starting the synth"):
        pass
    assert terminal.getvalue() == ""
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.1)
    with announced("starting the synth"):
        until(lambda: terminal.getvalue() != "")
    assert terminal.getvalue() == "starting the synth …\n"


@pytest.mark.usefixtures("at_once")
def test_nothing_is_announced_to_another_program(capsys: pytest.CaptureFixture[str]) -> None:
    with announced("starting the synth"):
        time.sleep(0.2)
    assert capsys.readouterr().err == ""


def test_a_part_of_the_work_counts_from_where_it_begins() -> None:
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))

    part: ProgressHook | None = shifted(tell, 10, 50)
    assert part is not None
    part(3, 7)
    assert told == [(13, 50)]
    assert shifted(None, 10, 50) is None


def test_the_pace_is_that_of_the_parts_done() -> None:
    assert pace(28, 10, 1_500) == "2.8 s each, about 1 h 10 min left"
    assert pace(28, 10, 0) == "2.8 s each"
