"""Data sets of presets, and that nothing learns from the banks that make the test sets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from synthinv.config import plan
from synthinv.config.load import load

from .mappings import Mapping, put, refusal

ROOT = Path(__file__).parents[2]
CONFIGS = [*ROOT.glob("config/*.yaml"), *ROOT.glob("synthinv/config/synths/*.yaml")]
TEST_BANKS = {
    *(f"BriansBank{number:02}.amSynth.bank" for number in (3, 6, 9, 12, 15, 18, 21)),
    *("PatriksBank02.bank", "PatriksBank05.bank", "amsynth_factory.bank"),
    "dx7_roms.dx7",
}
"""Banks for the test of patches that people made: nothing is drawn from them or fitted to them."""
# They name the banks from which the sounds are that methods are tested on, or, of the first, those
# whose sounds the built-in voice was developed on: another synth's.
BENCHMARKS = ("wild.yaml", "human.yaml")


def strings(node: Any) -> Iterator[str]:
    """Yield all strings of a configuration but those of its test sets."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from strings(item)
    elif isinstance(node, dict):
        for item in node.values():
            yield from strings(item)


def read_by_training(config: dict[str, Any]) -> set[str]:
    """Return all strings of a configuration but those of data sets that are test sets only."""
    trained = [*config.get("experiments", ()), *config.get("solvers", ())]
    tested = {each["test"] for each in trained} - {each.get("train") for each in trained}
    kept = [each for each in config.get("data_sets", ()) if each["name"] not in tested]
    return set(strings({**config, "data_sets": kept}))


def test_nothing_that_we_ship_learns_from_a_test_bank() -> None:
    found = 0
    for path in CONFIGS:
        if path.name in BENCHMARKS:
            continue
        text = path.read_text(encoding="utf-8")
        for name in read_by_training(yaml.safe_load(text)):
            place = Path(name)
            assert place.name not in TEST_BANKS, f"{path}: {name}"
            # Nor by the folder that it lies in.
            assert not any((place / bank).exists() for bank in TEST_BANKS), f"{path}: {name}"
            found += place.suffix in (".bank", ".dx7")
    # The banks that solvers do learn from.
    assert found > 20


def test_what_learns_from_a_test_bank_would_be_found() -> None:
    bank = "/banks/dx7_roms.dx7"
    sets = [{"name": "a", "presets": [bank]}]
    solver = {"varied": {"kinds": [{"presets": {"files": [bank]}}]}}
    tested = {"data_sets": sets, "solvers": [{"test": "a"}]}
    assert bank not in read_by_training(tested)
    assert bank in read_by_training({**tested, "solver": solver})
    assert bank in read_by_training({"data_sets": sets, "solvers": [{"train": "a", "test": "b"}]})
    assert bank in read_by_training({"data_sets": sets, "solvers": [{"train": "a", "test": "a"}]})


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
