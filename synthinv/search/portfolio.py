"""A patch search for any sound: from a solver's patches and elsewhere, on one budget of renders.

Where a sound depends smoothly on the knobs and a start lies near, Gauss-Newton steps find its patch
in a few hundred renders. Sounds from outside are not like that: there is no patch that makes them,
and steps end far from the best one. Evolution strategies then go on from several different starts,
each an island of its own, until the best of them has the rest of the budget to itself. On a synth
with too many knobs for them, a few knobs are turned at a time instead
(`synthinv.search.mutations`).
"""

from collections.abc import Sequence
from contextlib import suppress
from math import log2

import numpy as np

from synthinv.instruments.classes import Logits
from synthinv.instruments.model import Instrument
from synthinv.search.cma_es import CmaEs
from synthinv.search.cube import patches_at, points_of
from synthinv.search.gauss_newton import GaussNewton
from synthinv.search.mutations import Mutations
from synthinv.search.objective import BudgetSpentError, Objective, Played

ISLANDS = 3
"""Starts from which evolution strategies go on."""
POPULATION = 24
"""Patches of a generation."""
DEVIATION = 0.1
"""Standard deviation of an island's first generation, as a share of a knob's axis."""
FEWEST_GENERATIONS = 20
"""Generations for every island that the budget must allow; otherwise steps have all of it."""
LEAST_GAIN = 0.02
"""Share of the error that a Gauss-Newton step has to remove to be followed by another."""
POINTS = 4_096
"""Differences from which Gauss-Newton steps are computed."""
FINISH = 0.05
"""Share of the budget that is left to Gauss-Newton steps at the end."""
MOST_EVOLVED = 80
"""Most knobs for evolution strategies; of an instrument with more, a few are turned at a time."""
CONVERGED = 0.003
"""Spread of an island, as a share of a knob's axis, at which it starts anew elsewhere."""
GOOD_ENOUGH = 0.05
"""Error in dB at which there is nothing left to find."""
APART = 1.0
"""Distance in dB that starts have from one another, which one can just hear."""


class _EnoughError(Exception):
    """The end of a search that has nothing left to find."""


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


def spread(starts: Sequence[Played], count: int) -> list[Played]:
    """Choose the best starts that sound different from one another.

    Parameters
    ----------
    starts : sequence of Played
        Patches that were played.
    count : int
        Most starts wanted.

    Returns
    -------
    list of Played
        At most `count`, the best first.
    """
    chosen: list[Played] = []
    for start in sorted(starts, key=lambda start: start.error):
        if all(start.apart(other) > APART for other in chosen):
            chosen.append(start)
        if len(chosen) == count:
            break
    return chosen


class _Island:
    """An evolution strategy and the best patch that it has come across."""

    def __init__(self, strategy: CmaEs, start: Played) -> None:
        self.strategy, self.best = strategy, start

    @property
    def error(self) -> float:
        """The least error so far."""
        return self.best.error

    def tell(self, played: Sequence[Played]) -> None:
        """Learn from the generation that was asked for."""
        self.strategy.tell(np.array([each.error for each in played]))
        self.best = min([self.best, *played], key=lambda each: each.error)


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
        self._islands: list[_Island] = []
        self._mutations: Mutations | None = None

    def run(self) -> None:
        """Step, evolve and step again, until the budget is spent."""
        self._step()
        finish = round(FINISH * self._objective.left)
        generations = self._objective.left // (ISLANDS * POPULATION)
        if len(self._instrument.parameters) > MOST_EVOLVED:
            self._mutate(finish)
        elif generations >= FEWEST_GENERATIONS:
            self._islands = [self._island(start) for start in self._spread_starts()]
            with suppress(_EnoughError):
                self._evolve(self._islands, self._objective.left - finish)
            self._steps.add([island.best for island in self._islands])
        self._step()
        while self._steps.can_improve and self._steps.least > GOOD_ENOUGH:
            self._steps.iterate(self._rng)

    def _mutate(self, left: int) -> None:
        """Turn a few knobs of the best patches until so many renders are left."""
        self._mutations = Mutations(self._instrument, self._starts, self._rng)
        self._mutations.tell([self._steps.best])
        while self._objective.left > left and self._mutations.pool[0].error > GOOD_ENOUGH:
            count = min(POPULATION, self._objective.left)
            self._mutations.tell(self._objective.play(self._mutations.ask(count)))
        self._steps.add(self._mutations.pool)

    def found(self) -> list[Played]:
        """Return what was found, the best first."""
        # The budget may have been spent while islands evolved or knobs were turned.
        ends = [self._steps.best, *(island.best for island in self._islands)]
        if self._mutations is not None:
            ends += self._mutations.pool
        return [*sorted(ends, key=lambda end: end.error), *self._starts]

    def _step(self) -> None:
        """Step while steps gain."""
        while self._steps.can_improve and self._steps.least > GOOD_ENOUGH:
            before = self._steps.least
            self._steps.iterate(self._rng)
            if self._steps.least > (1 - LEAST_GAIN) * before:
                return

    def _spread_starts(self) -> list[Played]:
        return spread([self._steps.best, *self._starts], ISLANDS)

    def _island(self, start: Played) -> _Island:
        (point,) = points_of(self._instrument, start.patch[np.newaxis])
        strategy = CmaEs(point, DEVIATION, POPULATION, self._rng)
        return _Island(strategy, start)

    def _evolve(self, islands: Sequence[_Island], renders: int) -> None:
        """Evolve islands on a budget; each time their number is halved, the others share the same.

        All islands keep the best patches that they have found.
        """
        last = self._objective.left - renders
        alive, rounds = list(islands), round(log2(len(islands))) + 1
        for round_ in range(rounds):
            end = last + renders * (rounds - 1 - round_) // rounds
            while self._objective.left > end:
                self._advance(alive)
            alive = sorted(alive, key=lambda island: island.error)[: max(1, len(alive) // 2)]

    def _advance(self, islands: Sequence[_Island]) -> None:
        """Render a generation of every island."""
        if min(island.error for island in islands) <= GOOD_ENOUGH:
            raise _EnoughError
        points = np.concatenate([island.strategy.ask() for island in islands])
        played = self._objective.play(patches_at(self._instrument, points))
        for number, island in enumerate(islands):
            island.tell(played[number * POPULATION : (number + 1) * POPULATION])
            if island.strategy.spread < CONVERGED:
                anywhere = self._rng.random((points.shape[1],))
                island.strategy = CmaEs(anywhere, 2 * DEVIATION, POPULATION, self._rng)
