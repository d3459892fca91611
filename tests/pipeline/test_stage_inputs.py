from pathlib import Path
from typing import Any

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config.load import load
from synthinv.config.names import BASELINES
from synthinv.instruments.presets import PRESETS
from synthinv.pipeline import paths
from synthinv.pipeline.stage_inputs import StageInputs
from synthinv.solver.registry import shipped_solver

Mapping = dict[str, Any]


@pytest.fixture
def inputs(mapping: Mapping) -> StageInputs:
    mapping["grid_searches"][0]["repeats"] = 2
    return StageInputs(load(mapping))


def test_there_is_one_store_per_shard(inputs: StageInputs) -> None:
    train = [f"results/spectrogram/small/final/{i:05d}.json" for i in range(2)]
    assert inputs.training_stores(paths.STORE_MANIFEST, "l2") == train
    assert inputs.grid_search_stores(paths.STORE_MANIFEST, "decay") == train
    test = ["results/spectrogram/small/test/00000.json"]
    assert inputs.test_stores(paths.STORE_MANIFEST, "l2") == test


def test_baselines_read_the_stores_of_the_first_experiment(mapping: Mapping) -> None:
    mapping["spectrograms"].append({"name": "other", "nperseg": 64, "nfft": 128})
    mapping["experiments"][0] |= {"spectrogram": "other", "samples": 10}
    inputs = StageInputs(load(mapping))
    train = inputs.baseline_training_stores(paths.STORE_MANIFEST, "test")
    assert train == ["results/spectrogram/other/final/00000.json"]
    test = inputs.baseline_test_stores(paths.STORE_MANIFEST, "test")
    assert test == ["results/spectrogram/other/test/00000.json"]


def test_every_cell_is_trained_as_often_as_it_is_repeated(inputs: StageInputs) -> None:
    assert inputs.grid_search_cells("decay") == [
        f"results/grid_search/decay/weight-decay={value}/{repeat}.json"
        for value in ("0.0005", "0.005")
        for repeat in (0, 1)
    ]


def test_a_stage_without_a_grid_search_has_no_winner(inputs: StageInputs) -> None:
    assert inputs.winner(None) == []
    assert inputs.winner("decay") == ["results/grid_search/decay/winner.json"]


def test_a_solver_needs_shards_only_if_it_is_given_a_data_set(mapping: Mapping) -> None:
    mapping["solvers"].append({**mapping["solvers"][0], "name": "stored", "train": "final"})
    inputs = StageInputs(load(mapping))
    assert inputs.solver_shards(paths.SHARD_MANIFEST, "mine") == []
    expected = [f"results/capture/final/{i:05d}.json" for i in range(2)]
    assert inputs.solver_shards(paths.SHARD_MANIFEST, "stored") == expected


def test_refinement_takes_the_test_set_shard_by_shard(mapping: Mapping) -> None:
    mapping["data_sets"][1] |= {"samples": 20}
    inputs = StageInputs(load(mapping))
    expected = [f"results/predictions/test/mine-refined/{i:05d}.csv" for i in range(2)]
    assert inputs.refined_shards(paths.REFINED_SHARD, "mine") == expected
    assert inputs.refinement_curves() == ["results/predictions/test/mine-refined/curves.csv"]


def test_every_patch_search_has_a_file_per_job(mapping: Mapping) -> None:
    searches = {"methods": ["random", "cma_es"], "sounds": 30, "sounds_per_job": 4}
    inputs = StageInputs(load({**mapping, "patch_searches": searches}))
    assert inputs.patch_search_curves() == [
        f"results/patch_search/test/{method}/{job}.csv"
        for method in ("random", "cma_es")
        # There are ten sounds.
        for job in ("00000", "00001", "00002")
    ]


def test_sounds_are_matched_by_the_configured_or_the_shipped_solver(mapping: Mapping) -> None:
    mapping["instrument"] = "minimoog-1osc"
    shipped = StageInputs(load(mapping)).match_solver(paths.MODEL, "organ")
    assert shipped == str(shipped_solver("minimoog-1osc"))
    mapping["match"] = {"solver": "mine"}
    own = StageInputs(load(mapping)).match_solver(paths.MODEL, "organ")
    assert own == "results/train/mine/model.json"


def test_the_gallerys_sounds_are_matched_by_the_solver_of_their_instrument(
    mapping: Mapping,
) -> None:
    mapping["match"] = {"solver": "mine"}
    mapping["gallery"] = {"experiment": "l2", "sounds": [{"name": "horn", "title": "A horn"}]}
    found = StageInputs(load(mapping)).match_solver(paths.NETWORK, "horn")
    assert found == str(shipped_solver("minimoog").with_name("model.onnx"))


def test_matches_read_their_preset_files(mapping: Mapping, tmp_path: Path) -> None:
    (tmp_path / "a.syx").touch()
    mapping |= {"instrument": "dx7", "engine": {"kind": "dx7"}}
    mapping["match"] = {"presets": [str(tmp_path)]}
    inputs = StageInputs(load(mapping))
    assert inputs.match_presets("organ") == [str(tmp_path / "a.syx")]
    assert inputs.match_modules("organ") == ["instruments.native.dx7"]
    mapping |= {"instrument": "minimoog-1osc", "match": {}, "engine": {"kind": "built-in"}}
    inputs = StageInputs(load(mapping))
    assert inputs.match_presets("organ") == inputs.match_modules("organ") == []
    inputs = StageInputs(load(mapping | {"instrument": "minimoog"}))
    assert inputs.match_presets("organ") == [str(PRESETS / "minimoog.csv")]


