import numpy as np
import pytest
import torch
from torch.nn.functional import log_softmax

from synthinv.config.sections.network import NetworkConfig
from synthinv.instruments.model import Instrument
from synthinv.thesis.losses import CrossEntropy, SquaredError, make_loss

PATCHES = np.array([[0, 51, 127], [64, 102, 3]], dtype=np.uint8)
# The toy's classes: 128 for the cutoff, 3 positions of the range, 128 for the decay.
TRUTH = [[0, 128 + 1, 131 + 127], [64, 128 + 2, 131 + 3]]


def test_a_setting_chooses_the_loss(toy: Instrument) -> None:
    assert isinstance(make_loss(NetworkConfig(), toy), SquaredError)
    assert isinstance(make_loss(NetworkConfig(loss="cross-entropy"), toy), CrossEntropy)


def test_the_squared_error_is_the_mean_over_knobs_and_sounds(toy: Instrument) -> None:
    loss = SquaredError(toy)
    outputs = np.random.default_rng(0).random((2, loss.outputs), dtype=np.float32)
    expected = np.mean((outputs - PATCHES / 127) ** 2)
    assert loss(torch.from_numpy(outputs), PATCHES).item() == pytest.approx(expected)
    np.testing.assert_array_equal(loss.labels(outputs), outputs)


def test_the_cross_entropy_is_that_of_the_true_classes(toy: Instrument) -> None:
    loss = CrossEntropy(toy)
    assert loss.outputs == 128 + 3 + 128
    logits = torch.randn(2, loss.outputs, generator=torch.Generator().manual_seed(0))
    logs = torch.cat([log_softmax(part, 1) for part in torch.split(logits, [128, 3, 128], 1)], 1)
    expected = -np.mean([logs[i, j].item() for i, row in enumerate(TRUTH) for j in row])
    assert loss(logits, PATCHES).item() == pytest.approx(expected, rel=1e-5)


def test_certain_classes_are_predicted_exactly(toy: Instrument) -> None:
    loss = CrossEntropy(toy)
    logits = np.full((2, loss.outputs), -20, dtype=np.float32)
    for row, classes in zip(logits, TRUTH, strict=True):
        row[classes] = 20
    np.testing.assert_array_equal(loss.labels(logits), toy.encode(PATCHES))
