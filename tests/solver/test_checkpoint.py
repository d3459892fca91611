from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given

from synthinv.capture.shards import Shard
from synthinv.common import compute
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest, sha256_of, write_manifest
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.playing import AudioConfig, PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.classes import class_counts
from synthinv.instruments.model import Instrument, load_instrument
from synthinv.solver.base import predict_logits
from synthinv.solver.build import build_solver
from synthinv.solver.checkpoint import TrainedSolver, load_solver, save_solver
from synthinv.solver.network import SolverNetwork
from tests.damage import Damage, assert_refused, damages

SMALL = SolverConfig(
    window=512, hop=256, bands=16, long_window=1024, long_bands=64, channels=(4,), hidden_units=8
)

PLAYING = PlayingConfig(
    engine=BuiltInConfig(), audio=AudioConfig(samples=3_000, sample_rate=22_050)
)
NOTES = np.random.default_rng(0).uniform(-1, 1, (3, 3_000)).astype(np.float32)


def made(toy: Instrument) -> TrainedSolver:
    torch.manual_seed(1)
    network = SolverNetwork(
        SMALL, class_counts(toy), toy.continuous.tolist(), 3_000, 22_050
    ).requires_grad_(False)
    return TrainedSolver(network, SMALL, toy, PLAYING)


def save(folder: Path, trained: TrainedSolver) -> None:
    save_solver(folder / "w.safetensors", folder / "m.json", trained, {"seed": 1})


def shard(toy: Instrument, samples: int = 3_000, sample_rate: int = 22_050) -> Shard:
    patches = np.zeros((3, 3), np.uint8)
    return Shard(toy.names, patches, NOTES[:, :samples], {"sample_rate": sample_rate})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, toy: Instrument) -> Path:
    path = tmp_path_factory.mktemp("solver")
    save(path, made(toy))
    return path


def test_a_solver_comes_back_in_half_precision(folder: Path, toy: Instrument) -> None:
    trained, loaded = made(toy), load_solver(folder / "m.json")
    for name, weights in trained.network.state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], weights.half().float())
    logits = predict_logits(trained.network, NOTES)
    np.testing.assert_allclose(predict_logits(loaded.network, NOTES), logits, atol=0.02)
    assert (loaded.solver, loaded.instrument, loaded.playing) == (SMALL, toy, PLAYING)
    assert (trained.digest, loaded.digest) == (None, sha256_of(folder / "w.safetensors"))
    size = sum(weights.numel() for weights in trained.network.parameters())
    assert (folder / "w.safetensors").stat().st_size < 2 * size + 4_000


@pytest.mark.parametrize("architecture", ["solver", "inversynth"])
def test_the_manifest_states_what_the_solver_was_trained_with(
    tmp_path: Path, toy: Instrument, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "has_bfloat16", lambda: True)
    solver = SMALL.model_copy(update={"architecture": architecture})
    network = build_solver(solver, toy, PLAYING.audio)
    save(tmp_path, TrainedSolver(network, solver, toy, PLAYING))
    trained_with = read_manifest(tmp_path / "m.json")["trained_with"]
    reduced = trained_with.pop("bfloat16")
    if architecture == "inversynth":
        assert reduced == []
    else:
        assert {"spectrogram.0", "spectrum.0", "wave.0", "hidden", "heads.sound"} <= {*reduced}
    assert trained_with.keys() == {"pytorch", "device", "threads", "processor"}
    assert trained_with["processor"] == sorted(trained_with["processor"])


def test_a_manifest_need_not_state_what_the_solver_was_trained_with(
    tmp_path: Path, folder: Path, toy: Instrument
) -> None:
    fields = read_manifest(folder / "m.json")
    weights = tmp_path / "w.safetensors"
    weights.write_bytes((folder / "w.safetensors").read_bytes())
    del fields["trained_with"]
    write_manifest(tmp_path / "m.json", fields, {"weights": weights})
    assert load_solver(tmp_path / "m.json").instrument == toy


