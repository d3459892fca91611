"""Patches that turn a few knobs of good ones.

On most synths a step along many knobs at once spoils a patch: frequency modulation, envelopes and
waveforms do what they do only where the others stand. Here a patch keeps most of what it has: a few
knobs are turned, a little or a lot, and a section of the panel is sometimes taken from another good
patch.
"""

from collections.abc import Sequence
from math import exp, log

import numpy as np
import numpy.typing as npt

from synthinv.instruments.model import Instrument
from synthinv.search.objective import Played, spread

KEPT = 8
"""The best patches, of which others are made."""
APART = 0.3
"""Distance in dB that they have from one another: copies of the best would crowd out the others."""
RANK_SCALE = 2.0
"""Scale of the exponential distribution from which the rank of the patch to change is drawn."""
FURTHER_KNOBS = 2.0
"""Scale of the exponential distribution of the number of knobs that are turned besides one."""
EXCHANGED = 0.3
"""Share of the patches that take a section from another one."""
TRIES = 5
"""Most attempts to make a patch that was not made before; the last is taken as it is."""
LOG_DEVIATIONS = log(0.01), log(0.3)
"""Logarithms of the least and the largest standard deviation of a turn, as a share of the knob's
travel."""


class Mutations:
    """A pool of patches that improves.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    starts : sequence of Played
        Patches that were played, at least one.
    rng : numpy.random.Generator
        Source of randomness.
    made : set of bytes, optional
        Patches that were made before, in canonical form; pools that share it rarely make one
        twice.

    Attributes
    ----------
    best : list of Played
        The best patches so far that sound different, the best first.
    """

    def __init__(
        self,
        instrument: Instrument,
        starts: Sequence[Played],
        rng: np.random.Generator,
        made: set[bytes] | None = None,
    ) -> None:
        self._instrument, self._rng = instrument, rng
        self._made = set() if made is None else made
        self._made.update(self._key(start.patch) for start in starts)
        groups = np.array([parameter.group for parameter in instrument.parameters])
        self._sections = [groups == group for group in np.unique(groups)]
        self.best: list[Played] = []
        self.tell(starts)

    def ask(self, count: int) -> npt.NDArray[np.int64]:
        """Make patches: int64 [count, parameters]."""
        return np.stack([self._new() for _ in range(count)])

    def tell(self, played: Sequence[Played]) -> None:
        """Keep the best of those before and of some that were played."""
        full = len(self.best) == KEPT
        if full and all(each.error >= self.best[-1].error for each in played):
            return
        self.best = spread([*self.best, *played], KEPT, APART)

    def _new(self) -> npt.NDArray[np.int64]:
        for _ in range(TRIES):
            patch = self._mutated()
            key = self._key(patch)
            if key not in self._made:
                break
        self._made.add(key)
        return patch

    def _key(self, patch: npt.NDArray[np.int64]) -> bytes:
        """Return the same bytes for patches that differ in knobs without effect alone."""
        return self._instrument.canonical(patch[np.newaxis]).astype(np.uint8).tobytes()

    def _mutated(self) -> npt.NDArray[np.int64]:
        rank = min(int(self._rng.exponential(RANK_SCALE)), len(self.best) - 1)
        patch = self.best[rank].patch.copy()
        if self._rng.random() < EXCHANGED:
            other = self.best[self._rng.integers(len(self.best))].patch
            section = self._sections[self._rng.integers(len(self._sections))]
            patch[section] = other[section]
        active = np.flatnonzero(self._instrument.active(patch))
        count = min(1 + int(self._rng.exponential(FURTHER_KNOBS)), len(active))
        for knob in self._rng.choice(active, count, replace=False):
            patch[knob] = self._turned(int(knob), int(patch[knob]))
        return patch

    def _turned(self, knob: int, step: int) -> int:
        parameter = self._instrument.parameters[knob]
        if not parameter.continuous:
            anywhere = self._rng.integers(parameter.highest + 1, size=1)
            return int(parameter.snap(anywhere)[0])
        deviation = exp(self._rng.uniform(*LOG_DEVIATIONS)) * parameter.highest
        turn = round(self._rng.normal(0, deviation)) or int(self._rng.choice([-1, 1]))
        return min(max(step + turn, 0), parameter.highest)
