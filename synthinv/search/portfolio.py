"""A patch search for any sound: from a solver's patches and elsewhere, on one budget of renders.

Where a sound depends smoothly on the knobs and a start lies near, Gauss-Newton steps find its patch
in a few hundred renders. Sounds from outside are not like that: there is no patch that makes them,
and steps end far from the best one. From several different starts, each an island of its own, a few
knobs are then turned at a time (`synthinv.search.mutations`), so that a start which is ahead at
first does not displace those that would come further. In the end the islands are one pool.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np
import numpy.typing as npt

from synthinv.instruments.classes import Logits
from synthinv.instruments.model import Instrument
from synthinv.search.gauss_newton import GaussNewton
from synthinv.search.mutations import Mutations
from synthinv.search.objective import BudgetSpentError, Objective, Played, spread

SEPARATE = 0.6
"""Share of the renders with which knobs are turned separately from several starts."""
FEWEST_ISLANDS, ISLAND_RENDERS = 3, 800
"""At least so many starts; on a large budget, one for so many of these renders."""
BATCH, SMALL_BATCH = 16, 8
"""Patches that are rendered at a time, on a large budget and on one too small for islands. The
fewer at a time, the sooner others learn from them; the built-in voice plays 16 as fast as one."""
LEAST_FOR_ISLANDS = 1_500
"""Renders below which there is one pool or, on a synth with few knobs, nothing but steps."""
MOST_FOR_A_STEP = 0.5
"""Share of the renders that a first Gauss-Newton step may take; if it takes more, there is none."""
MANY_KNOBS = 80
"""A synth with more knobs than this has many."""
LEAST_GAIN = 0.02
"""Share of the error that a Gauss-Newton step has to remove to be followed by another."""
POINTS = 4_096
"""Differences from which Gauss-Newton steps are computed."""
FINISH = 0.05
"""Share of what the first steps leave of the budget that is for Gauss-Newton steps at the end."""
GOOD_ENOUGH = 0.05
"""Error in dB at which there is nothing left to find."""


def search_portfolio(
    objective: Objective,
    instrument: Instrument,
    logits: Logits,
    starts: Sequence[Played],
    rng: np.random.Generator,
) -> list[Played]:
    """Search for the patch of a sound until the budget is spent or nothing is left to find.

    Parameters
    ----------
    objective : Objective
        The sound, the engine and the budget.
    instrument : Instrument
        The instrument.
    logits : float32 array [1, classes of all knobs]
        A solver's output for the sound, which says how far knobs may have to move.
    starts : sequence of Played
        Patches that were played, at least one.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    list of Played
        The best patch, then others that were searched from and those that came of it, which may
        sound alike.
    """
    search = _Portfolio(objective, instrument, logits, starts, rng)
    with suppress(BudgetSpentError):
        search.run()
    return search.found()


class _Portfolio:
    """The parts of a search, which share a budget."""

    def __init__(
        self,
        objective: Objective,
        instrument: Instrument,
        logits: Logits,
        starts: Sequence[Played],
        rng: np.random.Generator,
    ) -> None:
        self._objective, self._instrument, self._rng = objective, instrument, rng
        self._steps = GaussNewton(objective, instrument, logits, POINTS)
        self._steps.add(starts)
        self._starts = list(starts)
        self._pools: list[Mutations] = []
        self._made: set[bytes] = set()

    def run(self) -> None:
        """Step, turn knobs and step again, until the budget is spent."""
        self._step()
        left = self._objective.left
        last = round(FINISH * left)
        starts = [self._steps.best, *self._starts]
        if left >= LEAST_FOR_ISLANDS:
            separate = round(SEPARATE * (left - last))
            count = max(FEWEST_ISLANDS, separate // ISLAND_RENDERS)
            self._turn([[start] for start in spread(starts, count)], left - separate, BATCH)
            self._turn([self._turned()], last, BATCH)
        elif len(self._instrument.parameters) > MANY_KNOBS:
            # What is left in the end is seldom enough for a step.
            self._turn([starts], 0, SMALL_BATCH)
        if self._pools:
            self._steps.add(self._turned())
        while self._can_gain:
            self._steps.iterate(self._rng)

    def found(self) -> list[Played]:
        """Return what was found, the best first."""
        # The budget may have been spent while knobs were turned.
        ends = [self._steps.best, *self._turned()]
        return [*sorted(ends, key=lambda end: end.error), *self._starts]

    def _turned(self) -> list[Played]:
        """List the best patches of all pools."""
        return [each for pool in self._pools for each in pool.best]

    @property
    def _can_gain(self) -> bool:
        return self._steps.can_improve and self._steps.least > GOOD_ENOUGH

    def _step(self) -> None:
        """Step while steps gain, unless a step takes most of the renders."""
        if self._can_gain and self._steps.cost > MOST_FOR_A_STEP * self._objective.left:
            return
        while self._can_gain:
            before = self._steps.least
            self._steps.iterate(self._rng)
            if self._steps.least > (1 - LEAST_GAIN) * before:
                return

    def _turn(self, pools: Sequence[Sequence[Played]], left: int, batch: int) -> None:
        """Turn knobs, of the patches of each pool separately, until so many renders are left."""
        turned = [Mutations(self._instrument, pool, self._rng, self._made) for pool in pools]
        self._pools += turned
        share = max(1, batch // len(turned))
        for played in self._objective.play_ahead(self._asked(turned, left, share)):
            for number, pool in enumerate(turned):
                pool.tell(played[number * share : (number + 1) * share])

    def _asked(
        self, pools: Sequence[Mutations], left: int, share: int
    ) -> Iterator[npt.NDArray[np.int64]]:
        """Ask every pool for a share of patches, until so many renders are left."""
        while self._objective.left > left:
            if min(pool.best[0].error for pool in pools) <= GOOD_ENOUGH:
                return
            yield np.concatenate([pool.ask(share) for pool in pools])
