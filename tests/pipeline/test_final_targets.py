"""What a plain `snakemake` call makes."""

from typing import Any

from synthinv.config.load import load
from synthinv.pipeline.expected_manifests import expected_manifests
from synthinv.pipeline.final_targets import final_targets

Mapping = dict[str, Any]


def test_a_report_is_made_with_the_metrics(mapping: Mapping) -> None:
    assert final_targets(load(mapping)) == ["results/report.html", "results/metrics.csv"]


def test_a_benchmark_is_run_with_a_report_or_without_one(mapping: Mapping) -> None:
    mapping["audio"] = {"sample_rate": 44_100}
    mapping["benchmark"] = {
        "sounds": [{"family": "organ", "split": "test", "programs": [16]}],
        "methods": [{"name": "random", "title": "Random", "kind": "random", "renders": [10]}],
    }
    for config in (load(mapping), load({**mapping, "report": None})):
        assert "results/scores.csv" in final_targets(config)
        # `synthinv verify` asks for it, too.
        assert "results/scores.json" in expected_manifests(config)


def test_without_a_report_everything_in_the_configuration_is_made(read: Mapping) -> None:
    del read["report"]
    files = final_targets(load(read))
    assert {
        "results/config.yaml",
        "results/capture/final/00001.json",
        "results/capture/simpler/00000.json",
        "results/spectrogram/small/final/00001.json",
        "results/grid_search/decay/winner.json",
        *(f"results/train/{name}/model.json" for name in ("plain", "l2", "mine")),
        "results/readings/readings.csv",
    } <= set(files)
    assert not [file for file in files if "predictions" in file or "report" in file]
    # `synthinv verify` asks for nothing that is not made.
    stages = ("capture/", "spectrogram/", "grid_search/decay/winner", "train/")
    expected = [f for f in expected_manifests(load(read)) if f.startswith(stages, len("results/"))]
    histories = {f for f in expected if f.endswith("history.json")}
    assert set(expected) - histories <= set(files)


def test_a_synth_alone_has_its_configuration_alone() -> None:
    mine = {"instrument": "mine.yaml", "engine": {"kind": "live", "midi_port": "synth"}}
    assert final_targets(load(mine)) == ["results/config.yaml"]
