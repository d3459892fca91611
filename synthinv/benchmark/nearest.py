"""The nearest of patches that are played once for all sounds of one note."""

import time
from collections.abc import Iterator, Sequence

import numpy as np

from synthinv.benchmark.found import Found
from synthinv.benchmark.notes import Target
from synthinv.benchmark.search import Playing
from synthinv.common.progress import ProgressHook
from synthinv.instruments.model import Patches
from synthinv.search.blackbox import LIBRARY_BATCH, nearest_in_library


def nearest(
    patches: Patches,
    targets: Sequence[Target],
    playing: Playing,
    budgets: Sequence[int],
    progress: ProgressHook | None = None,
) -> list[list[Found]]:
    """Find the nearest of some patches to each of several sounds, by MSS.

    Parameters
    ----------
    patches : uint8 array [n, parameters]
        The patches.
    targets : sequence of Target
        Sounds of one note.
    playing : Playing
        Plays the note.
    budgets : sequence of int
        Numbers of patches, from the first one on, at most n; 0 stands for all of them.
    progress : callable, optional
        Told how many patches have been played, and how many there are.

    Returns
    -------
    list of list of Found
        For each sound, one for each budget.
    """
    batches, counts = _Batches(patches, progress), [budget or len(patches) for budget in budgets]
    sounds = np.stack([target.sound.audio for target in targets])
    quietest = [playing.quietest_for(sound) for sound in sounds]
    rate = targets[0].sound.sample_rate
    curves = nearest_in_library(playing.engine, batches, sounds, rate, quietest)
    shares = [batches.seconds_after(count) / len(targets) for count in counts]
    found = []
    for target, curve in zip(targets, curves, strict=True):
        places = [int(np.argmax(curve == curve[count - 1])) for count in counts]
        notes, note = playing.engine.render(patches[places]), target.note
        found.append(
            [
                Found(count, seconds, patches[place], note.key, note.held, audio)
                for count, seconds, place, audio in zip(counts, shares, places, notes, strict=True)
            ]
        )
    return found


class _Batches:
    """Patches in batches whose notes fit into memory, and when each was asked for."""

    def __init__(self, patches: Patches, progress: ProgressHook | None) -> None:
        self._patches, self._progress = patches, progress
        self._started = time.monotonic()
        self._times: list[tuple[int, float]] = []

    def __iter__(self) -> Iterator[Patches]:
        """Yield the batches; those before one have been compared when it is asked for."""
        for start in range(0, len(self._patches), LIBRARY_BATCH):
            self._record(start)
            yield self._patches[start : start + LIBRARY_BATCH]
        self._record(len(self._patches))

    def _record(self, done: int) -> None:
        self._times.append((done, time.monotonic() - self._started))
        if self._progress is not None:
            self._progress(done, len(self._patches))

    def seconds_after(self, count: int) -> float:
        """Return the time at which so many patches had been compared."""
        return next(seconds for done, seconds in self._times if done >= count)
