from math import nan

import pytest

from synthinv.report.sections.grid_searches import _saturated


@pytest.mark.parametrize(
    ("loss", "spread", "saturated"),
    [(0.33, 0.0, True), (0.33, 0.02, False), (0.083, 0.0, False), (nan, nan, False)],
    ids=["at the ends", "varying", "in the middle", "diverged"],
)
def test_a_training_is_saturated_if_its_outputs_are_constant_and_far_off(
    loss: float, spread: float, saturated: bool
) -> None:
    history = {"validation": [0.1, loss], "spread": [0.5, spread], "mean_predictor": 0.083}
    assert _saturated(history) is saturated
