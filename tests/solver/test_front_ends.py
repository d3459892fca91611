from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch

from synthinv.config.sections.playing import AudioConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.model import Instrument
from synthinv.solver.inference import front_end_of
from synthinv.solver.training import build_solver

SMALL = {"channels": (4,), "bands": 32, "long_window": 4096, "long_bands": 64, "hidden_units": 8}
NOTES: dict[str, Callable[[int], npt.NDArray[np.generic]]] = {
    "noise": lambda n: np.random.default_rng(0).uniform(-0.3, 0.3, n),
    "saw": lambda n: (np.arange(n) * 0.01) % 1 * np.exp(-np.arange(n) / 5_000),
    "click": lambda n: np.arange(n) == 3,
    "silence": np.zeros,
}


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize(("samples", "rate"), [(40_000, 44_100), (3_001, 22_050), (1_001, 48_000)])
@pytest.mark.parametrize(
    "settings", [{}, {"window": 501, "hop": 77}, {"architecture": "inversynth"}]
)
def test_inputs_are_what_the_training_computes(
    settings: dict[str, object], samples: int, rate: int, note: str, toy: Instrument
) -> None:
    solver = SolverConfig.model_validate(SMALL | settings)
    audio = AudioConfig(samples=samples, sample_rate=rate)
    sound: npt.NDArray[np.float32] = NOTES[note](samples).astype(np.float32)
    inputs = front_end_of(solver, audio)(sound)
    expected = build_solver(solver, toy, audio).front_end(torch.from_numpy(sound[np.newaxis]))
    tensors = expected if isinstance(expected, tuple) else (expected,)
    for own, tensor in zip(inputs.values(), tensors, strict=True):
        assert own.dtype == np.float32
        # Levels near -100 dB are rounding errors in single precision; 0.003 is 0.1 dB.
        np.testing.assert_allclose(own, tensor.numpy(), rtol=0, atol=3e-3)
        assert np.abs(own - tensor.numpy()).mean() < 1e-4
