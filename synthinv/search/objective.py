"""What every search minimises: the MSS between a sound and a patch's note, counted in renders.

Searches that share this class share their budget: a patch that is rendered counts, whoever asked
for it and however often, and what happens between two renders does not.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthinv.audio.level import is_silent, peak
from synthinv.audio.types import Audio
from synthinv.engines.base import Engine
from synthinv.instruments.model import Instrument, Patches
from synthinv.metrics.audio import SpectralReference

Errors = npt.NDArray[np.float64]
Differences = npt.NDArray[np.float32]


class BudgetSpentError(Exception):
    """No render, or no time, is left: the search is over."""


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes
    ----------
    patch : uint8 array [parameters]
        The best patch rendered.
    error : float
        Its MSS in decibels.
    curve : float64 array [renders]
        Least MSS after each render.
    """

    patch: Patches
    error: float
    curve: Errors


class Objective:
    """The MSS of patches against one sound, within a budget.

    Parameters
    ----------
    engine : Engine
        An open engine.
    reference : SpectralReference
        The sound, as long as the engine's notes.
    renders : int
        Renders that may be spent.
    seconds : float, optional
        Seconds that may be spent, from now on; they end a search between two batches, and make its
        result depend on the machine.
    threads : int
        CPU threads that compare; the result does not depend on it.
    quietest : float
        Peak, full scale 1, below which a note is taken for silence, see `silenced`.
    """

    def __init__(
        self,
        engine: Engine,
        reference: SpectralReference,
        renders: int,
        seconds: float | None = None,
        threads: int = 1,
        quietest: float = 0.0,
    ) -> None:
        self._engine, self._reference, self._threads = engine, reference, threads
        self._quietest = quietest
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._renders = renders
        self._errors: list[float] = []
        self._best: Patches | None = None

    def __call__(self, patches: npt.NDArray[np.integer]) -> Errors:
        """Render patches and measure their errors.

        Parameters
        ----------
        patches : int array [n, parameters]
            CC values.

        Returns
        -------
        float64 array [n]
            MSS in decibels.

        Raises
        ------
        BudgetSpentError
            If the budget does not cover all of them; those that it covers are counted first.
        """
        return total(self.differences(patches))

    def differences(self, patches: npt.NDArray[np.integer]) -> Differences:
        """Render patches and tell where their notes differ from the sound; counts as a call.

        Parameters
        ----------
        patches : int array [n, parameters]
            CC values.

        Returns
        -------
        float32 array [n, points]
            See `SpectralReference.differences`.

        Raises
        ------
        BudgetSpentError
            As for a call.
        """
        late = self._deadline is not None and time.monotonic() > self._deadline
        # The first batch is always played: even a hurried search has an answer.
        covered = patches[: 0 if late and self._errors else self.left]
        if not len(covered):
            raise BudgetSpentError
        notes = silenced(self._engine.render(covered), self._quietest)
        differences = self._reference.differences(notes, self._threads)
        self._count(covered, total(differences))
        if len(covered) < len(patches):
            raise BudgetSpentError
        return differences

    @property
    def left(self) -> int:
        """Renders left."""
        return self._renders - len(self._errors)

    def result(self) -> SearchResult:
        """Sum up; at least one patch must have been rendered."""
        if self._best is None:
            raise ValueError("nothing has been rendered")
        curve = np.minimum.accumulate(np.array(self._errors))
        return SearchResult(self._best, float(curve[-1]), curve)

    def _count(self, patches: npt.NDArray[np.integer], errors: Errors) -> None:
        if len(errors) and errors.min() < min(self._errors, default=np.inf):
            self._best = patches[errors.argmin()].astype(np.uint8)
        self._errors.extend(errors.tolist())


PatchSearch = Callable[[Objective, Instrument, np.random.Generator], SearchResult]


def silenced(notes: Audio, quietest: float) -> Audio:
    """Turn notes that hardly anyone would hear into silence, which is far from any sound.

    What is compared is relative to the notes' peaks, so a patch whose filter lets next to nothing
    through would otherwise do as well as any.

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


def total(differences: Differences) -> Errors:
    """Sum up differences to errors: float64 [n] from float32 [n, points]."""
    return np.asarray(np.abs(differences).sum(axis=1, dtype=np.float64))
