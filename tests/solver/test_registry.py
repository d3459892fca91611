import shutil
from pathlib import Path

import pytest

from synthinv.cli.main import main
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest
from synthinv.config import plan
from synthinv.config.load import read_configuration
from synthinv.instruments.load import load_instrument
from synthinv.solver.checkpoint import load_solver
from synthinv.solver.registry import (
    CARD,
    SHIPPED,
    named_solver,
    registered,
    registry,
    shipped_names,
    shipped_solver,
    solver_in,
)

TRAINED_BY = {
    "minimoog-1osc": ("config/solver.yaml", "SHIPPED := synthinv/solver/models/minimoog-1osc"),
    "minimoog": (
        "config/any-note-solver.yaml",
        "SHIPPED_ANY_NOTE := synthinv/solver/models/minimoog",
    ),
}
"""Configuration of a solver's training, and where the Makefile says in which folder it lies."""
DIGEST = registered(SHIPPED / "minimoog").card.digest


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_solver_is_what_its_make_target_trains(root: Path, name: str) -> None:
    others = f"config/{name}-solver.yaml", "mkdir -p synthinv/solver/models/$*"
    file, place = TRAINED_BY.get(name, others)
    config = read_configuration(root / file)
    (experiment,) = config.solvers
    solver = load_solver(shipped_solver(name))
    assert solver.solver == plan.solver_settings(config, experiment.name)
    assert solver.instrument == load_instrument(config.instrument)
    assert solver.playing == config.playing
    fields = read_manifest(shipped_solver(name))
    origin = {name: fields[name] for name in ("seed", "train", "fixed")}
    assert origin == {"seed": config.seed, "train": None, "fixed": {}}
    assert solver.instrument.name == name
    makefile = (root / "Makefile").read_text()
    assert f"\n{registered(SHIPPED / name).card.made_by}:" in makefile
    assert f"{place}\n" in makefile


def test_a_solver_lies_in_its_trainings_folder() -> None:
    assert solver_in(SHIPPED / "minimoog-1osc") == shipped_solver("minimoog-1osc")


def test_a_folder_without_a_solver_is_named(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="holds no solver") as caught:
        solver_in(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_solver_that_there_is_not_is_named_beside_those_that_there_are() -> None:
    message = (
        r"^solver: there is no folder 'foo', and no solver of that name \(known: .*dx7.*\); name"
    )
    with pytest.raises(SynthinvError, match=message):
        named_solver("foo")


def test_an_instrument_without_a_solver_is_named() -> None:
    message = r"no solver for 'monark' comes with synthinv \(only for .*minimoog-1osc.*\)"
    with pytest.raises(SynthinvError, match=message):
        shipped_solver("monark")


def test_every_solver_that_ships_has_a_card() -> None:
    assert [solver.folder for solver in registry()] == sorted(
        folder for folder in SHIPPED.iterdir() if folder.is_dir()
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED / "minimoog", tmp_path / "minimoog"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (DIGEST, "f" * 64, f"digest: is that of another network .* and write {DIGEST}"),
        ("name: minimoog", "name: other", "name: is 'other'; write 'minimoog'"),
        ('version: "', 'version: "new', "version: string should match pattern"),
        ("licence: MIT", "license: MIT", "licence: is missing; add it"),
        ("scores:", "scores: []\nx:", "scores: tuple should have at least 1 item"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(copy: Path, old: str, new: str, message: str) -> None:
    card = copy / CARD
    card.write_text(card.read_text().replace(old, new, 1))
    with pytest.raises(SynthinvError, match=message) as caught:
        registered(copy)
    assert str(card) in str(caught.value)


def test_a_solver_without_a_card_or_too_large_is_refused(copy: Path) -> None:
    (copy / "more.onnx").write_bytes(bytes(1_000_000))
    with pytest.raises(SynthinvError, match=r"take 10,\d+,\d+ bytes, and 10,000,000 at most"):
        registered(copy)
    (copy / CARD).unlink()
    with pytest.raises(SynthinvError, match="write it, like those of other solvers"):
        registered(copy)


def test_the_solvers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solvers"]) == 0
    printed = capsys.readouterr().out
    assert all(f"\n{name} " in f"\n{printed}" for name in shipped_names())
    assert f"  9.4 MB, MIT, SHA-256 {DIGEST[:12]}…\n" in printed
    assert "unseen random patches, network alone: mean MSS 5.74 dB, 2.53 × one-step\n" in printed
