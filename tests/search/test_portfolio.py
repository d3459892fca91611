"""The patch search of a match: from several starts, on one budget."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.classes import class_counts
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.search import portfolio
from synthinv.search.gauss_newton import GaussNewton
from synthinv.search.mutations import Mutations
from synthinv.search.objective import Objective, Played, match_reference
from synthinv.search.portfolio import (
    GOOD_ENOUGH,
    LEAST_FOR_ISLANDS,
    MANY_KNOBS,
    search_portfolio,
)
from tests.search.heard_knobs import HeardKnobs, panel

AUDIO = AudioConfig(samples=8_000)
TRUTH = np.array([77, 64, 51, 60, 60, 70, 20, 80, 40, 10, 90, 100], dtype=np.uint8)
# Enough for steps before knobs are turned.
TURNING = LEAST_FOR_ISLANDS * 5 // 4


@pytest.fixture(scope="module")
def minimoog() -> Instrument:
    return load_instrument("minimoog-1osc")


@pytest.fixture(scope="module")
def engine(minimoog: Instrument) -> BuiltIn:
    return BuiltIn(minimoog, NoteConfig(), AUDIO)


def objective_for(engine: BuiltIn, renders: int) -> Objective:
    note = engine.render(TRUTH[np.newaxis])[0]
    return Objective(engine, match_reference(note, 44_100), renders)


def search(
    objective: Objective, instrument: Instrument, patches: Sequence[Sequence[int]], seed: int = 0
) -> tuple[list[Played], list[Played]]:
    """Search from patches; return these as they were played, and what was found."""
    starts = objective.play(np.array(patches))
    logits = np.zeros((1, sum(class_counts(instrument))), np.float32)
    rng = np.random.default_rng(seed)
    return starts, search_portfolio(objective, instrument, logits, starts, rng)


def moved(*knobs: int, by: int = 9) -> list[int]:
    patch = TRUTH.astype(int)
    patch[list(knobs)] += by
    return [int(value) for value in patch]


def test_a_patch_of_the_synth_is_found_from_a_start_a_few_knobs_away(
    engine: BuiltIn, minimoog: Instrument
) -> None:
    objective = objective_for(engine, 600)
    starts, found = search(objective, minimoog, [moved(3, 7, 10)])
    assert starts[0].error > 1
    assert found[0].error < 0.2 * starts[0].error
    # Nothing was left to find, so the rest of the budget was not spent.
    assert found[0].error > GOOD_ENOUGH or objective.left > 0


def test_it_stops_when_nothing_is_left_to_find(engine: BuiltIn, minimoog: Instrument) -> None:
    objective = objective_for(engine, 10_000)
    _, found = search(objective, minimoog, [TRUTH.tolist(), moved(3)])
    assert found[0].error == 0
    assert objective.left > 9_000


@pytest.mark.parametrize("renders", [3, 4, 50, TURNING])
def test_it_spends_its_budget_and_never_loses_its_best_start(
    engine: BuiltIn, minimoog: Instrument, renders: int
) -> None:
    objective = objective_for(engine, renders)
    rng = np.random.default_rng(4)
    patches = [minimoog.sample(rng).tolist() for _ in range(3)]
    starts, found = search(objective, minimoog, patches)
    assert objective.left == 0
    assert found[0].error <= min(start.error for start in starts)
    assert found[0].error <= min(each.error for each in found)
    # The best is what the budget found, not a copy of it in another order.
    assert found[0].error == objective.result().error
    np.testing.assert_array_equal(found[0].patch, objective.result().patch)


def test_what_was_found_is_kept_when_the_time_ends(
    engine: BuiltIn, minimoog: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time ends while knobs are turned, after three quarters of the renders."""
    objective = objective_for(engine, 2 * TURNING)
    monkeypatch.setattr(objective, "_seconds", 1.0)
    late = lambda: 2.0 if objective.left < TURNING // 2 else 0.5  # noqa: E731
    monkeypatch.setattr(objective, "_elapsed", late)
    patches = [minimoog.sample(np.random.default_rng(4)).tolist()]
    _, found = search(objective, minimoog, patches)
    assert 0 < objective.left < TURNING // 2
    assert found[0].error == objective.result().error


def test_the_same_search_finds_the_same(engine: BuiltIn, minimoog: Instrument) -> None:
    patches = [minimoog.sample(np.random.default_rng(7)).tolist()]
    first, second, other = (
        [p.error for p in search(objective_for(engine, TURNING), minimoog, patches, seed)[1]]
        for seed in (0, 0, 1)
    )
    assert first == second != other


class Event(NamedTuple):
    """A pool that is opened or a Gauss-Newton step, what it starts from, and the renders left."""

    left: int
    starts: list[Played]


