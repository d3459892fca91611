from pathlib import Path
from typing import Any

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config.root import load
from synthinv.pipeline import paths
from synthinv.pipeline.targets import Targets
from synthinv.solver.registry import shipped_solver


@pytest.fixture
def targets(mapping: dict[str, Any]) -> Targets:
    mapping["grid_searches"][0]["repeats"] = 2
    return Targets(load(mapping))


def test_a_pattern_is_placed_below_the_results_folder(targets: Targets) -> None:
    found = targets.result(paths.SHARD_AUDIO, data_set="final", shard="00001")
    assert found == "results/capture/final/00001.flac"


def test_wildcards_that_are_not_given_stay_open(targets: Targets) -> None:
    found = targets.result(paths.STORE, spectrogram="small")
    assert found == "results/spectrogram/small/{data_set}/{shard}.zarr.zip"


def test_there_is_one_file_per_shard(targets: Targets) -> None:
    expected = [f"results/spectrogram/small/final/{i:05d}.json" for i in range(2)]
    assert targets.trained_on(paths.STORE_MANIFEST, "l2") == expected
    assert targets.searched(paths.STORE_MANIFEST, "decay") == expected
    tested = targets.tested_on(paths.STORE_MANIFEST, "l2")
    assert tested == ["results/spectrogram/small/test/00000.json"]


def test_every_cell_is_trained_as_often_as_it_is_repeated(targets: Targets) -> None:
    assert targets.trainings("decay") == [
        f"results/grid_search/decay/weight-decay={value}/{repeat}.json"
        for value in ("0.0005", "0.005")
        for repeat in (0, 1)
    ]


def test_a_stage_without_a_search_has_no_winner(targets: Targets) -> None:
    assert targets.winner(None) == []
    assert targets.winner("decay") == ["results/grid_search/decay/winner.json"]


def test_the_baselines_answer_every_test_set(targets: Targets) -> None:
    names = [Path(f).parent.name for f in targets.predictions(paths.PREDICTION, "test")]
    assert names == [
        "random",
        "mean",
        "nearest",
        "one_step",
        "oracle",
        "plain",
        "l2",
        "mine",
        "mine-refined",
    ]
    assert targets.test_sets == ("test",)
    assert targets.reference("test") == "plain"


def test_every_predictor_has_scores_of_its_own(targets: Targets) -> None:
    files = targets.predictions(paths.SCORES, "test")
    assert "results/predictions/test/plain/scores.csv" in files
    assert len(files) == len(set(files)) == len(targets.predictions(paths.PREDICTION, "test"))
    assert set(files) <= set(targets.reported())
    assert {f.replace(".csv", ".json") for f in files} <= set(targets.manifests())


def test_a_predictors_figures_depend_on_its_own_scores_and_the_baselines(targets: Targets) -> None:
    files = targets.scores_beside_baselines("l2")
    names = [Path(file).parent.name for file in files]
    assert names == ["l2", "random", "mean", "nearest", "one_step", "oracle"]


def test_losses_are_shown_beside_baselines_on_the_same_kind_of_data(
    mapping: dict[str, Any],
) -> None:
    lines = [
        f"results/predictions/test/{name}/scores.csv" for name in ("random", "nearest", "one_step")
    ]
    assert Targets(load(mapping)).grid_search_baseline_scores("decay") == lines
    other = {"name": "other", "samples": 10, "shard_size": 10, "fixed": {"range": 51}}
    mapping["data_sets"].append(other)
    mapping["grid_searches"][0]["data_set"] = "other"
    assert Targets(load(mapping)).grid_search_baseline_scores("decay") == []


