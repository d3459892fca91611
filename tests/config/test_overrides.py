import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config import plan
from synthinv.config.load import load
from synthinv.config.overrides import apply_settings
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.solver import SolverConfig

from .mappings import Mapping


def test_settings_reach_the_section_that_has_them() -> None:
    network, training = apply_settings(
        NetworkConfig(), TrainingConfig(), {"hidden_units": 200, "weight_decay": 0.5}
    )
    assert network == NetworkConfig(hidden_units=200)
    assert training == TrainingConfig(weight_decay=0.5)


def test_a_setting_out_of_range_is_refused() -> None:
    with pytest.raises(SynthinvError, match="settings: hidden_units: input should be greater"):
        apply_settings(NetworkConfig(), TrainingConfig(), {"hidden_units": 0})


def test_a_solvers_settings_replace_single_ones_of_the_section(mapping: Mapping) -> None:
    mapping["solver"] = {"notes": 100, "threads": 1}
    mapping["solvers"][0]["settings"] = {"notes": 200, "channels": [8, 16]}
    found = plan.solver_settings(load(mapping), "mine")
    assert found == SolverConfig(notes=200, threads=1, channels=(8, 16))
