from typing import Any

from synthinv.config.load import load
from synthinv.pipeline.report_inputs import report_inputs

Mapping = dict[str, Any]


def test_the_report_depends_on_everything_it_shows(mapping: Mapping) -> None:
    files = report_inputs(load(mapping))
    assert {
        "results/figures/errors-plain.svg",
        "results/predictions/test/audibility.csv",
        "results/predictions/test/recapture.csv",
        "results/predictions/test/l2/notes.flac",
        "results/predictions/test/mine/notes.flac",
        "results/predictions/test/mine-refined/notes.flac",
        "results/patch_searches.csv",
        "results/figures/patch_search.svg",
        "results/train/mine/history.json",
        "results/figures/solver-mine.svg",
        "results/grid_search/decay/weight-decay=0.005/2.json",
        "results/capture/final/00001.json",
    } <= set(files)
    assert "results/predictions/test/plain/notes.flac" not in files
    assert not [file for file in files if "{" in file]


def test_a_report_on_a_solver_alone_reads_nothing_of_the_thesis(alone: Mapping) -> None:
    files = report_inputs(load(alone))
    assert {
        "results/predictions/test/mine/notes.flac",
        "results/predictions/test/nearest/scores.csv",
        "results/capture/final/00001.json",
    } <= set(files)
    assert not [file for file in files if "training.svg" in file or "windows.svg" in file]


def test_a_synth_in_real_time_is_neither_refined_nor_searched(mapping: Mapping) -> None:
    mapping["engine"] = {"kind": "live", "midi_port": "x"}
    mapping["solvers"][0]["train"] = "final"
    files = report_inputs(load(mapping))
    assert not [file for file in files if "refined" in file or "patch_search" in file]


def test_the_ablation_has_a_table_and_figures_but_none_of_each_step(ablated: Mapping) -> None:
    files = report_inputs(load(ablated))
    assert "results/ablation.csv" in files
    assert "results/figures/ablation.svg" in files
    assert "results/figures/learning-curves.svg" in files
    assert not [file for file in files if "example-adam" in file]
    del ablated["ablation"]["learning_curves"]
    assert "results/figures/learning-curves.svg" not in report_inputs(load(ablated))


def test_without_an_ablation_it_has_neither(mapping: Mapping) -> None:
    assert not [file for file in report_inputs(load(mapping)) if "ablation" in file]


def test_readings_have_two_tables(read: Mapping) -> None:
    files = report_inputs(load(read))
    assert {"results/readings/readings.csv", "results/readings/agreement.csv"} <= set(files)
    del read["readings"]
    assert not [file for file in report_inputs(load(read)) if "readings/" in file]
