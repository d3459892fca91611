"""Export of a trained solver to ONNX, in the process that trained it."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from synthinv.audio.presses import PressedNotes
from synthinv.audio.types import Audio
from synthinv.common.compute import Computation, describe_computation, device
from synthinv.common.errors import SynthinvError
from synthinv.common.files import replacing, write_manifest
from synthinv.config.playing import playing_params
from synthinv.config.sections.playing import AudioConfig, PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.model import Instrument
from synthinv.solver.base import NoteNetwork
from synthinv.solver.inference import (
    LOGITS,
    PREDICTION,
    UNIFORMS,
    Network,
    front_end_of,
    open_session,
    silent_notes,
)

OPSET = 20
"""Version of ONNX's operators."""
NOTES, DRAWS = 4, 16
"""Notes, and draws for each, for which a file is compared with the network it was made from."""
TOLERANCE = 1e-4
"""Largest difference of a logit, as a share of the largest logit."""
LARGE, MOST = 4_096, 127
"""Fewest numbers of a matrix that is stored in bytes, and the largest value of a byte."""
EQUAL = 0.9
"""Least share of draws without larger differences. Rounding may lead to another class where one
meets the next, and then the knobs after it have other distributions."""


def save_solver(
    path: Path,
    manifest_path: Path,
    network: NoteNetwork,
    solver: SolverConfig,
    instrument: Instrument,
    playing: PlayingConfig,
    origin: Mapping[str, Any],
) -> None:
    """Write a solver, in the process that trained it.

    Its weights are written in half precision, or those of large matrices in a byte each, which
    hardly changes its predictions. They are computed with in single precision.

    Parameters
    ----------
    path : Path
        Its trained layers (ONNX).
    manifest_path : Path
        Its manifest.
    network : NoteNetwork
        The network, on the CPU.
    solver : SolverConfig
        Settings it was built and trained with.
    instrument : Instrument
        The instrument whose knobs it predicts.
    playing : PlayingConfig
        The note it was trained on, and how it was recorded.
    origin : mapping
        Further fields of the manifest.

    Raises
    ------
    SynthinvError
        If a weight is not finite, as after a training that diverged, or if ONNX Runtime computes
        something else than PyTorch.
    """
    computation = _computation(network, solver, playing.audio)
    network = _rounded(network, solver.weight_bits, path)
    content = export_layers(network, solver, playing.audio)
    require_agreement(path, content, network, solver, playing.audio)
    with replacing(path) as partial:
        partial.write_bytes(content)
    fields = {
        "solver": solver.model_dump(mode="json"),
        "instrument": instrument.model_dump(mode="json"),
        "playing": playing_params(playing),
        "trained_with": asdict(computation),
        **origin,
    }
    write_manifest(manifest_path, fields, {"network": path})


def _computation(network: NoteNetwork, solver: SolverConfig, audio: AudioConfig) -> Computation:
    # A copy on the device of the training, which the network itself has left.
    network = deepcopy(network).to(device())
    note = silent_notes(solver, audio, 1)
    predicted = torch.full((1, len(network.classes)), PREDICTION, device=device())
    return describe_computation(
        network,
        lambda: network.generate(network.inputs(note), predicted),
        solver.threads,
        solver.mixed_precision,
    )


def _rounded(network: NoteNetwork, bits: int, path: Path) -> NoteNetwork:
    """Copy a network, with weights rounded to what so many bits can hold."""
    rounded = deepcopy(network).requires_grad_(False).eval()
    weights = {
        name: _in_bytes(tensor)
        if bits == 8 and tensor.ndim > 1 and tensor.numel() >= LARGE
        else tensor.half().float()
        for name, tensor in rounded.state_dict().items()
    }
    if not all(tensor.isfinite().all() for tensor in weights.values()):
        raise SynthinvError(
            f"{path}: the solver's weights are not numbers, so its training diverged; lower "
            "learning_rate and learning_rate_muon in the section solver or in its settings"
        )
    rounded.load_state_dict(weights)
    return rounded


def _in_bytes(weights: torch.Tensor) -> torch.Tensor:
    """Round each row of weights to multiples, up to `MOST`, of a number in half precision."""
    rows = weights.flatten(1)
    scales = (rows.abs().amax(dim=1, keepdim=True) / MOST).half().float()
    # A row of zeros stays one.
    levels = (rows / scales.clamp(min=torch.finfo(torch.half).tiny)).round().clamp(-MOST, MOST)
    return (levels * scales).view_as(weights)


class _Layers(nn.Module):
    """A network without its front end."""

    def __init__(self, network: NoteNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Any, uniforms: torch.Tensor) -> torch.Tensor:
        return self.network.generate(inputs, uniforms)


