from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle

from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Parameter
from synthinv.metrics.psd import psd
from synthinv.report.figures import (
    grid_search,
    patch_search,
    prediction,
    style,
    training,
    windows,
)
from synthinv.search.curves import curve_table

RATE = 44_100
HISTORY = {
    "train": [0.3, 0.2, 0.15],
    "validation": [0.31, 0.25, 0.24],
    "spread": [0.1, 0.5, 0.9],
    "mean_predictor": 0.082,
}
BASELINES = {"random": 0.16, "nearest": 0.12, "one_step": 0.0001}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def note() -> npt.NDArray[np.float32]:
    return np.sin(2 * np.pi * 440 * np.arange(40_000) / RATE).astype(np.float32)


def line(ax: Axes, label: str) -> list[float]:
    (found,) = [one for one in ax.get_lines() if one.get_label() == label]
    return [float(y) for y in np.asarray(found.get_ydata())]


def boxes(ax: Axes) -> list[PathPatch]:
    return [patch for patch in ax.patches if isinstance(patch, PathPatch)]


def check_losses(ax: Axes) -> None:
    assert line(ax, "training") == HISTORY["train"]
    assert line(ax, "validation") == HISTORY["validation"]
    assert line(ax, "mean") == [0.082, 0.082]
    for name, value in BASELINES.items():
        assert line(ax, name) == [value, value]
    assert ax.get_ylim()[0] == 0


def test_a_solvers_losses_are_shown_with_their_running_mean() -> None:
    losses = [float(i % 2) for i in range(100)]
    (ax,) = training.solver_curve(losses, 64).axes
    assert line(ax, "each update") == losses
    assert line(ax, "mean of 2") == [0.5] * 99
    assert np.asarray(ax.get_lines()[1].get_xdata())[-1] == 6_400


def test_a_training_of_one_update_can_be_drawn() -> None:
    (ax,) = training.solver_curve([4.8], 64).axes
    assert line(ax, "mean of 1") == [4.8]


def test_there_is_one_panel_per_window(note: npt.NDArray[np.float32]) -> None:
    panels = windows.windows(note, RATE, (500, 1500), 10_000).axes
    assert [ax.get_title() for ax in panels] == ["n1 = 500", "n1 = 1500"]
    for ax, frames in zip(panels, (91, 30), strict=True):
        (image,) = ax.images
        pixels = np.asarray(image.get_array())
        assert pixels.shape[1] == frames
        # The brightest row is at the note's pitch.
        assert pixels.mean(axis=1).argmax() * 4.41 == pytest.approx(440, abs=4.41)


def test_grid_search_curves_show_losses_and_the_mean_predictor() -> None:
    panels = grid_search.curves({"sgd": [HISTORY], "adadelta": [HISTORY]}, BASELINES).axes
    assert [ax.get_title() for ax in panels] == ["sgd", "adadelta"]
    for ax in panels:
        check_losses(ax)


def test_training_curves_show_losses_the_mean_predictor_and_the_spread() -> None:
    figure = training.training_curves({"without": [HISTORY], "with": [HISTORY]}, BASELINES)
    top, bottom = figure.axes[:2], figure.axes[2:]
    assert [ax.get_title() for ax in top] == ["without", "with"]
    for ax in top:
        check_losses(ax)
    for ax in bottom:
        assert np.asarray(ax.get_lines()[0].get_ydata()).tolist() == [10, 50, 90]


def test_no_panel_or_repeat_is_cut_off_where_an_earlier_one_is_lower() -> None:
    stuck = {**HISTORY, "train": [0.5, 0.5, 0.5], "spread": [2.0, 2.0, 2.0]}
    for histories in ({"a": [HISTORY], "b": [stuck]}, {"a": [HISTORY, stuck]}):
        losses = grid_search.curves(histories, {}).axes
        final = training.training_curves(histories, {}).axes
        panels = len(histories)
        for ax, most in (*((ax, 0.5) for ax in (*losses, *final[:panels])), (final[-1], 200)):
            bottom, top = ax.get_ylim()
            assert bottom == 0
            assert top > most


def test_repeats_are_drawn_beside_the_first_training_without_labels() -> None:
    (ax,) = grid_search.curves({"sgd": [HISTORY, HISTORY, HISTORY]}, BASELINES).axes
    check_losses(ax)
    assert len(ax.get_lines()) == 3 + len(BASELINES) + 2 * 2


def test_the_distribution_counts_every_training_that_did_not_diverge() -> None:
    (ax,) = grid_search.distribution([0.08, 0.08, 0.33, np.nan], 0.082).axes
    heights = [patch.get_height() for patch in ax.patches if isinstance(patch, Rectangle)]
    assert sorted(h for h in heights if h) == [1, 2]
    assert line(ax, "mean") == [0, 1]


