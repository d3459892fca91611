"""The objective of refinement and patch searches: the error of a patch's note against a sound.

An error is in decibels, and is the MSS, except in a match (`match_reference`).

All of them spend the same kind of budget, counted in renders. Every render counts, even of a patch
that was rendered before; computation between renders does not.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import fft

from synthinv.audio.level import db_to_amplitude, is_silent, peak
from synthinv.audio.types import Audio
from synthinv.common.progress import ProgressHook
from synthinv.engines.base import Renderer
from synthinv.instruments.model import Instrument, Patches
from synthinv.metrics.audio import SpectralReference, in_samples

Errors = npt.NDArray[np.float64]
Differences = npt.NDArray[np.float32]


ABSOLUTE_SHARE = 0.25
"""Share of absolute decibels in the errors that a match minimises, see `spectral_points`."""


MATCHED_MS = ((10, 10, 32), (25, 20, 64), (100, 50, 128))
"""Windows and hops in milliseconds, and mel bands, of the errors that a match minimises: those of
the MSS, but with half as many of the short windows, which overlap less. Patches are about as close
as with all, in four fifths of the time."""


APART = 1.0
"""Distance in dB at which one can just hear that two notes differ."""


QUIETER = db_to_amplitude(-40)
"""A patch whose peak is below this share of the sound's (−40 dB) is taken for silence."""


class BudgetSpentError(Exception):
    """The end of a patch search or a refinement: no render, or no time, is left."""


class Played(NamedTuple):
    """A patch that was rendered.

    Attributes
    ----------
    patch : int64 array [parameters]
        Steps.
    differences : float32 array [points]
        How its note differs from the sound, see `SpectralReference.differences`.
    error : float
        Their sum, in decibels.
    """

    patch: npt.NDArray[np.int64]
    differences: Differences
    error: float

    def apart(self, other: "Played") -> float:
        """Return the distance of the notes of two patches, in decibels."""
        # The sound, from which both differ, cancels out.
        return float(np.abs(self.differences - other.differences).sum(dtype=np.float64))


def spread(played: Sequence[Played], count: int, apart: float = APART) -> list[Played]:
    """Choose the best patches that sound different from one another.

    Parameters
    ----------
    played : sequence of Played
        Patches that were played.
    count : int
        Most patches wanted.
    apart : float
        Distance in dB that their notes have at least.

    Returns
    -------
    list of Played
        At most `count`, the best first.
    """
    chosen: list[Played] = []
    for each in sorted(played, key=lambda each: each.error):
        if all(each.apart(other) > apart for other in chosen):
            chosen.append(each)
        if len(chosen) == count:
            break
    return chosen


@dataclass(frozen=True)
class SearchResult:
    """The result of a patch search or a refinement.

    Attributes
    ----------
    patch : uint8 array [parameters]
        The best patch rendered.
    error : float
        Its error in decibels.
    curve : float64 array [renders]
        Least error after each render.
    """

    patch: Patches
    error: float
    curve: Errors


