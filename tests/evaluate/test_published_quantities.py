from math import isnan, nan
from typing import Any

import numpy as np
import pytest

from synthinv.evaluate.published_quantities import (
    greatest_offset,
    of_the_optimisers,
    of_the_regularised,
    of_the_sounds,
    of_the_unregularised,
)


def history(train: list[float], validation: list[float]) -> dict[str, Any]:
    return {"train": train, "validation": validation}


def test_optimisers_are_compared_by_their_last_losses() -> None:
    found = of_the_optimisers(
        {
            "sgd": history([0.3, 0.06], [0.3, 0.09]),
            "adagrad": history([0.3, 0.3], [0.3, 0.3]),
            "adadelta": history([0.3, 0.07], [0.04, 0.08]),
        }
    )
    assert found == pytest.approx(
        {
            "adadelta_loss": 0.08,
            "adadelta_lead": 0.01,
            "sgd_loss_ratio": 0.09 / 0.08,
            "sgd_gap_excess": 0.02,
        }
    )


def test_an_optimiser_that_diverged_leaves_no_lead() -> None:
    losses = {"sgd": nan, "adagrad": 0.3, "adadelta": 0.08}
    found = of_the_optimisers({name: history([x], [x]) for name, x in losses.items()})
    assert isnan(found["adadelta_lead"])


def test_a_loss_is_as_flat_as_its_greatest_change_after_the_first_epoch() -> None:
    found = of_the_regularised(history([0.2, 0.1, 0.09], [0.1, 0.098, 0.101]))
    assert found == pytest.approx({"l2_drift": 0.02, "l2_gap": 1 - 0.09 / 0.101})


def test_over_fitting_starts_at_the_least_validation_loss() -> None:
    found = of_the_unregularised(history([0.2, 0.1, 0.02], [0.2, 0.1, 0.15]))
    assert found == pytest.approx(
        {"overfit_gap": 1 - 0.02 / 0.15, "overfit_rise": 0.5, "overfit_epoch": 2}
    )
    assert isnan(of_the_unregularised(history([1, 1], [nan, nan]))["overfit_epoch"])


def test_the_width_of_the_errors_leaves_out_a_tenth_at_either_end() -> None:
    found = of_the_sounds(np.arange(1.0, 12.0))
    assert found == pytest.approx({"best_psd_error": 1, "psd_error_width": 5})
    assert of_the_sounds(np.array([0.0, 0.0, 1.0]))["psd_error_width"] == np.inf


def test_the_offset_is_that_of_the_knob_farthest_from_the_middle() -> None:
    assert greatest_offset(np.array([[0.5, 0.1], [0.5, 0.3]])) == pytest.approx(0.3)
