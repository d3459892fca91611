"""Data sets of presets, and files that train and test at once."""

import pytest

from synthinv.config import plan
from synthinv.config.load import load

from .mappings import Mapping, put, refusal


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("data_sets.0.presets", ["a.bank", ""], "data_sets.0.presets.1"),
        ("match.presets", [" "], "match.presets.0"),
        ("match.sounds", "", "match.sounds"),
        (
            "solver.varied",
            {"kinds": [{"name": "a", "weight": 1, "presets": {"files": [""]}}]},
            "solver.varied.kinds.0.presets.files.0",
        ),
        ("benchmark.sources.banks", [""], "benchmark.sources.banks.0"),
        ("benchmark.sources.own", {"vital": ""}, "benchmark.sources.own.vital"),
    ],
)
def test_a_path_without_a_name_does_not_stand_for_the_working_folder(
    mapping: Mapping, field: str, value: object, where: str
) -> None:
    assert f"{where}: is empty; name a file or a folder" in refusal(put(mapping, field, value))


def test_the_sound_of_a_figure_is_among_the_presets(mapping: Mapping) -> None:
    sets = {"name": "few", "samples": 3, "shard_size": 10, "presets": ["a.bank"]}
    mapping["data_sets"].append(sets)
    mapping["report"]["windows"] = {"data_set": "few", "index": 3, "windows": [100]}
    assert "report.windows.index: is 3, beyond the first shard of 'few'" in refusal(mapping)
    put(mapping, "report.windows.index", 2)
    load(mapping)


def test_a_data_set_of_presets_has_any_number_of_samples(mapping: Mapping) -> None:
    put(mapping, "data_sets.0.samples", 23)
    put(mapping, "data_sets.0.presets", ["a.bank"])
    config = load(mapping)
    data_set = config.data_set("final")
    shards = plan.shard_names(data_set)
    assert [plan.shard_rows(data_set, shard) for shard in shards] == [(0, 10), (10, 20), (20, 23)]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("banks/a.bank", "banks/a.bank"),
        ("banks", "banks/a.bank"),
        ("banks/a.bank", "banks/../banks"),
        ("./banks/a.bank", "banks/a.bank"),
    ],
)
def test_a_file_in_a_training_set_and_a_test_set_is_refused(
    mapping: Mapping, train: str, test: str
) -> None:
    put(mapping, "data_sets.0.presets", ["other.bank", train])
    put(mapping, "data_sets.1.presets", [test])
    message = f"data_sets.final.presets: '{train}' is also in data_sets.test.presets, of a test set"
    assert message in refusal(mapping)
    put(mapping, "data_sets.0.presets", ["other.bank"])
    load(mapping)


def test_a_grid_search_on_a_file_of_a_test_set_is_refused(mapping: Mapping) -> None:
    searched = {"name": "searched", "samples": 20, "shard_size": 10, "presets": ["a.bank"]}
    mapping["data_sets"].append(searched)
    put(mapping, "grid_searches.0.data_set", "searched")
    put(mapping, "data_sets.1.presets", ["a.bank"])
    message = "data_sets.searched.presets: 'a.bank' is also in data_sets.test.presets"
    assert message in refusal(mapping)


def test_a_solver_that_draws_near_presets_of_a_test_set_is_refused(mapping: Mapping) -> None:
    put(mapping, "data_sets.1.presets", ["banks/a.bank"])
    kinds = [{"name": "near", "weight": 1, "presets": {"files": ["banks"]}}]
    mapping["solver"] = {"architecture": "any-note", "varied": {"kinds": kinds}}
    assert (
        "solver.varied.kinds.near.presets.files: 'banks' is also in data_sets.test.presets"
    ) in refusal(mapping)


def test_what_a_data_set_is_apart_from_comes_before_it_and_has_presets(mapping: Mapping) -> None:
    put(mapping, "data_sets.1.presets", ["a.bank"])
    put(mapping, "data_sets.1.apart_from", ["final"])
    message = "data_sets.test.apart_from: there is no 'final' (known: none are defined before it)"
    assert message in refusal(mapping)
    put(mapping, "data_sets.0.presets", ["b.bank"])
    load(mapping)
    put(mapping, "data_sets.1.presets", [])
    assert "data_sets.1: apart_from: is for data sets of presets" in refusal(mapping)
