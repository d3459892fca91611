"""Notes played in copies of this process, several at a time.

A copy (fork) has the plug-in as it was loaded, plays one note and ends. So notes depend neither on
each other nor on how many play at once.
"""

import mmap
import os
import signal
from collections.abc import Callable, Iterator
from selectors import EVENT_READ, DefaultSelector

import numpy as np

from synthinv.audio.types import Audio

COPY_SECONDS = 60  # a copy that has not played its note by then hangs


class CopyError(Exception):
    """A copy ended without having played its note."""


def play_in_copies(
    play: Callable[[int], Audio], count: int, samples: int, at_once: int
) -> Iterator[tuple[int, Audio]]:
    """Play notes, each in a copy of this process.

    Parameters
    ----------
    play : callable
        Plays the note of an index, float32 [samples].
    count : int
        Number of notes.
    samples : int
        Length of a note.
    at_once : int
        Copies that may play at a time.

    Yields
    ------
    int and float32 array [samples]
        Index of a note that has been played, and its sound, which the next one overwrites.

    Raises
    ------
    CopyError
        If a copy ends without having played its note.
    """
    free = [_shared(samples) for _ in range(min(at_once, count))]
    playing: set[_Copy] = set()
    waiting = iter(range(count))
    with DefaultSelector() as ends:
        try:
            while True:
                while free and (index := next(waiting, None)) is not None:
                    copy = _Copy(index, play, free.pop())
                    playing.add(copy)
                    ends.register(copy.end, EVENT_READ, copy)
                if not playing:
                    return
                for key, _ in ends.select():
                    copy = key.data
                    ends.unregister(copy.end)
                    playing.remove(copy)
                    copy.finish()
                    yield copy.index, copy.sound
                    free.append(copy.sound)
        finally:
            for copy in playing:
                copy.kill()


class _Copy:
    """A copy of this process that plays a note.

    Parameters
    ----------
    index : int
        The note.
    play : callable
        See `play_in_copies`.
    sound : float32 array [samples]
        Memory that it shares with this process, for the note.
    """

    def __init__(self, index: int, play: Callable[[int], Audio], sound: Audio) -> None:
        self.index, self.sound = index, sound
        reading, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            # Whatever happens, the copy ends here, and leaves the job's files alone.
            try:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.alarm(COPY_SECONDS)
                sound[:] = play(index)
                os._exit(0)
            finally:
                os._exit(1)
        os.close(writing)
        # A pipe that comes to its end when the copy does, which holds its other side.
        self.end = reading

    def finish(self) -> None:
        """Wait until the copy has ended; raise `CopyError` if it has not played."""
        os.close(self.end)
        if os.waitpid(self._process, 0)[1] != 0:
            raise CopyError

    def kill(self) -> None:
        """End the copy at once."""
        os.close(self.end)
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)


def _shared(samples: int) -> Audio:
    shared = mmap.mmap(-1, samples * np.dtype(np.float32).itemsize)
    return np.frombuffer(shared, dtype=np.float32)
