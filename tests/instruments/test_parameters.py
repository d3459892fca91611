from math import erf
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from synthinv.instruments.parameters import Parameter

TABLE_2 = (0, 26, 51, 77, 102, 127)


def parameter(**fields: Any) -> Parameter:
    return Parameter.model_validate({"name": "knob", "group": "g", "cc": 1, **fields})


def draws(knob: Parameter, count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    rng = np.random.default_rng(1)
    return np.array([knob.draw(rng) for _ in range(count)])


def test_a_continuous_knob_covers_its_whole_travel_evenly() -> None:
    values = draws(parameter(), 20_000)
    assert set(values.tolist()) == set(range(128))
    counts = np.histogram(values, bins=8, range=(0, 128))[0]
    # Expected 2500 each, standard deviation 47; the ends hold half a step less.
    assert np.abs(counts - 2500).max() < 5 * 47


def test_positions_are_equally_likely() -> None:
    values = draws(parameter(positions=TABLE_2), 12_000)
    found, counts = np.unique(values, return_counts=True)
    assert tuple(found.tolist()) == TABLE_2
    # Rounding 6r would give the ends half of the others' share: 1200 and 2400 (or a seventh).
    assert ((counts - 2000) ** 2 / 2000).sum() < 25  # chi-square, 5 degrees, p < 0.0002


def test_positions_have_a_name_each_or_none() -> None:
    assert parameter(positions=[0, 64], position_names=["off", "on"]).position_names is not None
    for positions in (None, [0, 32, 64]):
        message = "give one for each, or leave position_names out"
        with pytest.raises(ValidationError, match=message):
            parameter(positions=positions, position_names=["off", "on"])


def test_tuning_is_normal_around_the_middle() -> None:
    sample = {"distribution": "normal", "mean": 0.5, "sd": 0.03}
    labels = draws(parameter(sample=sample), 20_000) / 127
    assert labels.mean() == pytest.approx(0.5, abs=0.001)
    # Rounding to CC steps adds a variance of 1/12 of a step squared.
    assert labels.std() == pytest.approx(np.hypot(0.03, 1 / 127 / np.sqrt(12)), abs=0.0006)
    # Eight CC steps around the middle, ±4 / 127 of the travel.
    within = np.abs(labels - 0.5) < 0.03
    assert within.mean() == pytest.approx(erf(4 / 127 / 0.03 / 2**0.5), abs=0.015)


def test_a_wide_normal_distribution_is_clipped_to_the_knobs_travel() -> None:
    values = draws(parameter(sample={"distribution": "normal", "mean": 0.5, "sd": 1}), 2_000)
    assert values.min() == 0
    assert values.max() == 127


@pytest.mark.parametrize(
    ("values", "position"),
    [
        (range(26), 0),
        (range(26, 51), 26),
        (range(51, 77), 51),
        (range(77, 102), 77),
        (range(102, 127), 102),
        (range(127, 128), 127),
    ],
)
def test_positions_take_the_ranges_of_table_2(values: range, position: int) -> None:
    snapped = parameter(positions=TABLE_2).snap(np.array(values))
    assert set(snapped.tolist()) == {position}


def test_a_continuous_knob_is_not_snapped() -> None:
    np.testing.assert_array_equal(parameter().snap(np.arange(128)), np.arange(128))


def test_a_choice_can_be_likelier_than_the_others() -> None:
    sample = {"distribution": "normal", "mean": 1, "sd": 0.5}
    fields = {"name": "a", "group": "all", "choices": ["x", "y"], "sample": sample}
    parameter = Parameter.model_validate(fields)
    rng = np.random.default_rng(0)
    drawn = [parameter.draw(rng) for _ in range(1_000)]
    assert np.bincount(drawn).tolist() == pytest.approx([160, 840], abs=50)
