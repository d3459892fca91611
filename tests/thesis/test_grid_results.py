from pathlib import Path

import numpy as np
import pytest

from synthinv.common.errors import SynthinvError
from synthinv.common.files import write_manifest
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.config.sections.types import Setting
from synthinv.thesis.grid import cells
from synthinv.thesis.grid_results import mean_histories, tabulate, winner


def grid(**axes: tuple[Setting, ...]) -> GridSearchConfig:
    return GridSearchConfig(name="grid", data_set="final", spectrogram="small", epochs=2, axes=axes)


GRID_SEARCH = grid(rho=(0.45, 0.75), weight_decay=(5e-05, 0.0005))
LOSSES = dict(zip(cells(GRID_SEARCH), (0.4, 0.2, 0.3, 0.5), strict=True))


def histories(losses: dict[str, float]) -> dict[tuple[str, int], dict[str, list[float]]]:
    """Return two repeats per cell, with minima 0.01 below and above the loss given."""
    return {
        (cell, repeat): {"validation": [loss + offset, loss + offset + 1]}
        for cell, loss in losses.items()
        for repeat, offset in enumerate((-0.01, 0.01))
    }


def test_the_table_holds_mean_and_deviation_of_the_least_losses() -> None:
    table = tabulate(GRID_SEARCH, histories(LOSSES))
    assert table.index.tolist() == list(LOSSES)
    assert table["mean"].tolist() == pytest.approx(list(LOSSES.values()))
    assert table["sd"].tolist() == pytest.approx([0.01] * 4)
    assert table["rho"].tolist() == [0.45, 0.45, 0.75, 0.75]


def test_the_winner_has_the_least_mean_loss() -> None:
    table = tabulate(GRID_SEARCH, histories(LOSSES))
    assert winner(GRID_SEARCH, table) == {"rho": 0.45, "weight_decay": 0.0005}


def test_one_diverged_repeat_disqualifies_its_cell() -> None:
    found = histories(LOSSES)
    best = "rho=0.45_weight-decay=0.0005"
    found[best, 1]["validation"] = [0.1, float("nan")]
    table = tabulate(GRID_SEARCH, found)
    assert np.isnan(table["mean"][best])
    assert np.isnan(table["sd"][best])
    assert winner(GRID_SEARCH, table) == {"rho": 0.75, "weight_decay": 5e-05}


def test_a_grid_search_that_diverged_everywhere_has_no_winner() -> None:
    table = tabulate(GRID_SEARCH, histories(dict.fromkeys(LOSSES, float("nan"))))
    with pytest.raises(SynthinvError, match=r"grid_searches\.grid: every training diverged"):
        winner(GRID_SEARCH, table)


def test_repeats_are_averaged_epoch_by_epoch(tmp_path: Path) -> None:
    files = []
    for i, (value, loss) in enumerate([("sgd", 1.0), ("sgd", 3.0), ("adadelta", 5.0)]):
        history = {key: [loss, loss / 2] for key in ("train", "validation", "spread")}
        files.append(tmp_path / f"{i}.json")
        write_manifest(
            files[-1], {"settings": {"optimiser": value}, "mean_predictor": loss, **history}
        )
    means = mean_histories(files, ["optimiser"])
    assert list(means) == ["sgd", "adadelta"]
    assert means["sgd"]["validation"].tolist() == [2, 1]
    assert means["sgd"]["mean_predictor"] == 2
    assert means["adadelta"]["train"].tolist() == [5, 2.5]
