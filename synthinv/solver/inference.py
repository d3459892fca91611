"""A solver's trained layers in ONNX Runtime."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from synthinv.audio.presses import KeyPress, Notes, pressed
from synthinv.common.files import understood
from synthinv.config.sections.playing import AudioConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.classes import Logits
from synthinv.solver.any_note.front_end import AnyNoteFrontEnd
from synthinv.solver.front_ends import FrontEnd, InverSynthFrontEnd, SolverFrontEnd

UNIFORMS, LOGITS = "uniforms", "logits"
"""Names of the layers' last input and of their only output, see `Network.__call__`."""
PREDICTION = -1.0
"""The uniform number that stands for the prediction."""

# What the runtime raises for a file that it cannot read or execute; ValueError: for missing inputs.
DAMAGE = (
    *(runtime.EPFail, runtime.Fail, runtime.InvalidArgument, runtime.InvalidGraph),
    *(runtime.InvalidProtobuf, runtime.NoModel, runtime.NotImplemented, runtime.RuntimeException),
    *(RuntimeError, ValueError),
)


class Network:
    """A solver's network: a front end in NumPy, then its trained layers.

    A note's logits depend neither on other notes nor on threads, since notes are processed one by
    one, each on the thread that asks for it. Several threads may use a network.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        The trained layers.
    front_end : callable
        Computes their inputs, see `synthinv.solver.front_ends`.
    """

    def __init__(self, session: onnxruntime.InferenceSession, front_end: FrontEnd) -> None:
        self._session, self._front_end = session, front_end

    def __call__(self, note: Any, uniforms: npt.NDArray[np.float32]) -> Logits:
        """Compute logits of every knob, conditioned on classes chosen for the knobs before it.

        Parameters
        ----------
        note : float32 array [samples] or PressedNotes
            The note, as the front end takes it in.
        uniforms : float32 array [draws, parameters]
            How the classes are chosen: a number in [0, 1) draws a class from its knob's
            distribution, `PREDICTION` chooses the predicted one.

        Returns
        -------
        float32 array [draws, classes of all knobs]
            Logits, see `synthinv.instruments.classes`.
        """
        inputs = {**self._front_end(note), UNIFORMS: uniforms}
        logits: Logits = self._session.run([LOGITS], inputs)[0][0]
        return logits


def front_end_of(solver: SolverConfig, audio: AudioConfig) -> FrontEnd:
    """Make the front end of a solver.

    Parameters
    ----------
    solver : SolverConfig
        Architecture, windows and bands.
    audio : AudioConfig
        Sample rate of its notes.

    Returns
    -------
    callable
        From a note, float32 [samples] or a `PressedNotes` of one note, to the inputs of the trained
        layers, a dict of float32 arrays [1, …].
    """
    if solver.architecture == "any-note":
        return AnyNoteFrontEnd(solver, audio.sample_rate)
    if solver.architecture == "inversynth":
        return InverSynthFrontEnd(audio.sample_rate)
    return SolverFrontEnd(solver, audio.sample_rate)


def silent_notes(solver: SolverConfig, audio: AudioConfig, count: int) -> Notes:
    """Make silent notes of the kind that a solver takes in.

    Parameters
    ----------
    solver : SolverConfig
        Architecture.
    audio : AudioConfig
        Their length and sample rate.
    count : int
        Number of notes.

    Returns
    -------
    float32 array [count, samples] or PressedNotes
        The notes.
    """
    notes = np.zeros((count, audio.samples), np.float32)
    if solver.architecture == "any-note":
        return pressed(notes, KeyPress(60), audio.sample_rate)
    return notes


def load_network(path: Path, front_end: FrontEnd, note: Any, knobs: int, classes: int) -> Network:
    """Read a solver's trained layers, and try them.

    Parameters
    ----------
    path : Path
        The layers (ONNX).
    front_end : callable
        Computes their inputs.
    note : float32 array [samples] or PressedNotes
        A silent note of the kind that the front end takes in.
    knobs, classes : int
        The instrument's knobs, and the classes of all of them.

    Returns
    -------
    Network
        The network.

    Raises
    ------
    SynthinvError
        If the file is damaged, is not self-contained, or holds another network.
    """
    with understood(path, *DAMAGE):
        session = open_session(path.read_bytes(), path)
    silence = front_end(note)
    uniforms = np.full((1, knobs), PREDICTION, np.float32)
    with understood(path, *DAMAGE):
        (logits,) = session.run([LOGITS], {**silence, UNIFORMS: uniforms})
        if logits.shape != (1, 1, classes) or logits.dtype != np.float32:
            raise ValueError(f"its outputs are {logits.dtype} {logits.shape}")
    return Network(session, front_end)


def open_session(content: bytes, path: Path) -> onnxruntime.InferenceSession:
    """Load an ONNX file for use on the calling threads, in single precision.

    Parameters
    ----------
    content : bytes
        The file's content.
    path : Path
        The file, which does not have to exist.

    Returns
    -------
    onnxruntime.InferenceSession
        The session.
    """
    options = onnxruntime.SessionOptions()
    # No threads of its own, so none that spin while they wait for work.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Its errors are raised, and its warnings are about the layout of the graph.
    options.log_severity_level = 4
    # The folder of weights in other files, which no digest would cover: none, so they are refused.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(path)
    )
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
