"""What is exported: that it computes what PyTorch does, and nothing else about the network."""

from contextlib import closing
from copy import deepcopy
from itertools import chain, count, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
import pytest
import torch
from onnx import TensorProto, numpy_helper

from synthinv.audio.presses import KeyPress
from synthinv.audio.types import Audio
from synthinv.common import compute
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.solver import SolverConfig
from synthinv.engines.opening import open_engine
from synthinv.instruments.classes import class_counts, predicted_labels, probabilities
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.solver import export
from synthinv.solver.any_note.notes import VariedNotes
from synthinv.solver.base import NoteNetwork
from synthinv.solver.checkpoint import TrainedSolver, load_solver
from synthinv.solver.export import save_solver
from synthinv.solver.network import SolverNetwork
from synthinv.solver.registry import shipped_solver
from synthinv.solver.training import build_solver
from tests.solver.conftest import PLAYING, SMALL, Small, made, save

Doubles = npt.NDArray[np.float64]


def weights_in(file: Path) -> dict[str, torch.Tensor]:
    """Read a network's weights out of an ONNX file."""
    return {
        constant.name.removeprefix("network.").removesuffix(".half"): torch.from_numpy(
            numpy_helper.to_array(constant).astype(np.float32)
        )
        for constant in onnx.load(file).graph.initializer
        if constant.name.startswith("network.")
    }


def test_weights_are_in_half_precision(small: Small) -> None:
    weights, state = weights_in(small.onnx), small.network.state_dict()
    # So small that it is stored knob by knob.
    assert state.keys() - weights.keys() == {"heads.mixed"}
    for name, values in weights.items():
        assert torch.equal(values, state[name].half().float())
    size = sum(weights.numel() for weights in state.values())
    assert small.onnx.stat().st_size < 2 * size + 20_000


def test_it_holds_nothing_but_what_is_computed(small: Small) -> None:
    model = onnx.load(small.onnx)
    onnx.checker.check_model(model, full_check=True)
    assert not model.functions
    assert {node.domain for node in model.graph.node} == {""}
    # The exporter notes every line of the code, with its path.
    assert b".py" not in small.onnx.read_bytes()
    large = [c for c in model.graph.initializer if numpy_helper.to_array(c).size > 100]
    assert {constant.data_type for constant in large} == {TensorProto.FLOAT16}


def test_the_full_size_takes_ten_megabytes_at_most() -> None:
    instrument = load_instrument("minimoog-1osc")
    network = SolverNetwork(
        SolverConfig(), class_counts(instrument), instrument.continuous.tolist(), 40_000, 44_100
    )
    assert 2 * sum(weights.numel() for weights in network.parameters()) < 10_000_000
    assert shipped_solver("minimoog-1osc").with_name("model.onnx").stat().st_size < 10_000_000


def test_saving_twice_gives_the_same_bytes(tmp_path: Path, small: Small) -> None:
    save(tmp_path, small.network, small.instrument)
    for file in (small.onnx, small.manifest):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("settings", [{"architecture": "inversynth"}, {"autoregressive_units": 0}])
