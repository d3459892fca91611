from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthinv.evaluate.readings import agreement, quantities, rank, tabulate, unexplained
from synthinv.thesis.published import PUBLISHED

Result = dict[str, Any]


def history(train: list[float], validation: list[float]) -> dict[str, Any]:
    return {"train": train, "validation": validation}


@pytest.fixture
def result() -> Result:
    """Return a result that agrees with all that the thesis published but Figure 13a's number."""
    test = {"mean": [0.45, 0.6], "spread": 0.002}
    falling = np.linspace(0.2, 0.08, 13).tolist()
    return {
        "trainings": {
            "sgd": history([0.07, 0.06], [0.1, 0.09]),
            "adagrad": history([0.1, 0.08], [0.2, 0.1]),
            "adadelta": history([0.1, 0.083], [0.1, 0.0842]),
            "fewer-layers": history([0.2, 0.2], [0.2, 0.15]),
            "tuned": history([0.1, 0.1], [0.13, 0.1219]),
            "l2": history([0.09, 0.083, 0.083], [0.083, 0.082, 0.084]) | {"test": test},
            "no-l2": history([0.1] * 14 + [0.05], [*falling, 0.09, 0.1]),
            "simpler": history([0.1], [0.1]) | {"test": test},
        },
        "psd_errors": np.geomspace(0.0112, 100, 100).tolist(),
    }


def judged(*results: Result) -> dict[str, bool]:
    table = tabulate(("one", i, result) for i, result in enumerate(results))
    found = agreement(table, {"one": "One"})
    return dict(zip(found["quantity"], found["agrees"], strict=True))


def put(result: Result, path: str, value: object) -> Result:
    changed: Any = deepcopy(result)
    *parents, last = path.split("/")
    section = changed
    for key in parents:
        section = section[key]
    section[last] = value
    return changed  # type: ignore[no-any-return]


def test_every_item_has_a_quantity(result: Result) -> None:
    assert set(quantities(result)) == {item.name for item in PUBLISHED}


def test_what_the_thesis_published_agrees(result: Result) -> None:
    assert [name for name, agrees in judged(result).items() if not agrees] == ["layers_loss"]
    # Their least losses, 0.0842 and 0.1848, have the mean of Figure 13a.
    stuck = put(result, "trainings/adadelta/validation", [0.1848, 0.1848])
    both = judged(result, stuck)
    assert both["layers_loss"]
    assert both["adadelta_loss"]


@pytest.mark.parametrize(
    ("item", "path", "value"),
    [
        ("adadelta_loss", "trainings/adadelta/validation", [0.1, 0.09]),
        ("adadelta_loss", "trainings/adadelta/validation", [0.1, np.nan]),
        ("adadelta_lead", "trainings/adagrad/validation", [0.1, 0.084]),
        ("adadelta_lead", "trainings/sgd/validation", [0.1, 0.0842]),
        ("sgd_loss_ratio", "trainings/sgd/validation", [0.1, 0.33]),
        ("sgd_gap_excess", "trainings/sgd/train", [0.07, 0.09]),
        ("layers_loss", "trainings/adadelta/validation", [0.2, 0.2]),
        ("layers_lead", "trainings/fewer-layers/validation", [0.08, 0.2]),
        ("tuned_loss", "trainings/tuned/validation", [0.08, 0.2]),
        ("l2_drift", "trainings/l2/validation", [0.083, 0.083, 0.08]),
        ("l2_drift", "trainings/l2/validation", [0.2, 0.083, 0.083]),
        ("l2_gap", "trainings/l2/train", [0.1, 0.1, 0.07]),
        ("overfit_gap", "trainings/no-l2/train", [0.1] * 15),
        ("overfit_rise", "trainings/no-l2/validation", [*[0.1] * 12, 0.08, 0.08, 0.0801]),
        ("overfit_epoch", "trainings/no-l2/validation", [0.1] * 15),
        ("overfit_epoch", "trainings/no-l2/validation", [*[0.1] * 14, np.nan]),
        ("best_psd_error", "psd_errors", [0.1, 50.0]),
        ("best_psd_error", "psd_errors", [0.001, 50.0]),
        ("psd_error_width", "psd_errors", [0.01, 0.02]),
        ("output_spread", "trainings/l2/test", {"mean": [0.5], "spread": 0.02}),
        ("output_offset", "trainings/l2/test", {"mean": [0.5, 0.25], "spread": 0.0}),
        ("output_offset", "trainings/l2/test", {"mean": [0.5, np.nan], "spread": np.nan}),
        ("simpler_spread", "trainings/simpler/test", {"mean": [0.5], "spread": 0.02}),
        ("simpler_offset", "trainings/simpler/test", {"mean": [0.75], "spread": 0.0}),
    ],
)
def test_what_differs_from_it_does_not_agree(
    result: Result, item: str, path: str, value: object
) -> None:
    assert item == "layers_loss" or judged(result)[item]
    assert not judged(put(result, path, value))[item]


def test_agreement_is_judged_from_all_seeds(result: Result) -> None:
    varies = put(result, "trainings/l2/test", {"mean": [0.5], "spread": 0.5})
    assert judged(result, result, varies)["output_spread"]
    assert not judged(result, varies, varies)["output_spread"]


def two_readings(result: Result) -> pd.DataFrame:
    own = put(result, "psd_errors", [5.0, 6.0])
    worse = put(own, "trainings/l2/test", {"mean": [1.0], "spread": 0.5})
    table = tabulate([("worse", 0, worse), ("own", 0, own), ("again", 0, own)])
    return agreement(table, {"worse": "Worse", "own": "Own", "again": "Again"})


def test_the_range_of_the_seeds_is_tabulated(result: Result) -> None:
    other = put(result, "trainings/adadelta/validation", [0.2, 0.1])
    found = agreement(tabulate([("one", 0, result), ("one", 1, other)]), {"one": "One"})
    assert len(found) == len(PUBLISHED)
    first = found.iloc[0].to_dict()
    assert [first[key] for key in ("reading", "title", "figure", "quantity")] == [
        *("one", "One", "12", "adadelta_loss")
    ]
    assert [first[key] for key in ("least", "mean", "greatest")] == pytest.approx(
        [0.0842, 0.0921, 0.1]
    )


def test_the_readings_that_agree_with_most_come_first(result: Result) -> None:
    ranked = rank(two_readings(result))
    assert [reading.reading for reading in ranked] == ["own", "again", "worse"]
    assert [reading.count for reading in ranked] == [15, 15, 13]
    assert ranked[2].title == "Worse"
    assert ranked[0].of_figure("17") == (2, 2)
    assert ranked[2].of_figure("17") == (0, 2)


def test_what_no_reading_agrees_with_is_named(result: Result) -> None:
    names = [item.name for item in unexplained(rank(two_readings(result)))]
    assert names == ["layers_loss", "best_psd_error", "psd_error_width"]