class Objective:
    """The errors of patches against one sound, within a budget.

    Parameters
    ----------
    engine : Renderer or None
        An open engine, or one at a key; None to set the attribute later.
    reference : SpectralReference
        The sound, as long as the engine's notes; its absolute share decides what an error is.
    renders : int
        Budget in renders.
    seconds : float, optional
        Budget in seconds, from now on. The first batch is played in any case, then only as many
        patches as fit at the pace so far; the result depends on the machine.
    threads : int
        CPU threads; the result does not depend on them. With one, nothing is compared while the
        engine plays.
    quietest : float
        Peak, full scale 1, below which a note is taken for silence, see `silenced`.

    Attributes
    ----------
    engine : Renderer or None
        What plays the patches; another one may play them at another key, on the same budget.
    progress : callable, optional
        Told how many renders are done, and how many there will be: fewer than the budget if its
        time is short.
    late : bool
        Whether the time was over before all renders were spent.
    """

    def __init__(
        self,
        engine: Renderer | None,
        reference: SpectralReference,
        renders: int,
        seconds: float | None = None,
        threads: int = 1,
        quietest: float = 0.0,
    ) -> None:
        self.engine, self._reference, self._threads = engine, reference, threads
        self._quietest = quietest
        self.progress: ProgressHook | None = None
        self._seconds, self._started = seconds, time.monotonic()
        self._renders, self._begun, self.late = renders, 0, False
        self._errors: list[float] = []
        self._best: Patches | None = None
        self._least = np.inf

    def __call__(self, patches: npt.NDArray[np.integer]) -> Errors:
        """Render patches and compute their errors.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.

        Returns
        -------
        float64 array [n]
            Errors in decibels.

        Raises
        ------
        BudgetSpentError
            If the budget does not cover all of them; those that it covers are rendered and counted.
        """
        return total(self.differences(patches))

    def play(self, patches: npt.NDArray[np.integer]) -> list[Played]:
        """Render patches, and return each with its differences from the sound; counts as a call.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.

        Returns
        -------
        list of Played
            One for each.

        Raises
        ------
        BudgetSpentError
            As for a call.
        """
        return _played(patches, self.differences(patches))

    def play_ahead(self, batches: Iterable[npt.NDArray[np.integer]]) -> Iterator[list[Played]]:
        """Render batches of patches, each while the one before it is compared.

        So a batch is asked for before it is known how good the patches before it are; this does not
        depend on the threads.

        Parameters
        ----------
        batches : iterable of int array [n, parameters]
            Steps.

        Yields
        ------
        list of Played
            One for each patch of a batch that is played: fewer where renders or time run short, and
            the rest of such a batch is not played. Once either is spent, no batch is begun.
        """
        # The built-in voice plays a batch of 16 on the thread that is left.
        threads = max(1, self._threads - 1)

        def compare(batch: npt.NDArray[np.integer], notes: Audio) -> list[Played]:
            return _played(batch, self._compare(notes, threads))

        with ThreadPoolExecutor(1) as aside:
            before = None
            for patches in batches:
                batch = patches[: self._affordable()]
                if not len(batch):
                    break
                compared = aside.submit(compare, batch, self._render(batch))
                if self._threads == 1:
                    wait([compared])
                if before is not None:
                    yield self._counted(before.result())
                before = compared
            if before is not None:
                yield self._counted(before.result())

    def differences(self, patches: npt.NDArray[np.integer]) -> Differences:
        """Render patches and compute how their notes differ from the sound; counts as a call.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.

        Returns
        -------
        float32 array [n, points]
            See `SpectralReference.differences`.

        Raises
        ------
        BudgetSpentError
            As for a call.
        """
        parts: list[Differences] = []
        begun = 0
        while True:
            batch = patches[begun : begun + self._affordable()]
            if not len(batch):
                raise BudgetSpentError
            parts.append(self._compare(self._render(batch), self._threads))
            self._count(batch, total(parts[-1]).tolist())
            begun += len(batch)
            if begun == len(patches):
                return np.concatenate(parts)

    @property
    def left(self) -> int:
        """Renders left."""
        return self._renders - self._begun

    def result(self) -> SearchResult:
        """Return the best patch so far; at least one must have been rendered."""
        if self._best is None:
            raise ValueError("nothing has been rendered")
        curve = np.minimum.accumulate(np.array(self._errors))
        return SearchResult(self._best, float(curve[-1]), curve)

    def _affordable(self) -> int:
        """Return how many patches to play before looking at the clock again; 0 ends the search."""
        # The first batch is always rendered, so that there is a result however short the time.
        if self._seconds is None or not self._begun:
            return self.left
        elapsed = self._elapsed()
        self.late = elapsed > self._seconds and self.left > 0
        if self.late or not elapsed:
            return 0 if self.late else self.left
        in_time = int(self._begun * (self._seconds / elapsed - 1))
        return min(self.left, max(1, in_time))

    def _render(self, batch: npt.NDArray[np.integer]) -> Audio:
        assert self.engine is not None
        notes = self.engine.render(batch, self._progress_of(len(batch)))
        self._begun += len(batch)
        return notes

    def _compare(self, notes: Audio, threads: int) -> Differences:
        return self._reference.differences(silenced(notes, self._quietest), threads)

    def _counted(self, played: list[Played]) -> list[Played]:
        self._count([each.patch for each in played], [each.error for each in played])
        return played

    def _elapsed(self) -> float:
        return time.monotonic() - self._started

    def _progress_of(self, batch: int) -> ProgressHook | None:
        """Return a hook for a batch of renders."""
        before, tell = self._begun, self.progress
        if tell is None:
            return None
        return lambda done, _: tell(before + done, self._expected(before + done, before + batch))

    def _expected(self, done: int, least: int) -> int:
        """Return how many renders there will be, at the pace so far; at least so many."""
        elapsed = self._elapsed()
        if self._seconds is None or not elapsed:
            return self._renders
        return min(self._renders, max(least, round(done * self._seconds / elapsed)))

    def _count(self, patches: Iterable[npt.NDArray[np.integer]], errors: Sequence[float]) -> None:
        for patch, error in zip(patches, errors, strict=True):
            if error < self._least:
                self._best, self._least = patch.astype(np.uint8), error
        self._errors.extend(errors)


