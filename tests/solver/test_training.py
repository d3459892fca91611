import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from synthinv.audio.types import Audio
from synthinv.common import unfinished
from synthinv.common.compute import use_threads
from synthinv.common.seeds import seed_sequence
from synthinv.common.unfinished import UnfinishedTraining
from synthinv.config.sections.playing import AudioConfig, NoteConfig, SilenceConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.classes import Logits, class_counts, classes_of, predicted_labels
from synthinv.instruments.load import hold
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Normal, Parameter
from synthinv.solver.base import NoteNetwork
from synthinv.solver.data import fresh_notes
from synthinv.solver.loss import SolverLoss
from synthinv.solver.network import SolverNetwork
from synthinv.solver.training import (
    build_solver,
    compute_gradients,
    learning_rate_share,
    make_optimisers,
    train_solver,
    training_threads,
    update_ema,
)

AUDIO = AudioConfig(samples=4_000)
INSTRUMENT = Instrument(
    name="range and cutoff",
    parameters=(
        Parameter(name="range", group="", cc=20, positions=(0, 26, 51, 77, 102, 127)),
        Parameter(name="cutoff", group="", cc=70, sample=Normal(distribution="normal", sd=0.15)),
    ),
)
SMALL = SolverConfig(
    channels=(16, 32),
    bottleneck=16,
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
    return BuiltIn(INSTRUMENT, NoteConfig(), AUDIO)


def logits_of(network: NoteNetwork, notes: Audio) -> Logits:
    with torch.no_grad():
        logits: Logits = network(torch.from_numpy(notes)).numpy()
    return logits


def run(engine: BuiltIn, notes: int, seed: int = 1) -> tuple[NoteNetwork, list[float]]:
    solver = SMALL.model_copy(update={"notes": notes})
    source = fresh_notes(engine, INSTRUMENT, SilenceConfig(), solver.batch_size, seed, ("a",))
    return train_solver(source, INSTRUMENT, solver, AUDIO, seed_sequence(seed, "weights"))


def test_a_network_learns_two_knobs(engine: BuiltIn) -> None:
    network, losses = run(engine, SMALL.notes)
    notes, patches = next(fresh_notes(engine, INSTRUMENT, SilenceConfig(), 64, 2, ("test",)))
    predictions = INSTRUMENT.decode(predicted_labels(INSTRUMENT, logits_of(network, notes)))
    assert np.mean(losses[-5:]) < 0.75 * losses[0]
    assert (predictions[:, 0] == patches[:, 0]).mean() > 0.8
    middle = np.abs(patches[:, 1] - 64.0).mean()
    assert np.abs(predictions[:, 1].astype(int) - patches[:, 1]).mean() < 0.5 * middle


def test_two_runs_agree_bit_for_bit_and_another_seed_differs(engine: BuiltIn) -> None:
    (first, losses), (second, again), (_, other) = (run(engine, 96, seed) for seed in (1, 1, 2))
    assert losses == again != other
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def gradients(engine: BuiltIn, threads: int, notes: int) -> tuple[float, torch.Tensor]:
    """Return the loss and its gradient for a batch, in single precision to compare roundings."""
    solver = SMALL.model_copy(update={"threads": threads, "mixed_precision": False})
    audio, patches = next(fresh_notes(engine, INSTRUMENT, SilenceConfig(), 33, 1, ("a",)))
    torch.manual_seed(1)
    network = build_solver(solver, INSTRUMENT, AUDIO)
    continuous = INSTRUMENT.continuous.tolist()
    criterion = SolverLoss(class_counts(INSTRUMENT), continuous, solver.label_smoothing)
    truth = classes_of(INSTRUMENT, INSTRUMENT.equivalents(patches))[:, :notes]
    with training_threads(solver) as pool:
        loss = compute_gradients(network, criterion, audio[:notes], truth, solver, pool)
    found = [p.grad.flatten() for p in network.parameters() if p.grad is not None]
    assert len(found) == len(list(network.parameters()))
    return loss, torch.cat(found)


def test_threads_share_the_notes_of_an_update(engine: BuiltIn) -> None:
    losses, (one, two, again) = zip(*(gradients(engine, n, 33) for n in (1, 2, 2)), strict=True)
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)
    torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-5)
    assert torch.equal(two, again)


def test_a_batch_may_have_fewer_notes_than_threads(engine: BuiltIn) -> None:
    loss, gradient = gradients(engine, 3, 1)
    assert np.isfinite(loss)
    assert gradient.isfinite().all()


