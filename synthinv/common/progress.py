"""How far some work has come: a bar on a terminal, lines where there is none."""

import logging
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

from synthinv.common.durations import duration

log = logging.getLogger(__name__)

ProgressHook = Callable[[int, int], None]
"""A function that is told how many parts of some work are done, and how many there are in all. Both
numbers may also fall, for example when a part is done again."""

PATIENCE_SECONDS = 2.0
"""Work that takes less shows nothing."""
LINE_SECONDS = 30.0
"""Time between two lines, where they are not on a terminal."""


@contextmanager
def progress_shown(work: str, unit: str = "note") -> Iterator[ProgressHook]:
    """Show how far some work has come, and how much time is left.

    Where a log is kept at the level INFO, as in the jobs of a workflow, a line goes there every
    half a minute. Without such a log, a terminal shows a bar, which appears after two seconds and
    is removed at the end; a standard error that is not a terminal gets the lines of a log.

    Parameters
    ----------
    work : str
        What is done, such as "playing".
    unit : str
        What its parts are called, in the singular.

    Yields
    ------
    callable
        To be called with the number of parts that are done, and of all parts.
    """
    if _logs() or not sys.stderr.isatty():
        yield _Lines(work, unit)
        return
    bar = _bar(work, unit)

    def move(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    with bar, _above(bar):
        yield move


@contextmanager
def announced(sentence: str) -> Iterator[None]:
    """Say what is going on in a block, if it takes more than two seconds.

    It is said once, in the log or on a terminal.

    Parameters
    ----------
    sentence : str
        What to say, such as "starting the synth".
    """
    if not (_logs() or sys.stderr.isatty()):
        yield
        return
    timer = Timer(PATIENCE_SECONDS, _say, [f"{sentence} …"])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def shifted(hook: ProgressHook | None, before: int, total: int) -> ProgressHook | None:
    """Return a hook for a part of some work.

    Parameters
    ----------
    hook : callable, optional
        The hook for all of the work.
    before : int
        Parts of the work that are done when this one begins.
    total : int
        Parts of all of the work.

    Returns
    -------
    callable, optional
        To be called with what is done of this part alone; None where there is no hook.
    """
    if hook is None:
        return None
    return lambda done, _: hook(before + done, total)


def pace(seconds: float, done: int, left: int) -> str:
    """Describe how long a part of some work takes, and how much time is left.

    Parameters
    ----------
    seconds : float
        Time since the work began.
    done, left : int
        Parts that were done in that time, and those that are left.

    Returns
    -------
    str
        Such as "2.8 s each, about 1 h 10 min left".
    """
    each = seconds / max(done, 1)
    remaining = f", about {duration(left * each)} left" if left > 0 else ""
    return f"{duration(each)} each{remaining}"


class _Lines:
    """A hook that writes a line now and then."""

    def __init__(self, work: str, unit: str) -> None:
        self._work, self._unit = work, unit
        self._started = self._latest = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._latest < LINE_SECONDS:
            return
        self._latest = now
        spent = pace(now - self._started, done, total - done)
        _say(f"{self._work}: {done} of {total} {self._unit}s, {spent}")


def _logs() -> bool:
    return log.isEnabledFor(logging.INFO)


def _say(line: str) -> None:
    if _logs():
        log.info("%s", line)
    else:
        print(line, file=sys.stderr, flush=True)


@contextmanager
def _above(bar: Any) -> Iterator[None]:
    """Print what the package warns of above a bar, not into it."""

    class Above(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            bar.write(self.format(record), file=bar.fp)

    package, handler = logging.getLogger("synthinv"), Above(logging.WARNING)
    package.addHandler(handler)
    try:
        yield
    finally:
        package.removeHandler(handler)


def _bar(work: str, unit: str) -> Any:
    # Most commands need none.
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        # No thread that watches all bars: engines copy this process, which would leave it behind.
        monitor_interval = 0

    columns, lines = shutil.get_terminal_size()
    return Bar(
        desc=work,
        bar_format=f"{{desc}} |{{bar}}| {{n_fmt}} of {{total_fmt}} {unit}s, {{remaining}} left",
        delay=PATIENCE_SECONDS,
        miniters=0,
        leave=False,
        file=sys.stderr,
        # By default it takes the size that the terminal gives, and some give none.
        ncols=columns,
        nrows=lines,
    )
