from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import numpy.typing as npt
import pytest
import torch

from synthinv.compute import use_threads
from synthinv.engines.built_in import BuiltIn
from synthinv.instrument import Instrument, Normal, Parameter
from synthinv.note_network import NoteNetwork
from synthinv.sections import Audio, Note, Solver
from synthinv.seeds import seed_sequence
from synthinv.solver_answers import class_counts, classes_of, most_likely_labels
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
    truth = torch.tensor([[[2, 60]]])

    def of(position: int, value: int) -> float:
        logits = torch.zeros(1, 1, 6 + 128)
        logits[..., position] = logits[..., 6 + value] = 8
        return float(loss(logits, truth))

    assert of(2, 60) < of(2, 61) < of(2, 70)
    assert of(2, 70) == pytest.approx(of(2, 100))
    assert of(2, 60) < of(1, 60)
    assert of(1, 60) == pytest.approx(of(5, 60))


@pytest.mark.parametrize("label_sd", [0, 1])
def test_the_loss_is_cross_entropy_with_targets_spread_to_neighbours(label_sd: float) -> None:
    logits = torch.randn(4, 128)
    truth = torch.tensor([0, 50, 126, 127])
    steps = torch.arange(128)
    targets = torch.exp(-0.5 * ((steps - truth[:, None]) / max(label_sd, 1e-3)) ** 2)
    targets /= targets.sum(dim=1, keepdim=True)
    expected = torch.nn.functional.cross_entropy(logits, targets)
    found = SolverLoss((128,), label_sd)(logits[None], truth[None, :, None])
    torch.testing.assert_close(found, expected)


TWO_OSCILLATORS = Instrument(
    name="two",
    parameters=tuple(
        Parameter(name=f"osc{i}_{name}", group="", cc=cc + 4 * i, positions=positions)
        for i in (2, 3)
        for name, cc, positions in (("range", 16, (0, 26, 51, 77, 102, 127)), ("volume", 19, None))
    ),
    interchangeable=(("osc2_range", "osc2_volume"), ("osc3_range", "osc3_volume")),
)


def test_the_loss_is_blind_to_a_change_of_places() -> None:
    rng = np.random.default_rng(1)
    patches = np.stack([TWO_OSCILLATORS.sample(rng) for _ in range(16)])
    counts = class_counts(TWO_OSCILLATORS)
    logits = torch.randn(16, sum(counts), requires_grad=True)
    loss = SolverLoss(counts, label_sd=1)

    def of(equivalents: npt.NDArray[np.uint8]) -> torch.Tensor:
        classes = torch.from_numpy(classes_of(TWO_OSCILLATORS, equivalents))
        found: torch.Tensor = loss(logits.expand(len(classes), -1, -1), classes)
        return found

    equivalents = TWO_OSCILLATORS.equivalents(patches)
    # A mixed batch, in which every other note has the oscillators named the other way round.
    mixed = np.where(np.arange(16)[:, np.newaxis] % 2, equivalents[0], equivalents[1])
    blind = of(equivalents)
    torch.testing.assert_close(blind, of(TWO_OSCILLATORS.equivalents(mixed)))
    classes = torch.from_numpy(classes_of(TWO_OSCILLATORS, equivalents))
    one_by_one = torch.stack(
        [
            torch.stack([loss(logits[None, [i]], classes[[k]][:, [i]]) for k in (0, 1)])
            for i in range(16)
        ]
    ).amin(dim=1)
    torch.testing.assert_close(blind, one_by_one.mean())
    assert blind < of(patches[np.newaxis])
    gradient = torch.autograd.grad(blind, logits)[0]
    assert (gradient.abs().sum(dim=1) > 0).all()


def test_ranges_are_heard_whichever_oscillator_has_which() -> None:
    instrument = TWO_OSCILLATORS.hold({"osc2_volume": 127, "osc3_volume": 127}).model_copy(
        update={"interchangeable": (("osc2_range",), ("osc3_range",))}
    )
    engine = BuiltIn(instrument, Note(), AUDIO)
    source = fresh_notes(engine, instrument, SMALL.batch_size, 1, ("a",))
    network, _ = train_solver(source, instrument, SMALL, AUDIO, seed_sequence(1, "weights"))
    notes, patches = next(fresh_notes(engine, instrument, 64, 2, ("test",)))
    answers = instrument.decode(most_likely_labels(instrument, solve(network, notes)))
    both = (np.sort(answers, axis=1) == np.sort(patches, axis=1)).all(axis=1)
    # Two heads that do not know which is which would name the same range twice.
    assert both[patches[:, 0] != patches[:, 1]].mean() > 0.7


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_orthogonal_brings_all_singular_values_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
    assert 0.3 < values.min() < values.max() < 2.2


@pytest.mark.parametrize("seed", range(8))
def test_orthogonal_lifts_small_singular_values_and_none_too_far(seed: int) -> None:
    torch.manual_seed(seed)
    left, right = (torch.linalg.qr(torch.randn(40, 40)).Q for _ in range(2))
    matrix = left @ torch.diag(torch.logspace(-3, 0, 40)) @ right
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert 0.1 < values.min() < values.max() < 1.8


def test_every_weight_has_one_optimiser(engine: BuiltIn) -> None:
    network = SolverNetwork(SMALL, (6, 128), AUDIO.samples, AUDIO.sample_rate)
    with ThreadPoolExecutor(1) as pool:
        groups = [g for o in make_optimisers(network, SMALL, pool) for g in o.param_groups]
    owned = [id(p) for group in groups for p in group["params"]]
    assert sorted(owned) == sorted(id(p) for p in network.parameters())


def test_the_learning_rate_rises_then_falls_to_zero() -> None:
    shares = [learning_rate_share(p, 0.1) for p in (0, 0.05, 0.1, 0.55, 1)]
    assert shares == pytest.approx([0, 0.5, 1, 0.5, 0])
