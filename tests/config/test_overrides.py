import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config import plan
from synthinv.config.load import load
from synthinv.config.overrides import apply_settings, apply_solver_settings
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.config.sections.types import Setting
from synthinv.thesis.grid import cells

from .mappings import Mapping


def test_settings_reach_the_section_that_has_them() -> None:
    network, training = apply_settings(
        NetworkConfig(), TrainingConfig(), {"hidden_units": 200, "weight_decay": 0.5}
    )
    assert network == NetworkConfig(hidden_units=200)
    assert training == TrainingConfig(weight_decay=0.5)


@pytest.mark.parametrize(
    "settings",
    [
        {"last_kernels": 1},
        {"flatten": "mean"},
        {"flatten": "each"},
        {"initial_biases": "zero"},
        {"adadelta": "equation-10", "learning_rate_adadelta": 0.001},
        {"l2": "equation-6", "l2_over": "weights"},
        {"loss_reduction": "sum"},
        {"update_after": "patch"},
    ],
    ids=str,
)
def test_a_reading_of_the_thesis_is_a_setting_of_experiments_and_grid_searches(
    mapping: Mapping, settings: dict[str, Setting]
) -> None:
    sections = apply_settings(NetworkConfig(), TrainingConfig(), settings)
    changed = {k: v for s in sections for k, v in s.model_dump().items() if k in settings}
    assert changed == settings
    mapping["experiments"][0]["settings"] |= settings
    mapping["grid_searches"][0]["axes"] = {k: [v] for k, v in settings.items()}
    (cell,) = cells(load(mapping).grid_searches[0])
    assert "/" not in cell


def test_a_setting_out_of_range_is_refused() -> None:
    with pytest.raises(SynthinvError, match="settings: hidden_units: input should be greater"):
        apply_settings(NetworkConfig(), TrainingConfig(), {"hidden_units": 0})


def test_a_setting_that_does_not_exist_is_refused() -> None:
    sentence = "settings: rate: is not a known key; remove it or correct its spelling"
    with pytest.raises(SynthinvError, match=sentence):
        apply_settings(NetworkConfig(), TrainingConfig(), {"rate": 1})
    with pytest.raises(SynthinvError, match=sentence):
        apply_solver_settings(SolverConfig(), {"rate": 1})


def test_a_solvers_settings_replace_single_ones_of_the_section(mapping: Mapping) -> None:
    mapping["solver"] = {"notes": 100, "threads": 1}
    mapping["solvers"][0]["settings"] = {"notes": 200, "channels": [8, 16]}
    found = plan.solver_settings(load(mapping), "mine")
    assert found == SolverConfig(notes=200, threads=1, channels=(8, 16))