def test_the_report_depends_on_everything_it_shows(targets: Targets) -> None:
    files = set(targets.reported())
    assert "results/figures/errors-plain.svg" in files
    assert "results/predictions/test/l2/notes.flac" in files
    assert "results/predictions/test/plain/notes.flac" not in files
    assert "results/predictions/test/mine/notes.flac" in files
    assert "results/predictions/test/mine-refined/notes.flac" in files
    assert {"results/patch_searches.csv", "results/figures/patch_search.svg"} <= files
    assert {"results/train/mine/history.json", "results/figures/solver-mine.svg"} <= files
    assert set(targets.trainings("decay")) <= files
    assert set(targets.shards(paths.SHARD_MANIFEST, "final")) <= files
    assert not [f for f in files if "{" in f]


def test_a_solver_needs_shards_only_if_it_is_given_a_data_set(mapping: dict[str, Any]) -> None:
    mapping["solvers"].append({**mapping["solvers"][0], "name": "stored", "train": "final"})
    targets = Targets(load(mapping))
    assert targets.solved_from(paths.SHARD_MANIFEST, "mine") == []
    expected = [f"results/capture/final/{i:05d}.json" for i in range(2)]
    assert targets.solved_from(paths.SHARD_MANIFEST, "stored") == expected


def test_a_shard_of_the_test_set_is_refined_at_a_time(mapping: dict[str, Any]) -> None:
    mapping["data_sets"][1] |= {"samples": 20}
    targets = Targets(load(mapping))
    expected = [f"results/predictions/test/mine-refined/{i:05d}.csv" for i in range(2)]
    assert targets.refined(paths.REFINED_SHARD, "mine") == expected
    assert targets.refined_curves() == ["results/predictions/test/mine-refined/curves.csv"]


def test_sounds_are_shared_out_among_the_jobs_of_every_search(mapping: dict[str, Any]) -> None:
    grid_searches = {"methods": ["random", "cma_es"], "sounds": 30, "sounds_per_job": 4}
    targets = Targets(load({**mapping, "patch_searches": grid_searches}))
    # There are ten sounds.
    shares = {"00000": [0, 1, 2, 3], "00001": [4, 5, 6, 7], "00002": [8, 9]}
    assert {job: list(sounds) for job, sounds in targets.patch_search_jobs.items()} == shares
    assert targets.patch_search_curves() == [
        f"results/patch_search/test/{method}/{job}.csv"
        for method in ("random", "cma_es")
        for job in shares
    ]


def test_a_synth_in_real_time_is_neither_refined_nor_searched(mapping: dict[str, Any]) -> None:
    mapping["engine"] = {"kind": "live", "midi_port": "x"}
    mapping["solvers"][0]["train"] = "final"
    targets = Targets(load(mapping))
    assert targets.patch_search_curves() == targets.refined_curves() == []
    assert not [f for f in targets.reported() if "refined" in f or "grid_searches" in f]


def test_an_example_is_drawn_in_its_experiments_view(mapping: dict[str, Any]) -> None:
    mapping["spectrograms"].append({"name": "other", "nperseg": 32, "nfft": 128})
    mapping["experiments"][1]["spectrogram"] = "other"
    targets = Targets(load(mapping))
    names = [targets.drawn_in(name).name for name in ("plain", "l2", "mine")]
    assert names == ["small", "other", "small"]


def test_a_finished_workflow_has_a_manifest_of_every_network(targets: Targets) -> None:
    models = {f"results/train/{name}/model.json" for name in ("plain", "l2", "mine")}
    assert models <= set(targets.manifests())


def test_sounds_are_answered_by_the_configured_or_the_shipped_solver(
    mapping: dict[str, Any],
) -> None:
    mapping["instrument"] = "config/instruments/minimoog-1osc.yaml"
    shipped = Targets(load(mapping)).matched_by(paths.MODEL)
    assert shipped == str(shipped_solver("minimoog-1osc"))
    mapping["match"] = {"solver": "mine"}
    assert Targets(load(mapping)).matched_by(paths.MODEL) == "results/train/mine/model.json"


def test_every_sound_has_a_page(targets: Targets) -> None:
    assert targets.matches({"kick": "a/kick.wav"}) == ["results/match/kick/match.html"]
    with pytest.raises(SynthinvError, match=r"match\.sounds: names no folder"):
        targets.matches({})
