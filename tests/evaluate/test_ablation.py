from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthinv.common.errors import SynthinvError
from synthinv.common.files import write_table
from synthinv.evaluate.ablation import STATES, Ablation, read_results, results, state
from synthinv.report.docs_pages.ablation import main
from synthinv.report.figures.ablation import learning_curves, steps
from tests.report.test_figures import line

LABELS = np.random.default_rng(0).random((20, 3))
PLANNED: list[dict[str, Any]] = [
    {
        "experiment": name,
        "title": name.title(),
        "base": base,
        "curve": curve,
        "data_set": "test",
        "samples": samples,
        "epochs": 2,
    }
    for name, base, curve, samples in (
        ("thesis", "", "", 100),
        ("better", "thesis", "", 100),
        ("better-10", "", "better", 10),
        ("better-100", "", "better", 100),
    )
]
# Parameter error, PSD error and MSS of every predictor.
ERRORS = {
    "mean": (0.08, 2.0, 20),
    "nearest": (0.1, 0.5, 4),
    "one_step": (0.0001, 0.1, 2),
    "thesis": (0.08, 2.0, 19),
    "better": (0.02, 0.2, 5),
    "better-10": (0.07, 1.5, 16),
    "better-100": (0.02, 0.2, 5),
}


@pytest.fixture
def table() -> pd.DataFrame:
    scores = pd.DataFrame(
        [
            # The mean of the three is their middle one; of PSD errors, only the median is.
            {"predictor": name, "data_set": "test", "index": i, "parameter_mse": knobs * share}
            | {"psd_error": psd * (share if share <= 1 else 30), "mss": mss * share}
            for name, (knobs, psd, mss) in ERRORS.items()
            for i, share in enumerate((0.5, 1.0, 1.5))
        ]
    )
    predictions = {str(row["experiment"]): 0.5 + 0.9 * (LABELS - 0.5) for row in PLANNED}
    predictions["thesis"] = np.full_like(LABELS, 0.5)
    return results(PLANNED, {"test": LABELS}, predictions, scores)


@pytest.fixture
def found(table: pd.DataFrame, tmp_path: Path) -> Ablation:
    write_table(tmp_path / "a.csv", table)
    return read_results(tmp_path / "a.csv")


def test_a_step_has_its_errors_and_those_of_the_baselines(table: pd.DataFrame) -> None:
    row = table.set_index("experiment").loc["better"]
    expected = {"spread": 0.9, "parameter_mse": 0.02, "psd_error": 0.2, "mss": 5}
    expected |= {"mean_parameter_mse": 0.08, "nearest_psd_error": 0.5, "one_step_mss": 2}
    assert {name: row[name] for name in expected} == pytest.approx(expected)
    assert (row["base"], row["samples"]) == ("thesis", 100)


def test_a_test_set_whose_patches_are_all_the_same_is_a_sentence() -> None:
    scores = pd.DataFrame(
        [
            {"predictor": name, "data_set": "test", "parameter_mse": 0.0, "psd_error": 1, "mss": 1}
            for name in ERRORS
        ]
    )
    predictions = {str(row["experiment"]): LABELS[:2] for row in PLANNED}
    with pytest.raises(SynthinvError, match=r"data_sets\.test: all 2 patches are the same, so"):
        results(PLANNED, {"test": LABELS[[0, 0]]}, predictions, scores)


def test_steps_and_points_are_separate(found: Ablation) -> None:
    assert list(found.steps["experiment"]) == ["thesis", "better"]
    assert list(found.points["experiment"]) == ["better-10", "better-100"]


def test_errors_are_measured_relative_to_baselines(found: Ablation) -> None:
    columns = [
        "relative_parameter_mse",
        "relative_psd_error",
        "relative_mss",
        "mean_relative_mss",
        "nearest_relative_mss",
    ]
    np.testing.assert_allclose(
        found.steps[columns], [[1, 1, 9.5, 10, 2], [0.25, 0.1, 2.5, 10, 2]], rtol=1e-9
    )
    assert list(found.steps["works"]) == [False, True]
    assert list(found.steps["state"]) == ["middle", "both"]


