"""ONNX Runtime's use of a network: reproducible, on the caller's threads, from one file."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest, write_manifest
from synthinv.solver.checkpoint import TrainedSolver, load_solver
from synthinv.solver.registry import shipped_solver
from tests.solver.conftest import Small

NOTES = np.random.default_rng(0).uniform(-1, 1, (9, 40_000)).astype(np.float32)


@pytest.fixture(scope="module")
def solver() -> TrainedSolver:
    return load_solver(shipped_solver("minimoog-1osc"))


def test_logits_depend_neither_on_threads_nor_on_other_notes(solver: TrainedSolver) -> None:
    alone = np.concatenate([solver.predict_logits(note[np.newaxis]) for note in NOTES])
    for threads in (1, 2, 5):
        np.testing.assert_array_equal(solver.predict_logits(NOTES, threads), alone)


def test_marginals_are_the_same_for_the_same_note(solver: TrainedSolver) -> None:
    both = solver.predict_marginals(NOTES[:2])
    np.testing.assert_array_equal(solver.predict_marginals(NOTES[1:2])[0], both[1])
    assert np.isfinite(both).all()
    ends = np.cumsum([len(p.positions or range(128)) for p in solver.instrument.parameters])[:-1]
    for knob in np.split(np.exp(both), ends, axis=1):
        np.testing.assert_allclose(knob.sum(axis=1), 1, rtol=1e-5)


def test_digital_silence_has_a_prediction(solver: TrainedSolver) -> None:
    assert np.isfinite(solver.predict_logits(np.zeros((1, 40_000), np.float32))).all()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads as Linux does")
def test_the_runtime_starts_no_threads(solver: TrainedSolver) -> None:
    before = len(os.listdir("/proc/self/task"))
    load_solver(shipped_solver("minimoog-1osc")).predict_logits(NOTES[:1])
    assert len(os.listdir("/proc/self/task")) == before


def test_predicting_needs_no_pytorch() -> None:
    code = """
import sys
class Blocked:
    names = {"torch", "pandas", "zarr", "snakemake", "onnx", "onnxscript", "safetensors"}
    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            raise ImportError(f"{name} is imported")
sys.meta_path.insert(0, Blocked())
import numpy as np
import synthinv.matching.matcher
from synthinv.solver.checkpoint import load_solver
from synthinv.solver.registry import shipped_solver
solver = load_solver(shipped_solver("minimoog-1osc"))
notes = np.zeros((1, 40_000), np.float32)
assert solver.predict(notes).shape == solver.predict_marginals(notes)[:, :12].shape
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def _external(model: onnx.ModelProto, location: str) -> None:
    weights = next(c for c in model.graph.initializer if c.name == "network.hidden.bias.half")
    size = len(weights.raw_data)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("length", str(size))):
        weights.external_data.add(key=key, value=value)


def _in_the_folder(model: onnx.ModelProto) -> None:
    _external(model, "other.bin")


def _elsewhere(model: onnx.ModelProto) -> None:
    _external(model, "/etc/passwd")


def _above(model: onnx.ModelProto) -> None:
    _external(model, "../other.bin")


def _custom(model: onnx.ModelProto) -> None:
    model.opset_import.add(domain="elsewhere", version=1)
    model.graph.node[-1].domain = "elsewhere"


def _unknown(model: onnx.ModelProto) -> None:
    model.graph.node[-1].op_type = "Unknown"


def _other_outputs(model: onnx.ModelProto) -> None:
    model.graph.output[0].name = model.graph.node[-1].output[0] = "others"


def _other_inputs(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value += 1


def _fewer_classes(model: onnx.ModelProto) -> None:
    del model.graph.node[-1].input[-1]
    del model.graph.output[0].type.tensor_type.shape.dim[2:]
    model.graph.output[0].type.tensor_type.shape.dim.add(dim_param="classes")


@pytest.mark.parametrize(
    "change",
    [
        *(_in_the_folder, _elsewhere, _above, _custom, _unknown),
        *(_other_outputs, _other_inputs, _fewer_classes),
    ],
)
def test_another_network_is_refused(
    tmp_path: Path, small: Small, change: Callable[[onnx.ModelProto], None]
) -> None:
    model = onnx.load(small.onnx)
    change(model)
    # It would fit.
    (tmp_path / "other.bin").write_bytes(bytes(10_000))
    assert_refused(tmp_path, small, model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"\n", b"no protobuf", bytes(1_000)])
def test_what_is_no_network_is_refused(tmp_path: Path, small: Small, content: bytes) -> None:
    assert_refused(tmp_path, small, content)


def assert_refused(folder: Path, small: Small, content: bytes) -> None:
    """Put content into a solver's folder, with the right digest, and load it."""
    file = folder / "model.onnx"
    file.write_bytes(content)
    write_manifest(folder / "model.json", read_manifest(small.manifest), {"network": file})
    with pytest.raises(SynthinvError, match=r"model\.onnx: does not hold what it should") as caught:
        load_solver(folder / "model.json")
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
