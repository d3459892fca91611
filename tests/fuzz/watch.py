"""What an input must not do to the process that reads it: write, run, or reach out."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FORBIDDEN = (
    "ctypes.dlopen",
    "os.chmod",
    "os.chown",
    "os.exec",
    "os.fork",
    "os.kill",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.spawn",
    "os.startfile",
    "os.symlink",
    "os.system",
    "os.truncate",
    "os.utime",
    "pickle.find_class",
    "shutil.",
    "socket.",
    "subprocess.Popen",
    "tempfile.",
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_watched: list[str] | None = None


def install() -> None:
    """Watch this process from now on; an audit hook cannot be taken off again."""
    sys.addaudithook(_hook)
    # What goes wrong where no caller can catch it is printed, with its traceback.
    sys.unraisablehook = lambda error: _note(f"printed a traceback: {error.exc_value!r}")


@contextmanager
def watched() -> Iterator[list[str]]:
    """Note down what is forbidden and happens in the block."""
    global _watched
    events: list[str] = []
    _watched = events
    try:
        yield events
    finally:
        _watched = None


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
    if writing or event.startswith(FORBIDDEN):
        _note(f"{event} {arguments[:2]!r}")


def _note(event: str) -> None:
    if _watched is not None:
        _watched.append(event)
