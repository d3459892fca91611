"""Patches that turn a few knobs of good ones."""

from itertools import combinations

import numpy as np
import pytest

from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.search import mutations
from synthinv.search.mutations import APART, KEPT, Mutations
from synthinv.search.objective import Played


@pytest.fixture(scope="module")
def dx7() -> Instrument:
    return load_instrument("dx7")


def played(instrument: Instrument, patch: np.ndarray, target: np.ndarray) -> Played:
    """Play a patch on a synth whose sound is the knobs' positions."""
    differences = ((patch - target) / instrument.highest).astype(np.float32)
    return Played(patch.astype(np.int64), differences, float(np.abs(differences).sum()))


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
