from typing import Any

from synthinv.config.load import load
from synthinv.pipeline.expected_manifests import expected_manifests

Mapping = dict[str, Any]


def test_every_stage_has_manifests_each_once(mapping: Mapping) -> None:
    files = expected_manifests(load(mapping))
    assert {
        "results/capture/final/00001.json",
        "results/spectrogram/small/test/00000.json",
        "results/grid_search/decay/winner.json",
        *(f"results/train/{name}/model.json" for name in ("plain", "l2", "mine")),
        "results/predictions/test/mean/labels.json",
        "results/predictions/test/mine-refined/notes.json",
        "results/predictions/test/plain/scores.json",
        "results/predictions/test/audibility.json",
        "results/predictions/test/recapture.json",
        "results/patch_searches.json",
        "results/metrics.json",
        "results/knobs.json",
    } <= set(files)
    assert len(files) == len(set(files))
    assert not [file for file in files if "{" in file]


def test_a_solver_alone_has_the_stores_that_its_baselines_read(alone: Mapping) -> None:
    files = expected_manifests(load(alone))
    assert {
        *(f"results/spectrogram/small/final/{i:05d}.json" for i in range(2)),
        "results/spectrogram/small/test/00000.json",
        "results/train/mine/model.json",
        "results/predictions/test/mean/scores.json",
        "results/metrics.json",
    } <= set(files)


def test_without_a_report_nothing_is_predicted(mapping: Mapping) -> None:
    del mapping["report"]
    files = expected_manifests(load(mapping))
    assert {
        "results/config.json",
        "results/capture/test/00000.json",
        "results/spectrogram/small/test/00000.json",
        "results/grid_search/decay/winner.json",
        "results/train/plain/model.json",
        "results/train/mine/history.json",
    } <= set(files)
    assert not [file for file in files if "predictions" in file or "metrics" in file]


def test_the_ablation_is_trained_tested_and_played_as_experiments_are(ablated: Mapping) -> None:
    files = expected_manifests(load(ablated))
    for name in ("adam", "log-adam", "few", "l2-5", "log-adam-20"):
        assert f"results/train/{name}/model.json" in files
        assert f"results/predictions/test/{name}/notes.json" in files
    assert "results/spectrogram/log/final/00001.json" in files


def test_readings_have_results_stores_and_tables(read: Mapping) -> None:
    files = expected_manifests(load(read))
    assert {
        *(f"results/readings/{name}/{i}.json" for name in ("all", "one") for i in (0, 1)),
        "results/readings/readings.json",
        "results/readings/agreement.json",
        "results/spectrogram/fewer/simpler-test/00000.json",
        "results/capture/simpler/00001.json",
    } <= set(files)
    assert len(files) == len(set(files))
