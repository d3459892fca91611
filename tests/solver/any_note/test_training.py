"""A small solver for any note: trained, killed, resumed, exported, and asked for patches."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from synthinv.audio.presses import KeyPress
from synthinv.common.errors import SynthinvError
from synthinv.common.seeds import seed_sequence
from synthinv.common.unfinished import UnfinishedTraining
from synthinv.instruments.classes import sample_labels
from synthinv.solver.any_note.notes import VariedNotes
from synthinv.solver.base import NoteNetwork
from synthinv.solver.checkpoint import TrainedSolver, load_solver
from synthinv.solver.data import training_notes
from synthinv.solver.export import save_solver
from synthinv.solver.training import train_solver
from tests.solver.any_note.conftest import INSTRUMENT, PLAYING, SOLVER
from tests.solver.test_training import Killed, KilledError


def train(notes: int, state: UnfinishedTraining | None = None) -> tuple[NoteNetwork, list[float]]:
    solver = SOLVER.model_copy(update={"notes": notes})
    with training_notes([], PLAYING, INSTRUMENT, solver, 1) as source:
        weights = seed_sequence(1, "weights")
        return train_solver(source, INSTRUMENT, solver, PLAYING.audio, weights, state)


@dataclass(frozen=True)
class Trained:
    """A solver, the network that it was exported from, and the losses of its training."""

    solver: TrainedSolver
    network: NoteNetwork
    losses: list[float]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    network, losses = train(SOLVER.notes)
    folder = tmp_path_factory.mktemp("any-note")
    model = folder / "model.json"
    save_solver(folder / "model.onnx", model, network, SOLVER, INSTRUMENT, PLAYING, {"seed": 1})
    return Trained(load_solver(model), network, losses)


def test_it_learns_at_every_key_and_length(trained: Trained) -> None:
    assert np.mean(trained.losses[-5:]) < 0.75 * trained.losses[0]
    right, count = 0, 0
    for notes, patches in islice(VariedNotes(PLAYING, INSTRUMENT, SOLVER, 2), 4):
        for note, patch in zip(notes, patches, strict=True):
            press = KeyPress(int(note.keys[0]), note.held[0] / PLAYING.audio.sample_rate)
            found = INSTRUMENT.decode(trained.solver.predict(note.audio, press=press))
            right += int(found[0, 0] == patch[0])
            count += 1
    assert right > 0.7 * count


def test_what_is_exported_predicts_as_the_network_does(trained: Trained) -> None:
    (notes, _) = VariedNotes(PLAYING, INSTRUMENT, SOLVER, 3).batch(0)
    expected = trained.network(notes).detach().numpy()
    for note, logits in zip(notes, expected, strict=True):
        press = KeyPress(int(note.keys[0]), note.held[0] / PLAYING.audio.sample_rate)
        found = trained.solver.predict_logits(note.audio, press=press)[0]
        # In half precision.
        np.testing.assert_allclose(found, logits, atol=0.1)


def test_a_killed_training_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        train(192, Killed(tmp_path / "unfinished", {}, [], save_every=0))
    resumed, losses = train(192, UnfinishedTraining(tmp_path / "unfinished", {}, []))
    undisturbed, expected = train(192)
    assert losses == expected
    for a, b in zip(resumed.parameters(), undisturbed.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("samples", [1, 882, 40_000, 176_400])
def test_notes_of_any_length_are_taken(trained: Trained, samples: int) -> None:
    note = np.sin(np.arange(samples) * 0.03 + 1).astype(np.float32)
    logits = trained.solver.predict_logits(note[np.newaxis], press=KeyPress(50, 0.01))
    assert logits.shape == (1, 6 + 128)
    assert np.isfinite(logits).all()
    assert trained.solver.predict_marginals(note[np.newaxis], KeyPress(50)).shape == (1, 6 + 128)


def test_a_note_that_is_too_long_is_refused(trained: Trained) -> None:
    with pytest.raises(
        SynthinvError, match="176,401 samples, and the solver takes in 1 to 176,400"
    ):
        trained.solver.predict(np.ones((1, 176_401), np.float32))


def test_draws_follow_the_distributions_and_say_how_likely_they_are(trained: Trained) -> None:
    note = np.sin(np.arange(9_000) * 0.03).astype(np.float32)
    press = KeyPress(55, 0.1)
    uniforms = np.random.default_rng(0).random((400, 2), dtype=np.float32)
    uniforms[0] = -1
    labels, logs = trained.solver.draw(note, uniforms, press)
    assert labels.shape == (400, 2)
    np.testing.assert_array_equal(labels[:1], trained.solver.predict(note[np.newaxis], press=press))
    np.testing.assert_array_equal(INSTRUMENT.encode(INSTRUMENT.decode(labels)), labels)
    # The first knob's own distribution, from which other draws come by other means.
    logits = trained.solver.predict_logits(note[np.newaxis], press=press)
    others = sample_labels(INSTRUMENT, logits, 400, np.random.default_rng(1))[:, 0]
    positions = np.unique(INSTRUMENT.encode(np.array([[0, 0], [26, 0], [51, 0], [77, 0]]))[:, 0])
    for position in positions:
        shares = [(drawn[1:, 0] == position).mean() for drawn in (labels, others)]
        assert shares[0] == pytest.approx(shares[1], abs=0.12)
    # Draws that are alike are equally likely; all different ones together at most certain.
    different = dict(zip(map(tuple, labels.tolist()), logs.tolist(), strict=True))
    assert sum(np.exp(list(different.values()))) <= 1 + 1e-6
    again, same = trained.solver.draw(note, uniforms[5:6], press)
    np.testing.assert_array_equal(again[0], labels[5])
    assert same[0] == pytest.approx(logs[5], abs=1e-4)