def test_ranges_are_learned_in_either_order_of_oscillators(
    two_oscillators: Instrument,
) -> None:
    instrument = hold(two_oscillators, {"osc2_volume": 127, "osc3_volume": 127}).model_copy(
        update={"interchangeable": (("osc2_range",), ("osc3_range",))}
    )
    engine = BuiltIn(instrument, NoteConfig(), AUDIO)
    source = fresh_notes(engine, instrument, SilenceConfig(), SMALL.batch_size, 1, ("a",))
    network, _ = train_solver(source, instrument, SMALL, AUDIO, seed_sequence(1, "weights"))
    notes, patches = next(fresh_notes(engine, instrument, SilenceConfig(), 64, 2, ("test",)))
    predictions = instrument.decode(predicted_labels(instrument, logits_of(network, notes)))
    both = (np.sort(predictions, axis=1) == np.sort(patches, axis=1)).all(axis=1)
    # Independent heads could not tell the oscillators apart, and would predict one range twice.
    assert both[patches[:, 0] != patches[:, 1]].mean() > 0.7


def test_every_weight_has_one_optimiser(engine: BuiltIn) -> None:
    network = SolverNetwork(SMALL, (6, 128), (False, True), AUDIO.samples, AUDIO.sample_rate)
    with ThreadPoolExecutor(1) as pool:
        groups = [g for o in make_optimisers(network, SMALL, pool) for g in o.param_groups]
    owned = [id(p) for group in groups for p in group["params"]]
    assert sorted(owned) == sorted(id(p) for p in network.parameters())


def test_a_network_may_have_nothing_between_its_first_layers_and_its_heads() -> None:
    class OneLayer(NoteNetwork):
        first_layers = ()

    network = OneLayer((6, 128), nn.Identity())
    network.heads = nn.Linear(AUDIO.samples, 6 + 128)
    with ThreadPoolExecutor(1) as pool:
        (optimiser,) = make_optimisers(network, SMALL, pool)
    assert isinstance(optimiser, torch.optim.AdamW)


def test_the_learning_rate_rises_then_falls_to_zero() -> None:
    shares = [learning_rate_share(p, 0.1) for p in (0, 0.05, 0.1, 0.55, 1)]
    assert shares == pytest.approx([0, 0.5, 1, 0.5, 0])


class OneWeight(NoteNetwork):
    """A network of a single weight."""

    def __init__(self, weight: float) -> None:
        super().__init__((6, 128), nn.Identity())
        self.weight = nn.Parameter(torch.tensor(weight, dtype=torch.float32))


def averaged(*weights: float, ema: float, first: int) -> float:
    """Return the average of a weight, at first 0, after updates that are counted from `first`."""
    average = OneWeight(0)
    for update, weight in enumerate(weights, first):
        update_ema(average, OneWeight(weight), ema, update)
    return average.weight.item()


def test_the_average_of_weights_follows_them_quickly_at_first() -> None:
    # Of the average, 1/11 is kept, then 2/12 and 3/13.
    assert averaged(11, ema=0.9, first=1) == pytest.approx(10)
    assert averaged(11, 0, ema=0.9, first=1) == pytest.approx(10 * 2 / 12)
    assert averaged(11, 0, 26, ema=0.9, first=1) == pytest.approx(10 * 2 / 12 * 3 / 13 + 20)


def test_later_it_keeps_the_share_that_is_set() -> None:
    assert averaged(10, 20, 0, ema=0.9, first=1_000) == pytest.approx((1 * 0.9 + 2) * 0.9)
    assert averaged(10, 20, ema=0, first=1_000) == 20


class KilledError(Exception):
    """Stands for a kill."""


class Killed(UnfinishedTraining):
    """An unfinished training that is killed after an update, before it is saved."""

    def save(self, state: unfinished.ResumableState) -> None:
        if state.done == 4:
            raise KilledError
        super().save(state)


@pytest.mark.parametrize("settings", [{}, {"architecture": "inversynth", "notes": 96}], ids=str)
def test_a_killed_training_goes_on_to_the_same_bits(
    engine: BuiltIn, tmp_path: Path, settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    solver = SMALL.model_copy(update={"notes": 192, "batch_size": 16, **settings})

    def train(state: UnfinishedTraining | None) -> tuple[NoteNetwork, list[float]]:
        notes = fresh_notes(engine, INSTRUMENT, SilenceConfig(), 16, 1, ("a",))
        return train_solver(notes, INSTRUMENT, solver, AUDIO, seed_sequence(1, "weights"), state)

    with pytest.raises(KilledError):
        train(Killed(tmp_path / "unfinished", {}, [], save_every=0))
    with caplog.at_level(logging.INFO):
        resumed, losses = train(UnfinishedTraining(tmp_path / "unfinished", {}, []))
    assert "training goes on after update 3" in caplog.messages
    undisturbed, expected = train(None)
    assert losses == expected
    for a, b in zip(resumed.parameters(), undisturbed.parameters(), strict=True):
        assert torch.equal(a, b)
