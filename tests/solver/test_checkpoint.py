import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given

from synthinv.capture.shards import Shard
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest, sha256_of, write_manifest
from synthinv.instruments.model import Instrument
from synthinv.solver.checkpoint import load_solver
from tests.damage import Damage, assert_refused, damages
from tests.solver.conftest import PLAYING, SMALL, Small

NOTES = np.random.default_rng(0).uniform(-1, 1, (3, 3_000)).astype(np.float32)


def shard(toy: Instrument, samples: int = 3_000, sample_rate: int = 22_050) -> Shard:
    patches = np.zeros((3, 3), np.uint8)
    return Shard(toy.names, patches, NOTES[:, :samples], {"sample_rate": sample_rate})


def changed(small: Small, folder: Path, **fields: object) -> Path:
    """Copy a solver, with other fields in its manifest."""
    file = Path(shutil.copy(small.onnx, folder))
    manifest = folder / "model.json"
    write_manifest(manifest, read_manifest(small.manifest) | fields, {"network": file})
    return manifest


def test_a_solver_comes_back_and_predicts_the_same(small: Small) -> None:
    loaded = load_solver(small.manifest)
    assert (loaded.solver, loaded.instrument, loaded.playing) == (SMALL, small.instrument, PLAYING)
    assert loaded.digest == sha256_of(small.onnx)
    # In half precision.
    expected = small.network(torch.from_numpy(NOTES)).numpy()
    np.testing.assert_allclose(loaded.predict_logits(NOTES), expected, atol=0.02)


def test_a_manifest_need_not_state_what_the_solver_was_trained_with(
    tmp_path: Path, small: Small
) -> None:
    manifest = changed(small, tmp_path)
    fields = read_manifest(manifest)
    del fields["trained_with"]
    write_manifest(manifest, fields, {"network": tmp_path / "model.onnx"})
    assert load_solver(manifest).instrument == small.instrument


def test_predictions_are_labels_of_the_instruments_values(small: Small, toy: Instrument) -> None:
    labels = load_solver(small.manifest).predict(NOTES)
    assert labels.shape == (3, 3)
    np.testing.assert_array_equal(toy.encode(toy.decode(labels)), labels)


def test_the_notes_of_a_shard_like_the_trainings_are_taken(small: Small, toy: Instrument) -> None:
    np.testing.assert_array_equal(load_solver(small.manifest).notes_of(shard(toy)), NOTES)


@pytest.mark.parametrize("other", [{"samples": 2_999}, {"sample_rate": 44_100}])
def test_a_shard_of_another_length_or_rate_is_refused(
    small: Small, toy: Instrument, other: dict[str, int]
) -> None:
    with pytest.raises(SynthinvError, match="was trained for other knobs, or for notes of another"):
        load_solver(small.manifest).notes_of(shard(toy, **other))


def test_notes_of_another_length_are_refused(small: Small) -> None:
    solver = load_solver(small.manifest)
    for predict in (solver.predict, solver.predict_logits, solver.predict_marginals):
        with pytest.raises(SynthinvError, match=r"2,999 samples, and the solver was .* 3,000; cut"):
            predict(NOTES[:, 1:])


@pytest.mark.parametrize("name", ["model.onnx", "model.json"])
@given(damage=damages())
def test_any_changed_byte_is_refused_and_the_file_named(
    small: Small, name: str, damage: Damage
) -> None:
    assert_refused(damage, small.folder / name, lambda: load_solver(small.manifest))


def test_a_missing_network_is_named(tmp_path: Path, small: Small) -> None:
    manifest = changed(small, tmp_path)
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(SynthinvError, match=r"model\.onnx: is missing"):
        load_solver(manifest)


def test_the_manifest_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").touch()
    network = {"network": tmp_path / "model.onnx"}
    write_manifest(tmp_path / "model.json", {"network": {}}, network)
    with pytest.raises(SynthinvError, match=r"model\.json: is not the manifest of a solver"):
        load_solver(tmp_path / "model.json")


def test_the_network_of_another_instrument_is_refused(
    tmp_path: Path, small: Small, two_oscillators: Instrument
) -> None:
    manifest = changed(small, tmp_path, instrument=two_oscillators.model_dump(mode="json"))
    with pytest.raises(SynthinvError, match=r"model\.onnx: does not hold what it should"):
        load_solver(manifest)


def test_the_network_of_other_settings_is_refused(tmp_path: Path, small: Small) -> None:
    solver = SMALL.model_copy(update={"bands": 20}).model_dump(mode="json")
    with pytest.raises(SynthinvError, match=r"model\.onnx: does not hold what it should"):
        load_solver(changed(small, tmp_path, solver=solver))


@pytest.mark.parametrize("error", [TypeError, KeyError, ValueError, RuntimeError])
def test_a_bug_while_a_solver_is_loaded_keeps_its_traceback(
    small: Small, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*arguments: object) -> None:
        raise error("a bug")

    monkeypatch.setattr("synthinv.solver.checkpoint.front_end_of", build)
    with pytest.raises(error, match="a bug"):
        load_solver(small.manifest)


def test_a_window_that_no_memory_could_hold_is_refused(tmp_path: Path, small: Small) -> None:
    solver = SMALL.model_copy(update={"long_window": 2**62}).model_dump(mode="json")
    with pytest.raises(SynthinvError, match=r"model\.json: solver: long_window: .* 1048576"):
        load_solver(changed(small, tmp_path, solver=solver))


@pytest.mark.parametrize("bands", [10**12, 10**30])
def test_a_solver_larger_than_memory_is_named(tmp_path: Path, small: Small, bands: int) -> None:
    solver = SMALL.model_copy(update={"bands": bands}).model_dump(mode="json")
    with pytest.raises(SynthinvError, match=r"model\.json: needs more memory than there is"):
        load_solver(changed(small, tmp_path, solver=solver))
