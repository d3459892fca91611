"""Reads inputs in processes of their own, and sees what becomes of each."""

import multiprocessing
import random
import resource
import shutil
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import NamedTuple

import torch

from synthinv.common.errors import LONGEST, SynthinvError

from .kinds import KINDS, Make
from .watch import install, watched

SECONDS = 10.0
"""An input that takes longer hangs."""
SECONDS_TO_START = 120.0
BYTES = 2 * 2**30
"""Memory that a process may take beyond what its imports did."""
WARM_UP = 5
"""Inputs of each kind that are read before the watch begins: what is imported on first use may
write caches and load libraries."""
SCRATCH = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""In memory, where there is such a folder: every input is a file."""
KEPT = Path("results/fuzz")
"""Where inputs that failed are kept."""


class Input(NamedTuple):
    """One input: its kind, and its number, which with the seed says all about it."""

    kind: str
    number: int

    @classmethod
    def numbered(cls, number: int) -> "Input":
        """Take the kinds in turn."""
        return cls(list(KINDS)[number % len(KINDS)], number)

    def rng(self, seed: int) -> random.Random:
        """Return its own source of chance."""
        return random.Random(f"{seed} {self.kind} {self.number}")

    def __str__(self) -> str:
        return f"{self.kind}:{self.number}"


@dataclass
class Outcomes:
    """What became of the inputs: how many of each kind, and why some failed."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: dict[Input, str] = field(default_factory=dict)

    def add(self, item: Input, outcome: str, why: str = "") -> None:
        """Count an input."""
        self.counts[item.kind, outcome] += 1
        if why:
            self.failures[item] = why


def fuzz(inputs: int, seed: int, processes: int) -> Outcomes:
    """Read so many inputs.

    Parameters
    ----------
    inputs : int
        How many; their numbers are those below.
    seed : int
        Seed of everything random.
    processes : int
        Processes that read side by side.

    Returns
    -------
    Outcomes
        What became of them.
    """
    outcomes = Outcomes()
    shutil.rmtree(KEPT, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH) as scratch:
        readers = [
            _Reader(list(range(first, inputs, processes)), seed, Path(scratch, str(first)))
            for first in range(min(inputs, processes))
        ]
        while running := [reader for reader in readers if reader.left]:
            ready = wait([reader.reports for reader in running], timeout=0.5)
            for reader in running:
                reader.attend(reader.reports in ready, outcomes)
    return outcomes


class _Reader:
    """A process that reads inputs one after the other, and is started anew when one ends it."""

    def __init__(self, numbers: list[int], seed: int, folder: Path) -> None:
        self.left = numbers
        self._seed = seed
        self._folder = folder
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.reports, theirs = context.Pipe(duplex=False)
        self._process: SpawnProcess = context.Process(
            target=_read_all, args=(self.left, self._seed, self._folder, theirs), daemon=True
        )
        self._process.start()
        theirs.close()
        self._deadline = time.monotonic() + SECONDS_TO_START
        self._started = False

    def attend(self, reported: bool, outcomes: Outcomes) -> None:
        """Take one report, or see that there will be none."""
        item = Input.numbered(self.left[0])
        if reported:
            try:
                outcome, why = self.reports.recv()
            except EOFError:
                self._process.join()
                if not self._started:
                    raise RuntimeError("a process that reads inputs does not start") from None
                outcome, why = "failed", f"the process died ({self._process.exitcode})"
        elif time.monotonic() > self._deadline:
            outcome, why = "failed", f"took more than {SECONDS:.0f} s"
        else:
            return
        self._deadline = time.monotonic() + SECONDS
        if outcome == "started":
            self._started = True
            return
        outcomes.add(item, outcome, why)
        if why:
            shutil.copytree(
                self._folder / item.kind, KEPT / str(item).replace(":", "-"), dirs_exist_ok=True
            )
        del self.left[0]
        if not self.left or why.startswith(("took", "the process")):
            self._process.kill()
            self._process.join()
            if self.left:
                self._start()


def _read_all(numbers: Iterable[int], seed: int, folder: Path, reports: Connection) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    makers = makers_in(folder, KINDS)
    for kind, make in makers.items():
        for number in range(WARM_UP):
            outcome_of(make, Input(kind, -1 - number), seed)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + BYTES, resource.RLIM_INFINITY))
    install()
    reports.send(("started", ""))
    for number in numbers:
        item = Input.numbered(number)
        reports.send(outcome_of(makers[item.kind], item, seed))


def makers_in(folder: Path, kinds: Iterable[str]) -> dict[str, Make]:
    """Prepare kinds of input, each in a folder of its own."""
    makers = {}
    for kind in kinds:
        shutil.rmtree(folder / kind, ignore_errors=True)
        (folder / kind).mkdir(parents=True)
        makers[kind] = KINDS[kind](folder / kind)
    return makers


def outcome_of(make: Make, item: Input, seed: int) -> tuple[str, str]:
    """Make an input, read it, and say what became of it, and why it failed if it did."""
    read = make(item.rng(seed))
    outcome, why = "accepted", ""
    with watched() as events:
        try:
            read()
        except SynthinvError as error:
            outcome, sentence = "refused", str(error)
            if not sentence or len(sentence) > LONGEST + 3 or "\n" in sentence:
                why = f"is not a sentence: {sentence[:200]!r}"
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            why = f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}: {error}"
    if events:
        why = f"did {events[0]}"
    return ("failed", " ".join(why.split())[:300]) if why else (outcome, "")
