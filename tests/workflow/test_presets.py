"""Banks of presets as data: what is captured, and what runs again when a bank changes."""

import csv
import json
from pathlib import Path

from synthinv.common.files import sha256_of

from .conftest import Project

SOLVER = """
solver: {bands: 32, long_window: 2048, long_bands: 64, channels: [8], bottleneck: 8, notes: 64}
solvers: [{name: mine, title: Mine, test: people}]
refinement: {renders: 4, candidates: 2}
"""
NEAR = """
instrument: minimoog
data_sets: [{name: test, samples: 2, shard_size: 2}]
solver:
  architecture: any-note
  channels: [8]
  hidden_units: 8
  notes: 8
  batch_size: 4
  varied: {seconds: [0.05, 0.1], kinds: [{name: near, weight: 1, presets: {}}]}
solvers: [{name: mine, title: Mine, test: test}]
"""
PRESET = "<preset> <name> {name}\n<parameter> filter_cutoff {cutoff}\n<parameter> master_vol 0.5\n"


def write_bank(file: Path, *cutoffs: float) -> None:
    presets = [PRESET.format(name=f"p{cutoff}", cutoff=cutoff) for cutoff in cutoffs]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("amSynth\n" + "".join(presets) + "EOF\n")


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_banks_are_captured_and_only_what_a_changed_bank_changes_again(fresh: Project) -> None:
    banks, results = fresh.folder / "banks", fresh.folder / "results"
    write_bank(banks / "one.bank", 0, 0.5, 1, 0.5)
    write_bank(banks / "two" / "two.bank", 0.5, -0.3, 0.2)
    status, output = fresh.snakemake("--cores", "2", configfile="presets.yaml")
    assert status == 0, output
    people = rows(results / "presets" / "people.csv")
    assert [row["duplicate_of"] for row in people] == ["", "", "", "banks/one.bank:1"]
    others = rows(results / "presets" / "others.csv")
    assert [row["duplicate_of"] for row in others] == ["banks/one.bank:1", "", ""]
    assert all(float(row["loss"]) < 1 for row in [*people, *others])
    shards = [results / "capture" / "people" / f"0000{i}.csv" for i in (0, 1)]
    captured = [row["filter_cutoff"] for shard in shards for row in rows(shard)]
    assert captured == [row["filter_cutoff"] for row in people[:3]]
    manifest = json.loads(shards[1].with_suffix(".json").read_text())
    assert (manifest["notes"], manifest["presets"]) == (1, ["banks/one.bank:2"])
    assert fresh.planned(configfile="presets.yaml") == {}
    write_bank(banks / "two" / "two.bank", 0.5, -0.3, 0.2, 0)
    planned = {"tabulate_presets": 1, "capture_presets": 1}
    assert fresh.planned(configfile="presets.yaml") == planned
    write_bank(banks / "two" / "two.bank", -0.3, 0.2, 1.2)
    status, output = fresh.snakemake("--cores", "2", configfile="presets.yaml")
    assert status == 1
    assert "data_sets.others.samples: is 2, but 3 of the 3 presets are used" in output


def test_the_sounds_of_a_shorter_last_shard_are_refined_under_their_own_numbers(
    fresh: Project,
) -> None:
    write_bank(fresh.folder / "banks" / "one.bank", 0, 0.5, 1)
    write_bank(fresh.folder / "banks" / "two" / "two.bank", -0.3, 0.2)
    (fresh.folder / "solver.yaml").write_text(SOLVER)
    curves = "results/predictions/people/mine-refined/curves.csv"
    status, output = fresh.snakemake(
        *("--cores", "2", "--", curves), configfile="presets.yaml solver.yaml"
    )
    assert status == 0, output
    assert {int(row["index"]) for row in rows(fresh.folder / curves)} == {0, 1, 2}


def test_a_solver_says_near_which_presets_it_was_trained(fresh: Project) -> None:
    (fresh.folder / "near.yaml").write_text(NEAR)
    model = "results/train/mine/model.json"
    status, output = fresh.snakemake("--cores", "1", "--", model, configfile="near.yaml")
    assert status == 0, output
    digest = sha256_of(fresh.folder / "synthinv" / "instruments" / "presets" / "minimoog.csv")
    presets = json.loads((fresh.folder / model).read_text())["presets"]
    assert presets == [{"name": "minimoog.csv", "sha256": digest}]
