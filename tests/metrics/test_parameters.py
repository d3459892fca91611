import numpy as np
import pytest

from synthinv.instruments.model import Instrument
from synthinv.metrics.parameters import parameter_mse, parameter_scores, spread


def test_the_knobs_error_is_the_mean_over_the_knobs() -> None:
    labels, predictions = np.array([[0, 1.0], [0.5, 0.5]]), np.array([[0.5, 1.0], [0.5, 0.5]])
    assert parameter_mse(labels, predictions).tolist() == [0.125, 0]


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


# Of the toy's knobs, the second has positions at 0, 51 and 102.
TRUTH = np.array([[10, 0, 0], [72, 51, 127], [0, 102, 64]], np.uint8)
PREDICTIONS = np.array([[12, 0, 127], [71, 102, 127], [0, 110, 64]], np.uint8)
AUDIBLE = np.array([[False, True, False], [True, True, False], [False, False, False]])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("counted", "cutoff", "position", "decay"),
    [("all", (3, 1), (3, 2 / 3), (3, 127 / 3)), ("audible", (1, 1), (2, 0.5), (0, np.nan))],
)
def test_positions_are_right_or_wrong_and_the_rest_is_off_by_steps(
    toy: Instrument,
    counted: str,
    cutoff: tuple[int, float],
    position: tuple[int, float],
    decay: tuple[int, float],
) -> None:
    table = parameter_scores(toy.parameters, TRUTH, PREDICTIONS, AUDIBLE)
    rows = table[table["counted"] == counted].set_index("parameter")
    assert tuple(rows.index) == toy.names
    assert rows["sounds"].tolist() == [cutoff[0], position[0], decay[0]]
    np.testing.assert_allclose(rows["steps"], [cutoff[1], np.nan, decay[1]])
    np.testing.assert_allclose(rows["accuracy"], [np.nan, position[1], np.nan])