PatchSearch = Callable[[Objective, Instrument, np.random.Generator], SearchResult]
"""A function that minimises an objective until its budget is spent."""


def quietest_for(sound: npt.ArrayLike, level_dbfs: float) -> float:
    """Return the peak below which a patch is taken for silence when it is compared with a sound.

    Parameters
    ----------
    sound : float array [samples]
        The sound, full scale ±1.
    level_dbfs : float
        Level below which every note is silent, `silence.level_dbfs`.

    Returns
    -------
    float
        The peak, full scale 1, for `silenced`.
    """
    return max(db_to_amplitude(level_dbfs), QUIETER * float(peak(np.asarray(sound))))


def silenced(notes: Audio, quietest: float) -> Audio:
    """Replace notes that are too soft by silence, which is far from any sound.

    Notes are compared relative to their peaks, so a patch whose filter lets next to nothing through
    could otherwise match as well as an audible one.

    Parameters
    ----------
    notes : float32 array [n, samples]
        Notes, full scale ±1.
    quietest : float
        Peak below which one is silence.

    Returns
    -------
    float32 array [n, samples]
        The notes, or zeros.
    """
    silent = is_silent(peak(notes), quietest)[:, np.newaxis]
    return np.where(silent, np.float32(0), notes) if silent.any() else notes


def match_reference(sound: Audio, sample_rate: int) -> SpectralReference:
    """Return what a match compares notes with.

    Parameters
    ----------
    sound : float32 array [samples]
        The sound.
    sample_rate : int
        In Hz.

    Returns
    -------
    SpectralReference
        The sound, with the absolute share and the scales of a match.
    """
    # A little longer, where the transform of that length is quicker: 4,500 samples, not 4,410.
    scales = tuple(
        (fft.next_fast_len(window, real=True), hop, mels)
        for window, hop, mels in in_samples(MATCHED_MS, sample_rate)
    )
    return SpectralReference(sound, sample_rate, ABSOLUTE_SHARE, scales)


def _played(patches: npt.NDArray[np.integer], differences: Differences) -> list[Played]:
    errors = total(differences).tolist()
    rows = zip(patches.astype(np.int64), differences, errors, strict=True)
    return [Played(*row) for row in rows]


def total(differences: Differences) -> Errors:
    """Sum absolute differences to errors: float64 [n] from float32 [n, points]."""
    return np.asarray(np.abs(differences).sum(axis=1, dtype=np.float64))
