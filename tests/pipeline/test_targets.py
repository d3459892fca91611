from pathlib import Path
from typing import Any

import pytest

from synthinv.config.load import load
from synthinv.pipeline import paths
from synthinv.pipeline.targets import Targets


@pytest.fixture
def targets(mapping: dict[str, Any]) -> Targets:
    return Targets(load(mapping))


def test_a_pattern_is_placed_below_the_results_folder(targets: Targets) -> None:
    found = targets.result(paths.SHARD_AUDIO, data_set="final", shard="00001")
    assert found == "results/capture/final/00001.flac"


def test_wildcards_that_are_not_given_stay_open(targets: Targets) -> None:
    found = targets.result(paths.STORE, spectrogram="small")
    assert found == "results/spectrogram/small/{data_set}/{shard}.zarr.zip"


def test_a_manifest_lies_beside_its_file(targets: Targets) -> None:
    found = targets.manifest(paths.PREDICTION, data_set="test")
    assert found == "results/predictions/test/{predictor}/labels.json"


def test_there_is_one_file_per_shard(targets: Targets) -> None:
    expected = [f"results/capture/final/{i:05d}.json" for i in range(2)]
    assert targets.shards(paths.SHARD_MANIFEST, "final") == expected


def test_a_prediction_lies_in_the_folder_of_its_test_set(targets: Targets) -> None:
    found = targets.prediction(paths.PREDICTION, "mine-refined")
    assert found == "results/predictions/test/mine-refined/labels.csv"


def test_every_test_set_has_the_baselines_and_all_predictors(targets: Targets) -> None:
    names = [Path(f).parent.name for f in targets.predictions(paths.PREDICTION, "test")]
    assert names == [
        *("random", "mean", "nearest", "one_step", "oracle"),
        *("plain", "l2", "mine", "mine-refined"),
    ]
