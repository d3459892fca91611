"""A solver's trained layers in ONNX Runtime."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from synthinv.common.files import understood
from synthinv.instruments.classes import Logits
from synthinv.solver.front_ends import FrontEnd

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

    def __call__(self, note: npt.NDArray[np.float32], uniforms: npt.NDArray[np.float32]) -> Logits:
        """Compute logits of every knob, conditioned on classes chosen for the knobs before it.

        Parameters
        ----------
        note : float32 array [samples]
            The note.
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


def load_network(
    path: Path, front_end: FrontEnd, samples: int, knobs: int, classes: int
) -> Network:
    """Read a solver's trained layers, and try them.

    Parameters
    ----------
    path : Path
        The layers (ONNX).
    front_end : callable
        Computes their inputs.
    samples : int
        Samples per note.
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
    silence = front_end(np.zeros(samples, np.float32))
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
