from pathlib import Path

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest
from synthinv.config import plan
from synthinv.config.load import read_configuration
from synthinv.instruments.model import load_instrument
from synthinv.solver.checkpoint import load_solver
from synthinv.solver.registry import SHIPPED, shipped_solver, solver_in


def test_the_shipped_solver_is_what_make_solve_trains(root: Path) -> None:
    config = read_configuration(root / "config/solver.yaml")
    (experiment,) = config.solvers
    solver = load_solver(shipped_solver("minimoog-1osc"))
    assert solver.solver == plan.solver_settings(config, experiment.name)
    assert solver.instrument == load_instrument(config.instrument)
    assert solver.playing == config.playing
    fields = read_manifest(shipped_solver("minimoog-1osc"))
    origin = {name: fields[name] for name in ("seed", "train", "fixed")}
    assert origin == {"seed": config.seed, "train": None, "fixed": {}}
    place = f"SHIPPED := synthinv/solver/models/{solver.instrument.name}\n"
    assert place in (root / "Makefile").read_text()


def test_a_solver_lies_in_its_trainings_folder() -> None:
    assert solver_in(SHIPPED / "minimoog-1osc") == shipped_solver("minimoog-1osc")


def test_a_folder_without_a_solver_is_named(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="holds no solver") as caught:
        solver_in(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_an_instrument_without_a_solver_is_named() -> None:
    message = r"no solver for 'amsynth' comes with synthinv \(only for minimoog-1osc\)"
    with pytest.raises(SynthinvError, match=message):
        shipped_solver("amsynth")