@pytest.mark.parametrize(
    ("spread", "knobs", "psd", "expected"),
    [
        (0.0, 4.0, 0.5, "ends"),
        (0.2, 1.0, 0.5, "middle"),
        (0.5, 0.8, 1.0, "knobs"),
        (0.5, 0.8, 0.5, "both"),
        (0.5, 1.0, 0.5, "sound"),
        (0.5, 1.0, 1.0, "neither"),
    ],
)
def test_a_network_may_be_better_in_the_knobs_and_not_in_the_sound(
    spread: float, knobs: float, psd: float, expected: str
) -> None:
    assert state(spread, knobs, psd) == expected
    assert expected in STATES


def test_the_steps_are_drawn_with_their_lines(found: Ablation) -> None:
    axes = steps(found.steps).axes
    assert [t.get_text() for t in axes[0].get_yticklabels()] == ["Thesis", "Better"]
    drawn = [np.asarray(ax.get_lines()[0].get_xdata(), dtype=float) for ax in axes]
    np.testing.assert_allclose(
        np.array(drawn), np.array([[0, 90], [1, 0.25], [1, 0.1], [9.5, 2.5]]), atol=1e-6
    )
    assert [float(np.asarray(ax.get_lines()[1].get_xdata())[0]) for ax in axes[:3]] == [25, 1, 1]
    # The first step is at the top.
    low, high = axes[0].get_ylim()
    assert low > high


def test_the_learning_curves_are_drawn_with_the_baselines(found: Ablation) -> None:
    knobs, mss = learning_curves(found.points).axes
    np.testing.assert_allclose(line(knobs, "better"), [0.07, 0.02])
    heights = np.asarray(mss.get_lines()[0].get_ydata(), dtype=float)
    np.testing.assert_allclose(heights, np.array([8, 2.5]))
    assert knobs.get_xscale() == "log"
    assert [line(knobs, name)[0] for name in ("mean", "nearest", "one_step")] == pytest.approx(
        [0.08, 0.1, 0.0001]
    )
    assert [line(mss, name)[0] for name in ("mean", "nearest", "one_step")] == pytest.approx(
        [10, 2, 1]
    )


def test_no_learning_curve_is_left_out(found: Ablation) -> None:
    names = [f"curve-{i}" for i in range(12)]
    points = pd.concat(found.points.assign(curve=name) for name in names)
    knobs, _ = learning_curves(points).axes
    assert [str(one.get_label()) for one in knobs.get_lines()][:12] == names


def test_the_page_has_the_steps_that_were_run_and_their_outcomes(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    names = {"better": "better-xavier"}
    table["experiment"] = table["experiment"].replace(names)
    write_table(tmp_path / "ablation.csv", table)
    docs = tmp_path / "docs"
    main(tmp_path, docs)
    page = (docs / "ablation.md").read_text()
    assert "| Better (`better-xavier`) | `thesis` | 100 × 2 | 90 % | 0.250 | 0.100 | 2.50 |" in page
    assert (
        "no penalty on the weights (λ = 0): collapsed, in the middle of the knobs' travel, with 0 %"
        in page
    )
    assert (
        "Xavier's initial weights: better than the mean predictor in knobs and sound, with 90 %"
        in page
    )
    assert "- Collapsed, in the middle of the knobs' travel (1): `thesis`.\n" in page
    both = "`better-xavier`, `better-10`, `better-100`"
    assert f"- Better than the mean predictor in knobs and sound (3): {both}.\n" in page
    assert "Collapsed, at the ends" not in page
    assert "A simpler synth" not in page
    for name in ("steps.svg", "learning-curves.svg"):
        assert f"(ablation/{name})" in page
        assert (docs / "ablation" / name).stat().st_size > 1_000
    assert (docs / "ablation" / "ablation.csv").read_bytes() == (
        tmp_path / "ablation.csv"
    ).read_bytes()


def test_a_page_without_learning_curves_has_none(table: pd.DataFrame, tmp_path: Path) -> None:
    write_table(tmp_path / "ablation.csv", table[table["curve"] == ""])
    main(tmp_path, tmp_path / "docs")
    assert "More patches" not in (tmp_path / "docs" / "ablation.md").read_text()
    assert not (tmp_path / "docs" / "ablation" / "learning-curves.svg").exists()