def test_other_networks_are_exported_too(
    tmp_path: Path, toy: Instrument, settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "has_bfloat16", lambda: True)
    solver = SMALL.model_copy(update=settings)
    network = made(toy, solver)
    manifest = tmp_path / "model.json"
    save_solver(tmp_path / "model.onnx", manifest, network, solver, toy, PLAYING, {})
    loaded = load_solver(manifest)
    notes = np.random.default_rng(0).uniform(-1, 1, (3, 3_000)).astype(np.float32)
    expected = network(torch.from_numpy(notes)).numpy()
    np.testing.assert_allclose(loaded.predict_logits(notes), expected, atol=0.02)
    # These are independent, so the marginals are the predictions.
    logits, marginals = loaded.predict_logits(notes), loaded.predict_marginals(notes)
    for one, other in zip(probabilities(toy, logits), probabilities(toy, marginals), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    reduced = read_manifest(manifest)["trained_with"]["bfloat16"]
    assert bool(reduced) == (solver.architecture == "solver")


def test_the_manifest_states_what_the_solver_was_trained_with(small: Small) -> None:
    fields = read_manifest(small.manifest)
    assert fields["seed"] == 1
    trained_with = fields["trained_with"]
    assert trained_with.keys() == {"pytorch", "device", "threads", "processor", "bfloat16"}
    assert trained_with["processor"] == sorted(trained_with["processor"])


def test_layers_in_bfloat16_are_named(toy: Instrument, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "has_bfloat16", lambda: True)
    computation = export._computation(made(toy), SMALL, PLAYING.audio)
    layers = {"spectrogram.0", "spectrum.0", "wave.0", "hidden", "heads.sound"}
    assert layers <= {*computation.bfloat16}


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e6])
def test_a_diverged_solver_is_not_kept(tmp_path: Path, toy: Instrument, bad: float) -> None:
    network = made(toy)
    network.state_dict()["heads.sound.bias"][0] = bad
    with pytest.raises(SynthinvError, match="its training diverged; lower learning_rate"):
        save(tmp_path, network, toy)
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_computes_something_else_is_not_kept(
    tmp_path: Path, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = made(small.instrument)
    other.state_dict()["heads.sound.bias"][0] += 0.01
    content = small.onnx.read_bytes()
    monkeypatch.setattr(export, "export_layers", lambda *arguments: content)
    with pytest.raises(SynthinvError, match=r"model\.onnx: ONNX Runtime does not compute what PyT"):
        save(tmp_path, other, small.instrument)
    assert list(tmp_path.iterdir()) == []


class Both(NamedTuple):
    """Notes of random patches, the shipped solver, and the same network in PyTorch."""

    notes: Audio
    solver: TrainedSolver
    network: NoteNetwork


@pytest.fixture(scope="module")
def shipped() -> Both:
    compute.use_threads(1)
    solver, network = shipped_in_both("minimoog-1osc")
    seed = seed_sequence(0, "onnx-test")
    rng = np.random.default_rng(seed)
    patches = np.stack([solver.instrument.sample(rng) for _ in range(1_100)])
    with open_engine(solver.playing, solver.instrument, 1, seed) as engine:
        notes = engine.render(patches)
    audible = notes[np.abs(notes).max(axis=1) > 1e-3]
    return Both(audible[:1_000], solver, network)


def shipped_in_both(name: str) -> tuple[TrainedSolver, NoteNetwork]:
    """Return a solver that ships, and the same network in PyTorch."""
    manifest = shipped_solver(name)
    solver = load_solver(manifest)
    network = build_solver(solver.solver, solver.instrument, solver.playing.audio)
    network.load_state_dict(weights_in(manifest.with_name("model.onnx")))
    return solver, network.requires_grad_(False)


def agreement(both: Both, count: int) -> tuple[Doubles, Doubles, Doubles]:
    """Compare logits note by note with those of PyTorch in double precision.

    Returns
    -------
    tuple of float64 array [count], float64 array [count] and bool array [count]
        Largest difference of a logit as a share of the note's largest, largest difference of a
        probability, and whether the predicted patches differ.
    """
    notes, solver = both.notes[:count], both.solver
    network = deepcopy(both.network).double()
    batches = torch.split(torch.from_numpy(notes).double(), 10)
    logits = solver.predict_logits(notes)
    expected = torch.cat([network(batch) for batch in batches]).numpy()
    shares = np.abs(logits - expected).max(axis=1) / np.abs(expected).max(axis=1)
    ours, theirs = (
        np.concatenate(probabilities(solver.instrument, part), axis=1)
        for part in (logits, expected)
    )
    patches, others = (
        solver.instrument.decode(predicted_labels(solver.instrument, part))
        for part in (logits, expected)
    )
    differ = (patches != others).any(axis=1)
    for index in np.flatnonzero(differ):
        print(f"note {index}: ONNX Runtime {patches[index]}, PyTorch {others[index]}")
    return shares, np.abs(ours - theirs).max(axis=1), differ


# In double precision, since in single precision PyTorch's transform is far from it in some notes on
# some processors, where ONNX Runtime's is not.
def test_it_agrees_with_pytorch_on_ten_notes(shipped: Both) -> None:
    shares, chances, differ = agreement(shipped, 10)
    assert shares.max() < 1e-4
    assert chances.max() < 1e-4
    assert not differ.any()


@pytest.mark.slow
def test_it_agrees_with_pytorch_on_a_thousand_notes(shipped: Both) -> None:
    shares, chances, differ = agreement(shipped, 1_000)
    assert len(shares) == 1_000
    assert shares.max() < 1e-4
    assert chances.max() < 1e-4
    # A class at the edge between two may be another by rounding.
    assert differ.sum() <= 5


@pytest.mark.slow
def test_the_solver_of_a_match_agrees_with_pytorch_on_a_thousand_notes() -> None:
    compute.use_threads(1)
    solver, network = shipped_in_both("minimoog")
    varied = VariedNotes(solver.playing, solver.instrument, solver.solver, 99)
    shares, differ = [], 0
    with closing(varied):
        notes = chain.from_iterable(varied.batch(index)[0] for index in count())
        for note in islice(notes, 1_000):
            press = KeyPress(int(note.keys[0]), note.held[0] / solver.playing.audio.sample_rate)
            logits = solver.predict_logits(note.audio, press=press)
            expected = network(note).numpy()
            ours, theirs = (
                solver.instrument.decode(predicted_labels(solver.instrument, part))
                for part in (logits, expected)
            )
            if np.array_equal(ours, theirs):
                shares.append(np.abs(logits - expected).max() / np.abs(expected).max())
            else:
                # Knobs that come after the one that differs depend on it.
                differ += 1
                print(f"note {len(shares)}: ONNX Runtime {ours}, PyTorch {theirs}")
    assert max(shares) < 1e-4
    assert differ <= 5
