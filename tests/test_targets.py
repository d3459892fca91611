from pathlib import Path
from typing import Any

import pytest

from synthinv import paths
from synthinv.config import load
from synthinv.targets import Targets


@pytest.fixture
def targets(mapping: dict[str, Any]) -> Targets:
    mapping["searches"][0]["repeats"] = 2
    return Targets(load(mapping))


def test_a_pattern_is_placed_below_the_results_folder(targets: Targets) -> None:
    found = targets.result(paths.SHARD_AUDIO, data_set="final", shard="00001")
    assert found == "results/capture/final/00001.flac"


def test_wildcards_that_are_not_given_stay_open(targets: Targets) -> None:
    found = targets.result(paths.STORE, view="small")
    assert found == "results/spectrogram/small/{data_set}/{shard}.zarr.zip"


def test_there_is_one_file_per_shard(targets: Targets) -> None:
    expected = [f"results/spectrogram/small/final/{i:05d}.json" for i in range(2)]
    assert targets.trained_on(paths.STORE_MANIFEST, "l2") == expected
    assert targets.searched(paths.STORE_MANIFEST, "decay") == expected
    tested = targets.tested_on(paths.STORE_MANIFEST, "l2")
    assert tested == ["results/spectrogram/small/test/00000.json"]


def test_every_cell_is_trained_as_often_as_it_is_repeated(targets: Targets) -> None:
    assert targets.trainings("decay") == [
        f"results/search/decay/weight-decay={value}/{repeat}.json"
        for value in ("0.0005", "0.005")
        for repeat in (0, 1)
    ]


def test_a_stage_without_a_search_has_no_winner(targets: Targets) -> None:
    assert targets.winner(None) == []
    assert targets.winner("decay") == ["results/search/decay/winner.json"]


def test_the_baselines_answer_every_test_set(targets: Targets) -> None:
    names = [Path(f).parent.name for f in targets.answers(paths.ANSWER, "test")]
    assert names == ["random", "prior", "nearest", "floor", "oracle", "plain", "l2"]
    assert targets.test_sets == ("test",)
    assert targets.reference("test") == "plain"


def test_the_report_depends_on_everything_it_shows(targets: Targets) -> None:
    files = set(targets.reported())
    assert "results/figures/errors-plain.svg" in files
    assert "results/answers/test/l2/notes.flac" in files
    assert "results/answers/test/plain/notes.flac" not in files
    assert set(targets.trainings("decay")) <= files
    assert set(targets.shards(paths.SHARD_MANIFEST, "final")) <= files
    assert not [f for f in files if "{" in f]
