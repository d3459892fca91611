"""The patch search of a match: from several starts, on one budget."""

from collections.abc import Sequence

import numpy as np
import pytest

from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.classes import class_counts
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.metrics.audio import SpectralReference
from synthinv.search.objective import ABSOLUTE_SHARE, Objective, Played
from synthinv.search.portfolio import GOOD_ENOUGH, LEAST_FOR_ISLANDS, search_portfolio

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
    return Objective(engine, SpectralReference(note, 44_100, ABSOLUTE_SHARE), renders)


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
