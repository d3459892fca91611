"""`synthinv progress`: how far a workflow has come, and how long the rest takes."""

import argparse
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from synthinv.common.errors import SynthinvError
from synthinv.common.files import cannot_write
from synthinv.config.load import read_configuration
from synthinv.pipeline.planned_jobs import planned_jobs
from synthinv.pipeline.progress import Progress, describe

DEFAULT_SECONDS = 60.0
"""Time between two tables while a command runs."""
LONGEST_SECONDS = 86_400
"""Longest time between two tables, a day."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "configfiles",
        type=Path,
        nargs="+",
        metavar="CONFIG",
        help="configuration files, in the order in which Snakemake is given them",
    )
    parser.add_argument(
        "--cores",
        default="all",
        metavar="N",
        help="cores that share what is left (default: all)",
    )
    parser.add_argument(
        "--every",
        type=float,
        metavar="SECONDS",
        help="show the progress every so many seconds, until all is done",
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="file for what the command of --run prints"
    )
    parser.add_argument(
        "--run",
        dest="program",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run a command, which is the rest of the line, show the progress until it ends, and "
        "exit with its status",
    )


def run(options: argparse.Namespace) -> int:
    """Print the table: once, until all is done, or until a command ends."""
    cores, every = _cores(options.cores), _seconds(options.every)
    config = read_configuration(*options.configfiles)
    jobs = planned_jobs(config, options.configfiles, cores)

    def show() -> bool:
        """Print the table and an empty line, and return whether all is done."""
        steps = Progress(Path(config.results), jobs).steps()
        print("\n".join([time.strftime("%H:%M"), *describe(steps, cores), ""]), flush=True)
        return all(step.finished for step in steps)

    if options.program:
        return _beside(options.program, options.log, show, every)
    while not show() and options.every is not None:
        time.sleep(every)
    return 0


def _cores(text: str) -> int:
    """Read the number of cores as Snakemake does."""
    if text == "all":
        return os.cpu_count() or 1
    if not text.isdecimal() or int(text) < 1:
        raise SynthinvError(f"--cores: '{text}' is no number of cores; give one, or all")
    return int(text)


def _seconds(every: float | None) -> float:
    """Return the time between two tables."""
    if every is None:
        return DEFAULT_SECONDS
    if not 1 <= every <= LONGEST_SECONDS:
        raise SynthinvError(
            f"--every: is {every:g}; give a number of seconds from 1 to {LONGEST_SECONDS:,}"
        )
    return every


def _beside(program: list[str], log: Path | None, show: Callable[[], object], every: float) -> int:
    """Run a command, show the progress until it ends, and return its exit status."""
    with _output(log) as output:
        try:
            child = subprocess.Popen(program, stdout=output, stderr=output)
        except OSError as error:
            raise SynthinvError(f"{program[0]}: cannot be run ({error.strerror})") from None
    # Ctrl-C reaches everything in the terminal, the command included. A signal to this process
    # alone is meant for both.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            status = child.wait(every)
        except subprocess.TimeoutExpired:
            show()
            continue
        show()
        # As a shell does for a command that a signal ended.
        return status if status >= 0 else 128 - status


@contextmanager
def _output(log: Path | None) -> Iterator[IO[bytes] | None]:
    """Open the file that a command prints to; None for this process's own output."""
    if log is None:
        yield None
        return
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        file = log.open("wb")
    except OSError as error:
        raise cannot_write(log, error.strerror) from None
    with file:
        yield file
