from pathlib import Path

from synthinv.common.files import write_manifest
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.config.sections.types import Setting
from synthinv.thesis.grid import cells, read_winner


def grid(**axes: tuple[Setting, ...]) -> GridSearchConfig:
    return GridSearchConfig(name="grid", data_set="final", spectrogram="small", epochs=2, axes=axes)


GRID_SEARCH = grid(rho=(0.45, 0.75), weight_decay=(5e-05, 0.0005))


def test_cells_are_every_combination_the_last_axis_fastest() -> None:
    assert list(cells(GRID_SEARCH).values()) == [
        {"rho": 0.45, "weight_decay": 5e-05},
        {"rho": 0.45, "weight_decay": 0.0005},
        {"rho": 0.75, "weight_decay": 5e-05},
        {"rho": 0.75, "weight_decay": 0.0005},
    ]
    assert next(iter(cells(GRID_SEARCH))) == "rho=0.45_weight-decay=5e-05"


def test_a_longer_axis_leaves_the_names_of_the_finished_cells() -> None:
    longer = cells(grid(rho=(0.15, 0.45, 0.6, 0.75), weight_decay=(0.0005, 5e-05)))
    assert len(longer) == 8
    for name, settings in cells(GRID_SEARCH).items():
        assert longer[name] == settings


def test_settings_of_earlier_grid_searches_are_merged_the_last_wins(tmp_path: Path) -> None:
    write_manifest(tmp_path / "a.json", {"settings": {"hidden_units": 200, "rho": 0.9}})
    write_manifest(tmp_path / "b.json", {"settings": {"rho": 0.45}})
    assert read_winner([tmp_path / "a.json"]) == {"hidden_units": 200, "rho": 0.9}
    both = read_winner([tmp_path / "a.json", str(tmp_path / "b.json")])
    assert both == {"hidden_units": 200, "rho": 0.45}
    assert read_winner([]) == {}