def test_the_full_size_takes_ten_megabytes_at_most(root: Path) -> None:
    instrument = load_instrument("minimoog-1osc")
    network = SolverNetwork(
        SolverConfig(), class_counts(instrument), instrument.continuous.tolist(), 40_000, 44_100
    )
    assert 2 * sum(weights.numel() for weights in network.parameters()) < 10_000_000


def test_writing_twice_gives_the_same_bytes(tmp_path: Path, folder: Path, toy: Instrument) -> None:
    save(tmp_path, made(toy))
    for name in ("w.safetensors", "m.json"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_predictions_are_labels_of_the_instruments_values(folder: Path, toy: Instrument) -> None:
    labels = load_solver(folder / "m.json").predict(shard(toy))
    assert labels.shape == (3, 3)
    np.testing.assert_array_equal(toy.encode(toy.decode(labels)), labels)


@pytest.mark.parametrize("other", [{"samples": 2_999}, {"sample_rate": 44_100}])
def test_notes_of_another_length_or_rate_are_refused(
    folder: Path, toy: Instrument, other: dict[str, int]
) -> None:
    with pytest.raises(SynthinvError, match="was trained for other knobs, or for notes of another"):
        load_solver(folder / "m.json").predict(shard(toy, **other))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e6])
def test_a_diverged_solver_is_not_kept(tmp_path: Path, toy: Instrument, bad: float) -> None:
    trained = made(toy)
    trained.network.state_dict()["heads.sound.bias"][0] = bad
    with pytest.raises(SynthinvError, match="its training diverged; lower learning_rate"):
        save(tmp_path, trained)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["w.safetensors", "m.json"])
@given(damage=damages())
def test_any_changed_byte_is_refused_and_the_file_named(
    folder: Path,
    name: str,
    damage: Damage,
) -> None:
    assert_refused(damage, folder / name, lambda: load_solver(folder / "m.json"))


def test_the_manifest_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").touch()
    weights = {"weights": tmp_path / "w.safetensors"}
    write_manifest(tmp_path / "m.json", {"network": {}}, weights)
    with pytest.raises(SynthinvError, match=r"m\.json: is not the manifest of a solver"):
        load_solver(tmp_path / "m.json")


def test_weights_of_another_solver_are_refused(tmp_path: Path, toy: Instrument) -> None:
    save(tmp_path, made(toy))
    fields = read_manifest(tmp_path / "m.json")
    fields["solver"]["hidden_units"] = 4
    write_manifest(tmp_path / "m.json", fields, {"weights": tmp_path / "w.safetensors"})
    with pytest.raises(SynthinvError, match=r"w\.safetensors: does not hold what it should"):
        load_solver(tmp_path / "m.json")


@pytest.mark.parametrize("error", [TypeError, KeyError, ValueError, RuntimeError])
def test_a_bug_while_a_solver_is_built_keeps_its_traceback(
    folder: Path, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*arguments: object) -> None:
        raise error("a bug")

    monkeypatch.setattr("synthinv.solver.checkpoint.build_solver", build)
    with pytest.raises(error, match="a bug"):
        load_solver(folder / "m.json")


@pytest.mark.parametrize(
    ("field", "value"), [("channels", [2**62]), ("hidden_units", 2**40), ("bands", 10**30)]
)
def test_a_solver_larger_than_memory_is_named(
    tmp_path: Path, toy: Instrument, field: str, value: object
) -> None:
    save(tmp_path, made(toy))
    fields = read_manifest(tmp_path / "m.json")
    fields["solver"][field] = value
    write_manifest(tmp_path / "m.json", fields, {"weights": tmp_path / "w.safetensors"})
    with pytest.raises(SynthinvError, match=r"m\.json: needs more memory than there is"):
        load_solver(tmp_path / "m.json")
