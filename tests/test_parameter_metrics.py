import numpy as np
import pytest

from synthinv.parameter_metrics import parameter_mse, spread


def test_the_knobs_error_is_the_mean_over_the_knobs() -> None:
    labels, answers = np.array([[0, 1.0], [0.5, 0.5]]), np.array([[0.5, 1.0], [0.5, 0.5]])
    assert parameter_mse(labels, answers).tolist() == [0.125, 0]


def test_constant_outputs_have_no_spread_and_perfect_ones_all_of_it() -> None:
    labels = np.random.default_rng(0).random((50, 4))
    assert spread(np.tile(labels.mean(axis=0), (50, 1)), labels) == pytest.approx(0, abs=1e-12)
    assert spread(labels, labels) == pytest.approx(1)
    assert spread(0.5 + 0.3 * (labels - 0.5), labels) == pytest.approx(0.3)


def test_a_knob_that_never_moves_does_not_count() -> None:
    labels = np.random.default_rng(0).random((50, 2))
    labels[:, 1] = 0.6
    outputs = labels * [0.5, 1]
    outputs[:, 1] = np.linspace(0, 1, 50)
    assert spread(outputs, labels) == pytest.approx(0.5)
