"""Which files a configuration is read from, and what is made of one that has little in it."""

from typing import Any

import pytest
import yaml

from .conftest import Project

ENGINES = {
    "built-in": {"kind": "built-in"},
    "live": {"kind": "live", "midi_port": "synth"},
    "plug-in": {"kind": "plug-in", "path": "synth.so"},
}
SOLVER = {"name": "solver", "title": "Mine", "test": "test"}
DATA_SETS = [{"name": name, "samples": 4, "shard_size": 4} for name in ("learning", "test")]


def write(project: Project, **sections: Any) -> None:
    """Write a configuration of three lines, for a synth that lacks a knob of the built-in one."""
    synth = {"results": "results/mine", "instrument": "monark", "engine": ENGINES["live"]}
    (project.folder / "mine.yaml").write_text(yaml.safe_dump(synth | sections))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_synth_alone_inherits_no_experiment(fresh: Project, engine: str) -> None:
    write(fresh, engine=ENGINES[engine])
    assert fresh.planned(configfile="mine.yaml") == {"write_config": 1}
    planned = fresh.planned(configfile="config/own-synth.yaml mine.yaml")
    assert planned["capture_shard"] == (200 + 600 + 100) / 50
    assert planned["train_network"] == 2
    assert "train_solver" not in planned


def test_without_a_file_the_quick_scale_is_planned(fresh: Project) -> None:
    planned = fresh.planned("--config", "results=results/seed-7", "seed=7", configfile="")
    assert planned == fresh.planned(configfile="config/config.yaml")
    assert {"train_solver", "tabulate_ablation", "patch_search"} <= planned.keys()


def test_nothing_is_below_a_file_neither_here_nor_in_the_jobs(fresh: Project) -> None:
    (fresh.folder / "config" / "config.yaml").write_text("speed: 11\n")
    write(fresh, engine=ENGINES["built-in"], instrument="minimoog-1osc", data_sets=DATA_SETS)
    (fresh.folder / "loud.yaml").write_text("note: {velocity: 127}\n")
    status, output = fresh.snakemake("--cores", "1", configfile="mine.yaml loud.yaml")
    assert status == 0, output
    results = fresh.folder / "results" / "mine"
    assert sorted(file.name for file in (results / "capture").rglob("*.flac")) == 2 * ["00000.flac"]
    kept = yaml.safe_load((results / "config.yaml").read_text())
    assert (kept["note"], kept["experiments"], kept["report"]) == (
        {"number": 60, "velocity": 127, "seconds": None},
        [],
        None,
    )
    assert fresh.planned(configfile="mine.yaml loud.yaml") == {}
    # The order counts.
    (fresh.folder / "loud.yaml").write_text("results: results/other\n")
    assert fresh.planned(configfile="loud.yaml mine.yaml").keys() == {
        "capture_shard",
        "write_config",
    }
    assert fresh.planned(configfile="mine.yaml loud.yaml")["capture_shard"] == 2


def test_a_solver_needs_no_experiment_and_a_match_takes_it(fresh: Project) -> None:
    sounds = fresh.folder / "sounds"
    sounds.mkdir()
    (sounds / "a.wav").touch()
    match = {"sounds": "sounds", "solver": "solver"}
    solver = SOLVER | {"train": "learning"}
    write(fresh, data_sets=DATA_SETS, solvers=[solver], match=match)
    trained = {"capture_shard": 2, "train_solver": 1, "write_config": 1}
    assert fresh.planned(configfile="mine.yaml") == trained
    planned = fresh.planned("match", configfile="mine.yaml")
    assert planned == {"capture_shard": 1, "train_solver": 1, "match_sound": 1, "match": 1}
    # On top of the base it is tested beside the thesis's network.
    write(fresh, solvers=[SOLVER | {"train": "final"}])
    planned = fresh.planned(configfile="config/own-synth.yaml mine.yaml")
    assert (planned["train_solver"], planned["train_network"], planned["solve"]) == (1, 2, 1)


def test_a_solver_of_a_synth_that_is_played_live_is_told_what_to_train_on(fresh: Project) -> None:
    write(fresh, data_sets=DATA_SETS, solvers=[SOLVER])
    status, output = fresh.snakemake("-n", "--cores", "1", configfile="mine.yaml")
    assert status != 0
    assert (
        "synthinv: mine.yaml: solvers.solver.train: null renders fresh notes, which an engine "
        "played live cannot do; name one of data_sets, or leave the solver out"
    ) in output.splitlines()
    write(fresh, data_sets=DATA_SETS, solvers=[SOLVER], engine=ENGINES["plug-in"])
    assert fresh.planned(configfile="mine.yaml")["train_solver"] == 1


def test_a_report_may_be_on_a_solver_alone(fresh: Project) -> None:
    tiny = yaml.safe_load((fresh.folder / "tiny.yaml").read_text())
    write(
        fresh,
        engine=ENGINES["built-in"],
        instrument="minimoog-1osc",
        data_sets=DATA_SETS,
        spectrograms=[{"name": "coarse", "pool": 100}],
        solver=tiny["solver"] | {"notes": 32},
        solvers=[SOLVER | {"refine": False}],
        report={"title": "Mine alone", "audible_sounds": 1},
    )
    status, output = fresh.snakemake("--cores", "2", configfile="mine.yaml")
    assert status == 0, output
    page = (fresh.folder / "results" / "mine" / "report.html").read_text()
    assert "<h1>Mine alone</h1>" in page
    assert "32 notes" in page
    assert "<h2>Training</h2>" not in page
    assert fresh.planned(configfile="mine.yaml") == {}
