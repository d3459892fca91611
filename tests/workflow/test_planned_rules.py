"""Which rules each configuration that we ship takes, and which it leaves out."""

import re
from pathlib import Path

import pytest

from synthinv.config.load import read_configuration
from synthinv.config.names import MATCHED
from synthinv.pipeline import benchmark_inputs
from synthinv.pipeline.planned_jobs import planned_jobs
from synthinv.solver.registry import MODEL, SHIPPED

from .conftest import PROJECT

ALWAYS = {
    *("capture_shard", "spectrogram_shard", "train_network"),
    *("predict", "predict_baselines", "play_predictions", "score_predictions"),
    *("measure_audibility", "compare_recapture", "aggregate_metrics", "score_knobs"),
    *("windows_figure", "training_figure", "prediction_figures"),
    *("write_config", "write_report"),
}
THESIS = {"train_network", "predict", "training_figure"}
GRID_SEARCH = {"grid_search_cell", "grid_search_winner", "grid_search_figure"}
ABLATION = {"tabulate_ablation", "ablation_figure", "learning_curves_figure"}
READINGS = {"train_reading", "compare_readings"}
SOLVER = {"train_solver", "solve", "solver_figure"}
RENDER_CURVES = {"aggregate_patch_searches", "patch_search_figure"}
REFINEMENT = {"refine", "join_refined"} | RENDER_CURVES
PATCH_SEARCH = {"patch_search"} | RENDER_CURVES
SEARCHED = {"benchmark_sound", "benchmark_nearest", "benchmark_search", "benchmark_scores"}
BENCHMARK = SEARCHED | {"benchmark_match"}
# Made only when `match`, `gallery` or `benchmark_sounds` is asked for.
MATCH = {"match_sound", "match"}
GALLERY = {"gallery_sound", "gallery_prediction", "gallery"}
BENCHMARK_SOUNDS = {"benchmark_sounds"}
# Made only for data sets of presets; `tests/workflow/test_presets.py` has some.
PRESETS = {"tabulate_presets", "capture_presets"}

PLANNED = {
    "config": ALWAYS | GRID_SEARCH | ABLATION | SOLVER | REFINEMENT | PATCH_SEARCH,
    "config+gallery": ALWAYS | GRID_SEARCH | ABLATION | SOLVER | REFINEMENT | PATCH_SEARCH,
    "thesis": ALWAYS | GRID_SEARCH,
    "three-oscillators": ALWAYS | GRID_SEARCH | SOLVER | REFINEMENT | PATCH_SEARCH,
    "ablation": ALWAYS | ABLATION,
    "readings": ALWAYS | READINGS,
    "solver": ALWAYS | SOLVER | REFINEMENT,
    "solver+patch-searches": ALWAYS | SOLVER | REFINEMENT | PATCH_SEARCH,
    # Played live, so in real time: nothing is refined, and no patch is searched for.
    "amsynth": ALWAYS | GRID_SEARCH,
    "own-synth": ALWAYS | GRID_SEARCH,
    "amsynth-plug-in": ALWAYS | GRID_SEARCH,
    "amsynth-plug-in+amsynth-16-solver": ALWAYS | SOLVER | REFINEMENT,
    # No network of the thesis is trained.
    "any-note-solver": ALWAYS - THESIS | SOLVER | REFINEMENT,
    "dx7-solver": ALWAYS - THESIS | SOLVER | REFINEMENT,
    "dx7-solver+mixtures": ALWAYS - THESIS | SOLVER,
    "amsynth-solver": ALWAYS - THESIS | SOLVER | REFINEMENT,
    "vital-solver": ALWAYS - THESIS | SOLVER | REFINEMENT,
    "wild": {"write_config"} | BENCHMARK,
    "human": {"write_config", "benchmark_predict", "benchmark_one_step"} | BENCHMARK,
}


@pytest.mark.parametrize("name", PLANNED)
def test_a_configuration_takes_the_rules_of_what_it_asks_for(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    # Whether or not all solvers have been trained.
    monkeypatch.setattr(benchmark_inputs, "shipped_solver", lambda _: SHIPPED / MATCHED / MODEL)
    files = [Path("config", f"{file}.yaml") for file in name.split("+")]
    jobs = planned_jobs(read_configuration(*files), files, cores=1)
    assert {job.rule for job in jobs} == PLANNED[name]


def test_every_configuration_that_we_ship_is_here() -> None:
    named = {file for name in PLANNED for file in name.split("+")}
    assert named == {file.stem for file in (PROJECT / "config").glob("*.yaml")}


def test_the_log_and_the_benchmark_of_every_rule_have_the_same_path() -> None:
    for file in Path(PROJECT, "workflow", "rules").glob("*.smk"):
        text = file.read_text(encoding="utf-8")
        logs = re.findall(r'"logs/(.+)\.log"', text)
        assert logs == re.findall(r'"benchmarks/(.+)\.tsv"', text)
        assert len(logs) >= text.count("    benchmark:\n")


def test_every_rule_is_in_a_plan() -> None:
    rules = set()
    for file in Path(PROJECT, "workflow", "rules").glob("*.smk"):
        rules |= set(re.findall(r"^ *rule (\w+):", file.read_text(encoding="utf-8"), re.MULTILINE))
    assert set().union(*PLANNED.values()) == rules - PRESETS - MATCH - GALLERY - BENCHMARK_SOUNDS