class History(NamedTuple):
    """What a search did, in order."""

    objective: Objective
    pools: list[Event]
    steps: list[Event]
    strangers: list[Played]
    """Patches that a pool was told about and had not asked for."""

    @property
    def islands(self) -> list[Event]:
        return [pool for pool in self.pools if pool.left == self.pools[0].left]

    @property
    def merged(self) -> list[Event]:
        return self.pools[len(self.islands) :]

    @property
    def last_steps(self) -> list[Event]:
        return [step for step in self.steps if step.left < self.pools[-1].left]

    def least_before(self, event: Event) -> float:
        """Return the least error of what had been played."""
        return float(self.objective.result().curve[-event.left - 1])


def history(monkeypatch: pytest.MonkeyPatch, renders: int, knobs: int = 12) -> History:
    """Search from six patches for a sound that none makes, on a synth that jumps with its knobs."""
    heard = np.random.default_rng(0).permutation(128) / 32
    synth = HeardKnobs(np.full(knobs, -1), lambda patches: heard[patches])
    found = History(synth.objective(renders), [], [], [])

    class Pool(Mutations):
        asked: deque[list[list[int]]] | None = None

        def ask(self, count: int) -> npt.NDArray[np.int64]:
            patches = super().ask(count)
            self.asked = self.asked or deque()
            self.asked.append(patches.tolist())
            return patches

        def tell(self, played: Sequence[Played]) -> None:
            if self.asked is None:
                found.pools.append(Event(found.objective.left, list(played)))
            else:
                asked = self.asked.popleft()
                found.strangers.extend(p for p in played if p.patch.tolist() not in asked)
            super().tell(played)

    class Steps(GaussNewton):
        def iterate(self, rng: np.random.Generator) -> None:
            found.steps.append(Event(found.objective.left, [self.best]))
            super().iterate(rng)

    monkeypatch.setattr(portfolio, "Mutations", Pool)
    monkeypatch.setattr(portfolio, "GaussNewton", Steps)
    # The first two sound the same.
    patches = np.random.default_rng(1).integers(128, size=(5, knobs))[[0, 0, 1, 2, 3, 4]]
    search(found.objective, panel(1, knobs), patches.tolist())
    assert found.objective.left == 0
    return found


@pytest.mark.parametrize(("renders", "islands"), [(1_600, 3), (6_000, 4)])
def test_knobs_are_turned_on_islands_and_more_of_them_on_a_large_budget(
    monkeypatch: pytest.MonkeyPatch, renders: int, islands: int
) -> None:
    found = history(monkeypatch, renders)
    # Each starts from a patch that sounds different, the first from the best that steps led to.
    starts = [island.starts for island in found.islands]
    assert [len(patches) for patches in starts] == [1] * islands
    assert len({tuple(patch.tolist()) for ((patch, *_),) in starts}) == islands
    assert starts[0][0].error == found.least_before(found.islands[0])
    assert found.steps[0].left > found.islands[0].left
    assert not found.strangers


def test_after_more_than_half_of_the_renders_the_islands_are_one_pool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = history(monkeypatch, 1_600)
    (pool,) = found.merged
    first = found.islands[0].left
    assert 0.5 < (first - pool.left) / first < 0.7
    assert min(start.error for start in pool.starts) == found.least_before(pool)


@pytest.mark.parametrize("renders", [1_600, 6_000])
def test_the_last_renders_are_steps_from_the_best_patch(
    monkeypatch: pytest.MonkeyPatch, renders: int
) -> None:
    found = history(monkeypatch, renders)
    first, *others = found.last_steps
    assert 0.03 < first.left / renders < 0.1
    assert first.starts[0].error == found.least_before(first)
    assert others


@pytest.mark.parametrize(("knobs", "pools"), [(MANY_KNOBS, 0), (MANY_KNOBS + 1, 1)])
def test_a_small_budget_has_one_pool_if_there_are_many_knobs_and_else_steps_alone(
    monkeypatch: pytest.MonkeyPatch, knobs: int, pools: int
) -> None:
    found = history(monkeypatch, LEAST_FOR_ISLANDS - 100, knobs)
    assert len(found.pools) == pools
    # The patches that it was given, and the best that steps led to.
    assert all(len(pool.starts) == 7 for pool in found.pools)


@pytest.mark.parametrize(("renders", "steps"), [(150, False), (400, True)])
def test_a_step_that_takes_most_of_the_renders_is_left_out(
    monkeypatch: pytest.MonkeyPatch, renders: int, steps: bool
) -> None:
    knobs = MANY_KNOBS + 1
    found = history(monkeypatch, renders, knobs)
    (pool,) = found.pools
    assert any(step.left > pool.left for step in found.steps) == steps
    # All the rest is for the pool.
    assert not found.last_steps or found.last_steps[0].left == 0
