from pathlib import Path

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest
from synthinv.config import plan
from synthinv.config.load import read_configuration
from synthinv.instruments.model import load_instrument
from synthinv.solver.checkpoint import load_solver
from synthinv.solver.registry import SHIPPED, shipped_solver, solver_in

TRAINED_BY = {
    "minimoog-1osc": ("config/solver.yaml", "SHIPPED"),
    "minimoog": ("config/any-note-solver.yaml", "SHIPPED_ANY_NOTE"),
}
"""Configuration of each solver's training, and what the Makefile calls the solver's folder."""


@pytest.mark.parametrize("name", sorted(f.name for f in SHIPPED.iterdir() if f.is_dir()))
def test_a_shipped_solver_is_what_its_make_target_trains(root: Path, name: str) -> None:
    file, folder = TRAINED_BY[name]
    config = read_configuration(root / file)
    (experiment,) = config.solvers
    solver = load_solver(shipped_solver(name))
    assert solver.solver == plan.solver_settings(config, experiment.name)
    assert solver.instrument == load_instrument(config.instrument)
    assert solver.playing == config.playing
    fields = read_manifest(shipped_solver(name))
    origin = {name: fields[name] for name in ("seed", "train", "fixed")}
    assert origin == {"seed": config.seed, "train": None, "fixed": {}}
    place = f"{folder} := synthinv/solver/models/{solver.instrument.name}\n"
    assert place in (root / "Makefile").read_text()


def test_a_solver_lies_in_its_trainings_folder() -> None:
    assert solver_in(SHIPPED / "minimoog-1osc") == shipped_solver("minimoog-1osc")


def test_a_folder_without_a_solver_is_named(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="holds no solver") as caught:
        solver_in(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_an_instrument_without_a_solver_is_named() -> None:
    message = r"no solver for 'amsynth' comes with synthinv \(only for .*minimoog-1osc\)"
    with pytest.raises(SynthinvError, match=message):
        shipped_solver("amsynth")
