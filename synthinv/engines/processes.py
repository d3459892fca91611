"""Small processes that play notes, as many at a time as are asked for.

See `synthinv.engines.copies` for what goes on in them.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from queue import SimpleQueue
from typing import Any, Self

import numpy as np

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError

ENVIRONMENT = {
    # A process with threads could not be copied.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Large pages, where Linux has them: a copy touches thousands of small ones.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


class PlayerError(Exception):
    """A process that ended before it had loaded its synth or played its note."""


class Players:
    """Processes that have loaded the same synth.

    Parameters
    ----------
    module : str
        Module that they run, which calls `synthinv.engines.copies.serve`.
    arguments : sequence
        What they load, as JSON can hold it.
    threads : int
        Their number.

    Attributes
    ----------
    facts : object
        Facts about the synth, see `synthinv.engines.copies.Loaded`; known once the processes run.
    """

    def __init__(self, module: str, arguments: Sequence[object], threads: int) -> None:
        self._module = module
        self._arguments = arguments
        self._threads = max(1, threads)
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start the processes.

        Raises
        ------
        PlayerError
            If one of them ends.
        SynthinvError
            If the synth cannot be loaded.
        """
        with ExitStack() as stack:
            self._pool = ThreadPoolExecutor(self._threads, "players")
            # Done last: once the processes have ended, none of its threads has to be waited for.
            stack.callback(self._pool.shutdown, cancel_futures=True)
            processes = [_Process(self._module, stack) for _ in range(self._threads)]
            self.facts, *_ = self._pool.map(lambda each: each.load(self._arguments), processes)
            for process in processes:
                self._idle.put(process)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        """End the processes, and whatever they are playing."""
        self._stack.close()

    def play(
        self, request: Callable[[int], Sequence[object]], count: int, samples: int
    ) -> Iterator[Audio]:
        """Play notes.

        Parameters
        ----------
        request : callable
            Returns what the process is asked for, given the index of a note.
        count : int
            Number of notes.
        samples : int
            Length of a note.

        Yields
        ------
        float32 array [samples]
            The notes, in order.

        Raises
        ------
        PlayerError
            If a process, or the copy of it that was to play, ends.
        """

        def play_one(index: int) -> Audio:
            process = self._idle.get()
            try:
                return process.play(request(index), samples)
            finally:
                self._idle.put(process)

        yield from self._pool.map(play_one, range(count))


class _Process:
    """A process that plays notes, one at a time, until a stack closes.

    Parameters
    ----------
    module : str
        See `Players`.
    stack : ExitStack
        Ends it.
    """

    def __init__(self, module: str, stack: ExitStack) -> None:
        # It imports from where this process does, and not from the working folder besides.
        path = os.pathsep.join(map(os.path.abspath, sys.path))
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | ENVIRONMENT | {"PYTHONPATH": path},
            # Its own group, so that it is ended together with the copy that plays.
            process_group=0,
        )
        stack.callback(_end, process)
        assert process.stdin is not None
        assert process.stdout is not None
        self._requests, self._answers = process.stdin, process.stdout

    def load(self, arguments: Sequence[object]) -> Any:
        """Load the synth, and return the facts about it."""
        self._send(arguments)
        line = self._answers.readline()
        if not line:
            raise PlayerError
        error, facts = json.loads(line)
        if error is not None:
            raise SynthinvError(error)
        return facts

    def play(self, request: Sequence[object], samples: int) -> Audio:
        """Play a note."""
        self._send(request)
        size = samples * np.dtype(np.float32).itemsize
        sound = self._answers.read(size)
        if len(sound) < size:
            raise PlayerError
        return np.frombuffer(sound, dtype=np.float32)

    def _send(self, content: Sequence[object]) -> None:
        try:
            self._requests.write(json.dumps(content).encode() + b"\n")
            self._requests.flush()
        except OSError:
            raise PlayerError from None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process with its copies, and close its pipes."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        with suppress(OSError):
            pipe.close()
