from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from synthinv.report.docs_pages.solver import (
    Interval,
    SolverPage,
    SolverParameter,
    fill_page,
    intervals,
)
from synthinv.report.sections.patch_searches import MethodRow, RendersTable
from synthinv.report.sections.predictor import ParameterRow, ParameterScore
from synthinv.report.sections.scores import ScoreRow


def test_an_interval_contains_the_mean_and_narrows_with_more_sounds() -> None:
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
    assert few.lower < many.lower < 0.5 < many.upper < few.upper
    # The standard error of a ratio of means is √2 / √sounds of it, and 95 % are 3.92 of them.
    expected = 3.92 * 0.5 * np.sqrt(2 / 10_000)
    assert many.upper - many.lower == pytest.approx(expected, rel=0.15)


def test_one_step_is_the_unit() -> None:
    table = pd.DataFrame({"predictor": "one_step", "index": range(5), "mss": [1.0, 2, 3, 4, 5]})
    assert intervals(table) == {"one_step": Interval(1, 1)}


def test_every_row_that_compares_predictors_says_what_they_were_trained_on() -> None:
    row = ScoreRow("mine", "900 notes", *[0.5] * (len(fields(ScoreRow)) - 2))
    other = ScoreRow("theirs", "6 notes", *[0.5] * (len(fields(ScoreRow)) - 2))
    wave = ParameterRow("wave", ParameterScore(9, 0.5, np.nan), ParameterScore(3, 1.0, np.nan))
    tune = ParameterRow("tune", ParameterScore(9, np.nan, 2.5), ParameterScore(0, np.nan, np.nan))
    page = fill_page(
        SolverPage(
            title="A page",
            notes="900 patches",
            test_set="test",
            sounds=9,
            scores=[row, other],
            intervals=dict.fromkeys(("mine", "theirs"), Interval(0.4, 0.6)),
            titles={"mine": "Mine"},
            renders=RendersTable(2, [1, 10], [MethodRow("theirs", "6 notes", [4.0, None])]),
            turned=3,
            parameters=[SolverParameter("wave", wave, wave), SolverParameter("tune", tune, tune)],
        )
    )
    assert page.startswith("# A page\n\n<!-- Generated")
    assert "| Mine (`mine`) | 900 notes | 0.5 | 0.5 | 0.4 to 0.6 | 0.5 | 0.5 |" in page
    assert "| theirs | 6 notes | 0.5 |" in page
    assert (
        "| | trained on | 1 | 10 |\n| --- | --- | --- | --- |\n| theirs | 6 notes | 4 |  |" in page
    )
    assert "| wave | 50.0 % | 100.0 % | 50.0 % | 100.0 % | 3 |\n" in page
    assert "| tune | 2.50 | – | 2.50 | – | 0 |\n" in page