def test_the_heat_map_holds_every_cells_loss() -> None:
    table = pd.DataFrame(
        {"rho": [0.4, 0.4, 0.7, 0.7], "weight_decay": [1, 2, 1, 2], "mean": [0.1, 0.2, 0.3, 0.4]}
    )
    ax = grid_search.heatmap(table, ["rho", "weight_decay"], {"mean": 0.08}).axes[0]
    assert [t.get_text() for t in ax.texts] == ["0.1000", "0.2000", "0.3000", "0.4000"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("weight decay", "rho")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["0.4", "0.7"]


def test_a_diverged_cell_stays_empty_in_its_place() -> None:
    table = pd.DataFrame(
        {
            "rho": [0.4, 0.4, 0.7, 0.7],
            "weight_decay": [1, 2, 1, 2],
            "mean": [0.1, np.nan, 0.3, np.nan],
        }
    )
    ax = grid_search.heatmap(table, ["rho", "weight_decay"], {"mean": 0.08}).axes[0]
    assert [t.get_text() for t in ax.texts] == ["0.1000", "0.3000"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "2"]


def test_an_example_shows_both_notes(note: npt.NDArray[np.float32]) -> None:
    figure = prediction.example(note, note[::2].repeat(2), RATE, SpectrogramConfig(name="v"))
    original, predicted, below, beside = figure.axes
    assert (original.get_title(), predicted.get_title()) == ("original", "prediction")
    assert len(original.images) == len(predicted.images) == 1
    frequencies, density = psd(note, RATE)
    np.testing.assert_array_equal(below.get_lines()[0].get_ydata(), density[frequencies <= 2_000])
    assert len(beside.get_lines()) == 1


def test_a_drawn_spectrogram_does_not_depend_on_the_normalisation(
    note: npt.NDArray[np.float32],
) -> None:
    plain = SpectrogramConfig(name="v")
    others = [
        SpectrogramConfig(name="v", normalisation="constant", reference=0.1),
        SpectrogramConfig(name="v", normalisation="sum", mels=40),
    ]
    first, *drawn = (
        np.asarray(prediction.example(note, note, RATE, config).axes[0].images[0].get_array())
        for config in (plain, *others)
    )
    assert first.max() == 1
    for image in drawn:
        np.testing.assert_array_equal(image, first)


def scores() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "predictor": np.repeat(["net", "mean", "one_step", "hidden"], 20),
            "psd_error": [0.0, *rng.lognormal(size=79)],
        }
    )


def test_errors_show_a_box_and_every_sound_of_each_predictor() -> None:
    ax = prediction.errors(scores(), ["net", "mean", "one_step"]).axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["net", "mean", "one_step"]
    assert len(boxes(ax)) == 3
    points = [np.asarray(c.get_offsets()) for c in ax.collections]
    assert [len(p) for p in points] == [20, 20, 20]
    np.testing.assert_allclose(points[1][:, 0], scores()["psd_error"][20:40])
    assert points[0][:, 0].min() == pytest.approx(1e-6)
    assert ax.get_xscale() == "log"


def test_parameters_show_labels_and_outputs_side_by_side() -> None:
    labels = np.random.default_rng(0).random((30, 3))
    knobs = tuple(Parameter(name=name, group="", cc=cc) for cc, name in enumerate("abc", 1))
    toy = Instrument(name="toy", parameters=knobs)
    ax = prediction.parameters(labels, np.full_like(labels, 0.5), toy).axes[0]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b", "c"]
    assert len(boxes(ax)) == 6
    heights = [box.get_path().get_extents().height for box in boxes(ax)]
    tall, flat = sorted(heights)[3:], sorted(heights)[:3]
    assert max(flat) < 1e-9
    assert min(tall) > 40
    legend = ax.get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["label", "output"]


@pytest.mark.parametrize("name", ["errors", "training"])
def test_saving_the_same_figure_twice_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    def draw() -> Figure:
        if name == "errors":
            return prediction.errors(scores(), ["net", "mean"])
        return training.training_curves({"net": [HISTORY]}, BASELINES)

    for i in range(2):
        style.save(draw(), tmp_path / f"{i}.svg")
    first, second = ((tmp_path / f"{i}.svg").read_bytes() for i in range(2))
    assert first == second
    assert b"<svg" in first
    assert plt.get_fignums() == []


def test_a_diverged_history_is_still_drawn(tmp_path: Path) -> None:
    history: dict[str, Any] = HISTORY | {"validation": [0.3, np.nan, np.nan]}
    style.save(training.training_curves({"net": [history]}, BASELINES), tmp_path / "a.svg")
    assert (tmp_path / "a.svg").stat().st_size > 1_000


def test_patch_searches_are_drawn_from_their_first_render_to_their_last() -> None:
    curves = {
        "one_step": [2.0],
        "mean": [20.0],
        "cma_es": [20.0, 8.0, 1.0],
        "x-refined": [4.0, 0.0],
    }
    table = pd.concat(
        curve_table(range(2), [np.array(errors)] * 2).assign(method=method)
        for method, errors in curves.items()
    )
    (ax,) = patch_search.patch_searches(table).axes
    drawn = {str(one.get_label()): np.asarray(one.get_ydata()).tolist() for one in ax.get_lines()}
    assert drawn["CMA-ES"] == [10, 4, 0.5]
    # A patch found exactly is drawn at the lower end of the axis.
    assert drawn["x-refined"] == [2, patch_search.LEAST_SHOWN]
    assert drawn["mean"] == [10]
    assert drawn["one_step"] == [1, 1]


def test_a_patch_search_ends_where_its_renders_do() -> None:
    curves = {"one_step": np.ones(1), "cma_es": np.ones(5_000), "x-refined": np.ones(200)}
    curves["x-refined"][-1] = 0.5
    table = pd.concat(curve_table([0], [c]).assign(method=m) for m, c in curves.items())
    (ax,) = patch_search.patch_searches(table).axes
    (refined,) = (line for line in ax.get_lines() if line.get_label() == "x-refined")
    assert np.asarray(refined.get_xydata())[-1].tolist() == [200, 0.5]
