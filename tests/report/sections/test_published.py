from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from synthinv.report.sections.published import compare_grid_search


def history(optimiser: str, loss: float) -> Mapping[str, Any]:
    return {
        "settings": {"optimiser": optimiser},
        "validation": [9, loss],
        "mean_predictor": loss / 2,
    }


def test_the_optimisers_are_compared_by_adadeltas_final_loss() -> None:
    histories = [history("sgd", 0.2), history("adadelta", 0.4), history("adadelta", 0.6)]
    found = compare_grid_search(("optimiser",), [], histories)
    assert found is not None
    assert (found.figure, found.thesis) == ("12", 0.0842)
    assert found.ours == pytest.approx(0.5)
    assert found.mean_predictor == pytest.approx(0.2)


def test_a_grid_search_without_adadelta_has_no_figure_of_its_own() -> None:
    found = compare_grid_search(("optimiser",), [], [history("sgd", 0.2)])
    assert found is not None
    assert np.isnan(found.ours)


@pytest.mark.parametrize(
    ("axes", "figure", "thesis"),
    [
        (("hidden_layers", "hidden_units"), "13a", 0.1345),
        (("rho", "weight_decay"), "13b", 0.1219),
    ],
)
def test_a_grid_is_compared_by_its_least_loss(
    axes: tuple[str, ...], figure: str, thesis: float
) -> None:
    cells = [{"mean": 0.3}, {"mean": float("nan")}, {"mean": 0.2}]
    found = compare_grid_search(axes, cells, [history("adadelta", 0.4)])
    assert found is not None
    assert (found.figure, found.thesis, found.ours) == (figure, thesis, 0.2)


def test_a_grid_search_of_our_own_is_not_compared() -> None:
    assert compare_grid_search(("kernels",), [], []) is None
