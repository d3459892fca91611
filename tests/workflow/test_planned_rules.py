"""Which rules and jobs each configuration that we ship takes, and which it leaves out."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from snakemake.utils import update_config

from synthinv.common.files import read_yaml
from synthinv.config.load import load
from synthinv.pipeline.planned_jobs import planned_jobs

from .conftest import PROJECT, copy_project
from .dag import Plan

ALWAYS = {
    *("capture_shard", "spectrogram_shard", "train_network"),
    *("predict", "predict_baselines", "play_predictions", "score_predictions"),
    *("measure_audibility", "compare_recapture", "aggregate_metrics", "score_knobs"),
    *("windows_figure", "training_figure", "prediction_figures"),
    *("write_config", "write_report", "all"),
}
GRID_SEARCH = {"grid_search_cell", "grid_search_winner", "grid_search_figure"}
ABLATION = {"tabulate_ablation", "ablation_figure", "learning_curves_figure"}
READINGS = {"train_reading", "compare_readings"}
SOLVER = {"train_solver", "solve", "solver_figure"}
RENDER_CURVES = {"aggregate_patch_searches", "patch_search_figure"}
REFINEMENT = {"refine", "join_refined"} | RENDER_CURVES
PATCH_SEARCH = {"patch_search"} | RENDER_CURVES
# Made only when `match` is asked for.
MATCH = {"match_sound", "match"}

PLANNED = {
    "config": ALWAYS | GRID_SEARCH | ABLATION | SOLVER | REFINEMENT | PATCH_SEARCH,
    "thesis": ALWAYS | GRID_SEARCH,
    "three-oscillators": ALWAYS | GRID_SEARCH | SOLVER | REFINEMENT | PATCH_SEARCH,
    # No solver, but the quick scale's patch searches.
    "ablation": ALWAYS | ABLATION | PATCH_SEARCH,
    "readings": ALWAYS | READINGS,
    "solver": ALWAYS | SOLVER | REFINEMENT,
    "solver+patch-searches": ALWAYS | SOLVER | REFINEMENT | PATCH_SEARCH,
    # Played live, so in real time: nothing is refined, and no patch is searched for.
    "amsynth": ALWAYS | GRID_SEARCH,
    "own-synth": ALWAYS | GRID_SEARCH,
    "amsynth-plug-in": ALWAYS | GRID_SEARCH,
    "amsynth-plug-in+amsynth-solver": ALWAYS | SOLVER | REFINEMENT,
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plan]:
    """Every plan, by the names of its configuration files."""
    project = copy_project(tmp_path_factory.mktemp("planned") / "project")
    files = {"+".join(f"config/{n}.yaml" for n in name.split("+")): name for name in PLANNED}
    found = subprocess.run(
        [sys.executable, "-m", "tests.workflow.dag", *files],
        cwd=project.folder,
        # The copy's package comes before the project's, which has the tests.
        env={**os.environ, "PYTHONPATH": f"{project.folder}{os.pathsep}{PROJECT}"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {files[configuration]: plan for configuration, plan in json.loads(found.stdout).items()}


@pytest.mark.parametrize("name", PLANNED)
def test_a_configuration_takes_the_rules_of_what_it_asks_for(
    planned: dict[str, Plan], name: str
) -> None:
    assert planned[name]["rules"] == sorted(PLANNED[name])


@pytest.mark.parametrize("name", PLANNED)
def test_progress_is_measured_by_the_jobs_of_the_plan(planned: dict[str, Plan], name: str) -> None:
    mapping: dict[str, Any] = {}
    for file in ("config", *name.split("+")):
        update_config(mapping, read_yaml(PROJECT / "config" / f"{file}.yaml"))
    config = load(mapping)
    jobs = {f"{config.results}/logs/{job.name}.log": job for job in planned_jobs(config)}
    planned_by_snakemake = planned[name]["jobs"]
    assert jobs.keys() == planned_by_snakemake.keys()
    for log, (results, threads) in planned_by_snakemake.items():
        assert jobs[log].result in results
        assert jobs[log].threads == threads


def test_every_configuration_that_we_ship_is_here() -> None:
    named = {file for name in PLANNED for file in name.split("+")}
    assert named == {file.stem for file in (PROJECT / "config").glob("*.yaml")}


def test_every_rule_is_in_a_plan() -> None:
    rules = {"all"}
    for file in Path(PROJECT, "workflow", "rules").glob("*.smk"):
        rules |= set(re.findall(r"^rule (\w+):", file.read_text(encoding="utf-8"), re.MULTILINE))
    assert set().union(*PLANNED.values()) == rules - MATCH
