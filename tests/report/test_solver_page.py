from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthinv.config.root import load
from synthinv.report.solver_page import intervals, learnt_from


def test_an_interval_holds_the_mean_and_narrows_with_more_sounds() -> None:
    rng = np.random.default_rng(0)

    def scores(sounds: int) -> pd.DataFrame:
        errors = {"one_step": rng.exponential(2, sounds), "mine": rng.exponential(1, sounds)}
        return (
            pd.DataFrame(errors)
            .rename_axis("index")
            .reset_index()
            .melt("index", var_name="predictor", value_name="mss")
        )

    few, many = intervals(scores(100))["mine"], intervals(scores(10_000))["mine"]
    assert few["lower"] < many["lower"] < 0.5 < many["upper"] < few["upper"]
    # The standard error of a ratio of means is √2 / √sounds of it, and 95 % are 3.92 of them.
    expected = 3.92 * 0.5 * np.sqrt(2 / 10_000)
    assert many["upper"] - many["lower"] == pytest.approx(expected, rel=0.15)


def test_one_step_is_the_unit() -> None:
    table = pd.DataFrame({"predictor": "one_step", "index": range(5), "mss": [1.0, 2, 3, 4, 5]})
    assert intervals(table) == {"one_step": {"lower": 1, "upper": 1}}


def test_every_answer_says_what_it_was_learnt_from(mapping: dict[str, Any]) -> None:
    mapping["data_sets"].append({"name": "other", "samples": 10, "shard_size": 10})
    mapping["experiments"][1] |= {"samples": 12, "epochs": 7}
    mapping["experiments"].append(mapping["experiments"][0] | {"name": "far", "test": "other"})
    mapping["solvers"].append(
        {
            "name": "plainer",
            "title": "",
            "test": "test",
            "refine": False,
            "settings": {"notes": 500},
        }
    )
    mapping["solver"] = {"notes": 64_000}
    mapping["refinement"] = {"renders": 99}
    assert learnt_from(load(mapping), "test") == {
        "mean": "20 patches",
        "nearest": "20 patches",
        "plain": "20 patches, 1 epoch",
        "l2": "12 patches, 7 epochs",
        "mine": "64,000 notes",
        "mine-refined": "as `mine`, and 99 renders a sound",
        "plainer": "500 notes",
    }
