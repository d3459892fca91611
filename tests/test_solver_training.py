from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import pytest
import torch

from synthinv.compute import use_threads
from synthinv.engines.built_in import BuiltIn
from synthinv.instrument import Instrument, Normal, Parameter
from synthinv.note_network import NoteNetwork
from synthinv.sections import Audio, Note, Solver
from synthinv.seeds import seed_sequence
from synthinv.solver_answers import most_likely_labels
from synthinv.solver_network import SolverNetwork
from synthinv.solver_training import (
    SolverLoss,
    SolverTrainer,
    fresh_notes,
    learning_rate_share,
    make_optimisers,
    orthogonal,
    solve,
    train_solver,
)

AUDIO = Audio(samples=4_000)
INSTRUMENT = Instrument(
    name="range and cutoff",
    parameters=(
        Parameter(name="range", group="", cc=20, positions=(0, 26, 51, 77, 102, 127)),
        Parameter(name="cutoff", group="", cc=70, sample=Normal(distribution="normal", sd=0.15)),
    ),
)
SMALL = Solver(
    channels=(16, 32),
    neck=16,
    hidden_units=64,
    bands=32,
    long_window=2048,
    long_bands=64,
    notes=2_560,
    batch_size=32,
    learning_rate_muon=0.05,
    ema=0.9,
    threads=1,
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    use_threads(1)


@pytest.fixture(scope="module")
def engine() -> BuiltIn:
    return BuiltIn(INSTRUMENT, Note(), AUDIO)


def run(engine: BuiltIn, notes: int, seed: int = 1) -> tuple[NoteNetwork, list[float]]:
    solver = SMALL.model_copy(update={"notes": notes})
    source = fresh_notes(engine, INSTRUMENT, solver.batch_size, seed, ("a",))
    return train_solver(source, INSTRUMENT, solver, AUDIO, seed_sequence(seed, "weights"))


def test_a_network_learns_to_hear_two_knobs(engine: BuiltIn) -> None:
    network, losses = run(engine, SMALL.notes)
    notes, patches = next(fresh_notes(engine, INSTRUMENT, 64, 2, ("test",)))
    answers = INSTRUMENT.decode(most_likely_labels(INSTRUMENT, solve(network, notes)))
    assert np.mean(losses[-5:]) < 0.75 * losses[0]
    assert (answers[:, 0] == patches[:, 0]).mean() > 0.8
    guess = np.abs(patches[:, 1] - 64.0).mean()
    assert np.abs(answers[:, 1].astype(int) - patches[:, 1]).mean() < 0.5 * guess


def test_two_runs_agree_bit_for_bit_and_another_seed_differs(engine: BuiltIn) -> None:
    (first, losses), (second, again), (_, other) = (run(engine, 96, seed) for seed in (1, 1, 2))
    assert losses == again != other
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def test_threads_share_the_notes_of_an_update(engine: BuiltIn) -> None:
    batch = next(fresh_notes(engine, INSTRUMENT, 33, 1, ("a",)))
    losses, networks = [], []
    for threads in (1, 2, 2):
        # Single precision, or rounding would hide what the threads do.
        solver = SMALL.model_copy(update={"threads": threads, "mixed_precision": False})
        trainer = SolverTrainer(INSTRUMENT, solver, AUDIO, seed_sequence(1, "weights"))
        losses.append(trainer.step(*batch, progress=0.1))
        networks.append(trainer.network)
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)
    one, two, again = (torch.cat([p.grad.flatten() for p in n.parameters()]) for n in networks)  # type: ignore[union-attr]
    torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-5)
    assert torch.equal(two, again)


def test_fewer_notes_than_threads_make_an_update(engine: BuiltIn) -> None:
    notes, patches = next(fresh_notes(engine, INSTRUMENT, 4, 1, ("a",)))
    solver = SMALL.model_copy(update={"threads": 3})
    trainer = SolverTrainer(INSTRUMENT, solver, AUDIO, seed_sequence(1, "weights"))
    assert np.isfinite(trainer.step(notes[:1], patches[:1], progress=0.1))


def test_fresh_notes_are_new_in_every_batch_and_the_same_for_the_same_seed(
    engine: BuiltIn,
) -> None:
    first = list(islice(fresh_notes(engine, INSTRUMENT, 8, 1, ("a",)), 3))
    again = list(islice(fresh_notes(engine, INSTRUMENT, 8, 1, ("a",)), 3))
    other = next(fresh_notes(engine, INSTRUMENT, 8, 1, ("b",)))
    for (notes, patches), (notes_again, patches_again) in zip(first, again, strict=True):
        np.testing.assert_array_equal(notes, notes_again)
        np.testing.assert_array_equal(patches, patches_again)
        np.testing.assert_array_equal(notes, engine.render(patches))
    assert not np.array_equal(first[0][1], first[1][1])
    assert not np.array_equal(first[0][1], other[1])


def test_silent_notes_are_left_out() -> None:
    volume = Parameter(name="volume", group="", cc=23, positions=(0, 127))
    instrument = Instrument(name="volume", parameters=(volume,))
    engine = BuiltIn(instrument, Note(), AUDIO)
    notes, patches = next(fresh_notes(engine, instrument, 32, 1, ("a",)))
    assert 0 < len(notes) < 32
    assert (patches == 127).all()


def test_the_loss_forgives_a_neighbour_but_no_other_position() -> None:
    loss = SolverLoss((6, 128), label_sd=1)
    truth = torch.tensor([[2, 60]])

    def of(position: int, value: int) -> float:
        logits = torch.zeros(1, 6 + 128)
        logits[0, position] = logits[0, 6 + value] = 8
        return float(loss(logits, truth))

    assert of(2, 60) < of(2, 61) < of(2, 70)
    assert of(2, 70) == pytest.approx(of(2, 100))
    assert of(2, 60) < of(1, 60)
    assert of(1, 60) == pytest.approx(of(5, 60))


def test_without_smoothing_the_loss_is_cross_entropy() -> None:
    logits = torch.randn(4, 128)
    truth = torch.randint(0, 128, (4, 1))
    expected = torch.nn.functional.cross_entropy(logits, truth[:, 0])
    torch.testing.assert_close(SolverLoss((128,), label_sd=0)(logits, truth), expected)


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_orthogonal_brings_all_singular_values_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
    assert 0.3 < values.min() < values.max() < 2.2


def test_orthogonal_lifts_small_singular_values() -> None:
    torch.manual_seed(0)
    left, right = (torch.linalg.qr(torch.randn(40, 40)).Q for _ in range(2))
    matrix = left @ torch.diag(torch.logspace(-3, 0, 40)) @ right
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert 0.2 < values.min() < values.max() < 2.2


def test_every_weight_has_one_optimiser(engine: BuiltIn) -> None:
    network = SolverNetwork(SMALL, (6, 128), AUDIO.samples, AUDIO.sample_rate)
    with ThreadPoolExecutor(1) as pool:
        groups = [g for o in make_optimisers(network, SMALL, pool) for g in o.param_groups]
    owned = [id(p) for group in groups for p in group["params"]]
    assert sorted(owned) == sorted(id(p) for p in network.parameters())


def test_the_learning_rate_rises_then_falls_to_zero() -> None:
    shares = [learning_rate_share(p, 0.1) for p in (0, 0.05, 0.1, 0.55, 1)]
    assert shares == pytest.approx([0, 0.5, 1, 0.5, 0])
