"""Patches that turn a few knobs of good ones."""

from itertools import combinations

import numpy as np
import pytest

from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.search import mutations
from synthinv.search.mutations import APART, KEPT, Mutations
from synthinv.search.objective import Played
from tests.search.heard_knobs import panel

SECTIONS, SECTION_KNOBS = 4, 10


@pytest.fixture(scope="module")
def dx7() -> Instrument:
    return load_instrument("dx7")


def played(instrument: Instrument, patch: np.ndarray, target: np.ndarray) -> Played:
    """Play a patch on a synth whose sound is the knobs' positions."""
    differences = ((patch - target) / instrument.highest).astype(np.float32)
    return Played(patch.astype(np.int64), differences, float(np.abs(differences).sum()))


def asked_of_kept(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Ask a full pool for patches of which few knobs are turned.

    Return them as [n, sections, knobs], and the rank of the patch that each section is of.
    """
    instrument = panel(SECTIONS, SECTION_KNOBS)
    # All knobs of a patch are at the same step: the better, the lower.
    starts = [np.full(SECTIONS * SECTION_KNOBS, 16 * rank) for rank in range(KEPT)]
    best = [played(instrument, start, np.zeros_like(start)) for start in starts]
    patches = Mutations(instrument, best, np.random.default_rng(1)).ask(count)
    sections = patches.reshape(count, SECTIONS, SECTION_KNOBS)
    return sections, np.rint(np.median(sections, axis=2) / 16).astype(int)


@pytest.fixture
def as_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave patches that were made before among those that are asked for."""
    monkeypatch.setattr(mutations, "TRIES", 1)


@pytest.mark.usefixtures("as_drawn")
def test_three_in_ten_patches_take_a_whole_section_from_another() -> None:
    sections, ranks = asked_of_kept(2_000)
    own = np.median(ranks, axis=1, keepdims=True)
    taken = ranks != own
    assert taken.sum(axis=1).max() == 1
    # One in eight takes its own, which cannot be seen.
    assert taken.any(axis=1).mean() == pytest.approx(0.3 * 7 / 8, abs=0.03)
    assert (taken.sum(axis=0) > 50).all()
    # The section is taken as it is, apart from the few knobs that are turned in any.
    turned = sections != 16 * ranks[:, :, np.newaxis]
    assert turned[taken].mean() == pytest.approx(turned[~taken].mean(), abs=0.02)


def test_better_patches_are_chosen_more_often() -> None:
    _, ranks = asked_of_kept(2_000)
    counts = np.bincount(np.median(ranks, axis=1).astype(int), minlength=KEPT)
    assert (np.diff(counts[:5]) < 0).all()
    # The best is not the only one that counts.
    assert counts[0] < 1_000
    assert counts.min() > 20


def turns(highest: int, count: int = 2_000) -> np.ndarray:
    """Ask for patches from one whose 20 knobs are in the middle; return how they are turned."""
    instrument = panel(1, 20, highest)
    start = np.full(20, highest // 2)
    pool = Mutations(instrument, [played(instrument, start, start)], np.random.default_rng(0))
    turned: np.ndarray = pool.ask(count) - start
    return turned


@pytest.mark.usefixtures("as_drawn")
def test_two_in_five_patches_turn_one_knob_and_fewer_and_fewer_turn_more() -> None:
    turned = np.bincount((turns(127) != 0).sum(axis=1)) / 2_000
    assert turned[0] == 0
    # An exponential distribution of scale 2, in whole knobs.
    expected = np.exp(-np.arange(5) / 2) * (1 - np.exp(-1 / 2))
    np.testing.assert_allclose(turned[1:6], expected, atol=0.02)


@pytest.mark.parametrize("highest", [100, 200])
def test_knobs_are_turned_a_little_or_a_lot_for_their_travel_either_way(highest: int) -> None:
    steps = turns(highest)
    shares = steps[steps != 0] / highest
    assert 0.3 < (np.abs(shares) <= 0.02).mean() < 0.5
    assert 0.05 < (np.abs(shares) >= 0.2).mean() < 0.15
    assert (shares > 0).mean() == pytest.approx(0.5, abs=0.03)


def test_a_turned_switch_may_end_at_any_of_its_positions(toy: Instrument) -> None:
    start = np.zeros(3, dtype=np.int64)
    patches = Mutations(toy, [played(toy, start, start)], np.random.default_rng(0)).ask(100)
    assert {*patches[:, 1].tolist()} == {0, 51, 102}


def test_few_knobs_with_an_effect_are_turned_within_their_travel(dx7: Instrument) -> None:
    rng = np.random.default_rng(0)
    start = dx7.sample(rng).astype(np.int64)
    patches = Mutations(dx7, [played(dx7, start, start)], rng).ask(300)
    turned = patches != start
    assert 1 <= turned.sum(axis=1).mean() < 5
    assert (patches >= 0).all()
    assert (patches <= dx7.highest).all()
    # What is switched off stays, unless what switched it off is turned, too.
    off = ~dx7.active(patches)
    assert not (turned & off & ~dx7.active(start)).any()


def test_the_best_come_nearer_and_stay_different(dx7: Instrument) -> None:
    rng = np.random.default_rng(1)
    target, *starts = (dx7.sample(rng) for _ in range(4))
    search = Mutations(dx7, [played(dx7, start, target) for start in starts], rng)
    first = search.best[0].error
    errors = []
    for _ in range(60):
        search.tell([played(dx7, patch, target) for patch in search.ask(24)])
        errors.append(search.best[0].error)
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < first / 2
    assert len(search.best) == KEPT
    # They sound different, so that the patch ahead does not fill the pool with copies of itself.
    assert all(one.apart(other) > APART for one, other in combinations(search.best, 2))


def test_pools_make_no_patch_twice(dx7: Instrument, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "TRIES", 1_000)
    rng = np.random.default_rng(2)
    wide = tuple(knob for knob in dx7.parameters if knob.highest == 99 and not knob.active_if)[:2]
    two = dx7.model_copy(update={"parameters": wide})
    start = np.array([0, 99])
    made: set[bytes] = set()
    pools = [Mutations(two, [played(two, start, start)], rng, made) for _ in range(2)]
    patches = np.concatenate([pool.ask(50) for pool in pools])
    assert len(np.unique(np.vstack([start, patches]), axis=0)) == 101
