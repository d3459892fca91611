import numpy as np
import pandas as pd
import pytest

from synthinv.solver_page import intervals


def test_an_interval_holds_the_mean_and_narrows_with_more_sounds() -> None:
    rng = np.random.default_rng(0)

    def scores(sounds: int) -> pd.DataFrame:
        errors = {"floor": rng.exponential(2, sounds), "mine": rng.exponential(1, sounds)}
        return (
            pd.DataFrame(errors)
            .rename_axis("index")
            .reset_index()
            .melt("index", var_name="experiment", value_name="mss")
        )

    few, many = intervals(scores(100))["mine"], intervals(scores(10_000))["mine"]
    assert few["lower"] < many["lower"] < 0.5 < many["upper"] < few["upper"]
    # The standard error of a ratio of means is √2 / √sounds of it, and 95 % are 3.92 of them.
    expected = 3.92 * 0.5 * np.sqrt(2 / 10_000)
    assert many["upper"] - many["lower"] == pytest.approx(expected, rel=0.15)


def test_the_floor_is_the_unit() -> None:
    table = pd.DataFrame({"experiment": "floor", "index": range(5), "mss": [1.0, 2, 3, 4, 5]})
    assert intervals(table) == {"floor": {"lower": 1, "upper": 1}}