def test_presets_of_a_match_that_are_not_there_are_refused(mapping: Mapping) -> None:
    mapping |= {"instrument": "dx7", "engine": {"kind": "dx7"}, "match": {"presets": ["none.syx"]}}
    with pytest.raises(SynthinvError, match=r"match\.presets: none\.syx: there is no such file"):
        StageInputs(load(mapping)).match_presets("organ")


def test_matches_read_the_presets_of_their_solvers_instrument(
    alone: Mapping, tmp_path: Path
) -> None:
    (tmp_path / "a.syx").touch()
    for data_set in alone["data_sets"]:
        data_set["instrument"] = "dx7"
    alone |= {"instrument": "minimoog-1osc"}
    alone["match"] = {"solver": "mine", "presets": [str(tmp_path)]}
    inputs = StageInputs(load(alone))
    assert inputs.match_presets("organ") == [str(tmp_path / "a.syx")]
    assert inputs.match_modules("organ") == ["instruments.native.dx7"]


def test_a_training_near_presets_depends_on_what_reads_them(alone: Mapping, tmp_path: Path) -> None:
    (tmp_path / "a.syx").touch()
    alone |= {"instrument": "dx7", "engine": {"kind": "dx7"}}
    near = {"name": "near", "weight": 1, "presets": {"files": [str(tmp_path)]}}
    kinds = [{"name": "any", "weight": 1}, near]
    alone["solver"] = {"architecture": "any-note", "varied": {"kinds": kinds}}
    assert StageInputs(load(alone)).solver_presets("mine") == [str(tmp_path / "a.syx")]
    assert StageInputs(load(alone)).solver_modules("mine") == ["instruments.native.dx7"]
    alone["solver"]["kinds"] = ["any"]
    assert StageInputs(load(alone)).solver_modules("mine") == []


def test_a_training_near_the_presets_of_synthinv_depends_on_their_table(alone: Mapping) -> None:
    alone |= {"instrument": "minimoog"}
    kinds = [{"name": "found", "weight": 1, "presets": {}}]
    alone["solver"] = {"architecture": "any-note", "varied": {"kinds": kinds}}
    inputs = StageInputs(load(alone))
    assert inputs.solver_presets("mine") == [str(PRESETS / "minimoog.csv")]
    assert inputs.solver_modules("mine") == []


def test_every_sound_has_a_page(inputs: StageInputs) -> None:
    assert inputs.match_pages({"kick": "a/kick.wav"}) == ["results/match/kick/match.html"]
    with pytest.raises(SynthinvError, match=r"match\.sounds: names no folder"):
        inputs.match_pages({})


def test_the_ablation_reads_every_row_and_its_test_set(ablated: Mapping) -> None:
    inputs = StageInputs(load(ablated))
    names = ("l2", "adam", "log-adam", "few", "l2-5", "l2-20", "log-adam-5", "log-adam-20")
    expected = [f"results/predictions/test/{name}/labels.csv" for name in names]
    assert inputs.ablation_predictions(paths.PREDICTION) == expected
    assert inputs.ablation_truth(paths.SHARD_AUDIO) == ["results/capture/test/00000.flac"]


def test_only_the_shards_that_hold_the_samples_are_trained_on(ablated: Mapping) -> None:
    inputs = StageInputs(load(ablated))
    counts = {name: len(inputs.training_stores(paths.STORE, name)) for name in ("l2-5", "few")}
    assert counts == {"l2-5": 1, "few": 2}


def test_a_patch_search_reads_no_shard_beyond_its_sounds(mapping: Mapping) -> None:
    mapping["data_sets"][1] |= {"samples": 40}
    mapping["patch_searches"] |= {"sounds": 12, "sounds_per_job": 6}
    inputs = StageInputs(load(mapping))
    shards = [f"results/capture/test/{i:05d}.flac" for i in range(2)]
    found = [inputs.searched_shards(paths.SHARD_AUDIO, "test", job) for job in ("00000", "00001")]
    assert found == [shards[:1], shards]


def test_every_predictor_has_scores_of_its_own(inputs: StageInputs) -> None:
    names = [Path(file).parent.name for file in inputs.all_scores()]
    assert names == [*BASELINES, "plain", "l2", "mine", "mine-refined"]


def test_a_predictors_figures_read_its_own_scores_and_the_baselines(inputs: StageInputs) -> None:
    names = [Path(file).parent.name for file in inputs.scores_beside_baselines("l2")]
    assert names == ["l2", *BASELINES]


def test_losses_are_drawn_beside_baselines_on_the_same_kind_of_data(mapping: Mapping) -> None:
    lines = [
        f"results/predictions/test/{name}/scores.csv" for name in ("random", "nearest", "one_step")
    ]
    assert StageInputs(load(mapping)).grid_search_baseline_scores("decay") == lines
    other = {"name": "other", "samples": 10, "shard_size": 10, "fixed": {"range": 51}}
    mapping["data_sets"].append(other)
    mapping["grid_searches"][0]["data_set"] = "other"
    assert StageInputs(load(mapping)).grid_search_baseline_scores("decay") == []


def test_a_reading_takes_every_store_of_its_trainings_and_tests_once(read: Mapping) -> None:
    inputs = StageInputs(load(read))
    assert inputs.reading_stores(paths.STORE_MANIFEST, "one") == [
        *(f"results/spectrogram/small/final/{i:05d}.json" for i in range(2)),
        "results/spectrogram/small/test/00000.json",
        *(f"results/spectrogram/fewer/simpler/{i:05d}.json" for i in range(2)),
        "results/spectrogram/fewer/simpler-test/00000.json",
    ]
    assert inputs.readings() == [
        f"results/readings/{name}/{i}.json" for name in ("all", "one") for i in range(2)
    ]


def test_without_readings_there_are_no_results_of_them(mapping: Mapping) -> None:
    assert StageInputs(load(mapping)).readings() == []