def export_layers(network: NoteNetwork, solver: SolverConfig, audio: AudioConfig) -> bytes:
    """Convert a network's trained layers to ONNX, for any number of notes and draws.

    Parameters
    ----------
    network : NoteNetwork
        The network, on the CPU.
    solver : SolverConfig
        Its settings.
    audio : AudioConfig
        Length and sample rate of its notes.

    Returns
    -------
    bytes
        Content of an ONNX file, in which constants are in half precision, or a byte for each
        number, if that is exact.
    """
    notes = silent_notes(solver, audio, 2)
    inputs = network.inputs(notes)
    batch, draws = torch.export.Dim("batch"), torch.export.Dim("draws")
    several = isinstance(inputs, tuple)
    shapes = type(inputs)(*[{0: batch}] * len(inputs)) if several else {0: batch}
    with _quiet():
        program = torch.onnx.export(
            _Layers(network).eval(),
            (inputs, torch.zeros(3, len(network.classes))),
            dynamo=True,
            verbose=False,
            opset_version=OPSET,
            dynamic_shapes=(shapes, {0: draws}),
            input_names=[*front_end_of(solver, audio)(next(iter(notes))), UNIFORMS],
            output_names=[LOGITS],
        )
    assert program is not None
    return _compact(program.model_proto)


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress the exporter's remarks on its own workings."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def _compact(model: onnx.ModelProto) -> bytes:
    """Store constants in half precision or in bytes where that is exact; drop what is no use.

    The latter includes the places in the source code, which would make the bytes depend on where
    synthinv is installed.
    """
    graph = model.graph
    for described in (model, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        del described.metadata_props[:]
        described.ClearField("doc_string")
    for node in graph.node:
        node.ClearField("name")
    del graph.value_info[:]
    nodes: list[onnx.NodeProto] = []
    for constant in list(graph.initializer):
        values = numpy_helper.to_array(constant)
        if constant.data_type == TensorProto.FLOAT and values.ndim > 0:
            nodes += _stored_smaller(graph, constant, values)
    nodes += graph.node
    del graph.node[:]
    graph.node.extend(nodes)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _stored_smaller(
    graph: onnx.GraphProto, constant: onnx.TensorProto, values: npt.NDArray[np.float32]
) -> list[onnx.NodeProto]:
    """Replace a constant by a smaller one, and return the nodes that restore its values."""
    name = constant.name
    halves = values.astype(np.float16)
    if np.array_equal(halves, values):
        constant.CopyFrom(numpy_helper.from_array(halves, f"{name}.half"))
        return [helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT)]
    # The exporter may have transposed or sliced it.
    for axis in range(values.ndim):
        others = tuple(other for other in range(values.ndim) if other != axis)
        scales = np.abs(values).max(axis=others, keepdims=True) / np.float32(MOST)
        levels = np.rint(values / np.where(scales > 0, scales, 1))
        if np.array_equal(levels.astype(np.float32) * scales, values):
            constant.CopyFrom(numpy_helper.from_array(levels.astype(np.int8), f"{name}.levels"))
            graph.initializer.append(numpy_helper.from_array(scales, f"{name}.scales"))
            whole = f"{name}.whole"
            return [
                helper.make_node("Cast", [f"{name}.levels"], [whole], to=TensorProto.FLOAT),
                helper.make_node("Mul", [whole, f"{name}.scales"], [name]),
            ]
    return []


def require_agreement(
    path: Path, content: bytes, network: NoteNetwork, solver: SolverConfig, audio: AudioConfig
) -> None:
    """Check that ONNX Runtime computes for a few notes what PyTorch does.

    Parameters
    ----------
    path : Path
        File for which `content` is meant.
    content : bytes
        The exported layers.
    network : NoteNetwork
        The network that they were exported from.
    solver : SolverConfig
        Its settings.
    audio : AudioConfig
        Length and sample rate of its notes.

    Raises
    ------
    SynthinvError
        If the logits differ.
    """
    rng = np.random.default_rng(0)
    decay = np.exp(-np.linspace(0, 5, audio.samples))
    sounds = (rng.uniform(-1, 1, (NOTES, audio.samples)) * decay).astype(np.float32)
    notes = _as_pressed(sounds, audio) if solver.architecture == "any-note" else sounds
    uniforms = rng.random((1 + DRAWS, len(network.classes)), dtype=np.float32)
    uniforms[0] = PREDICTION
    exported = Network(open_session(content, path), front_end_of(solver, audio))
    with torch.no_grad():
        expected = network.generate(network.inputs(notes), torch.from_numpy(uniforms)).numpy()
    differences = np.stack([exported(note, uniforms) for note in notes]) - expected
    equal = np.abs(differences).max(axis=2) <= TOLERANCE * np.abs(expected).max()
    if equal.mean() < EQUAL:
        raise SynthinvError(
            f"{path}: ONNX Runtime does not compute what PyTorch does; install the versions of "
            "torch, onnx, onnxscript and onnxruntime in constraints.txt, and run again"
        )


def _as_pressed(sounds: Audio, audio: AudioConfig) -> PressedNotes:
    """Play each sound at a key and for a time of its own, the later ones shortened."""
    count = np.arange(len(sounds))
    lengths = audio.samples // (1 + count)
    ends = np.arange(audio.samples) < lengths[:, np.newaxis]
    return PressedNotes(sounds * ends, lengths, lengths // (1 + count), 36 + 12 * count)
