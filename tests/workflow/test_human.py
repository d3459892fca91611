"""The benchmark of synths that people own, with a few sounds, from banks to page."""

from pathlib import Path

import pandas as pd
import pytest

from synthinv.report.docs_pages.benchmarks.synths import main

from .conftest import Project

ENTRIES = {
    ("solver", 0): 4,
    ("refined", 20): 1,
    ("refined", 60): 1,
    ("one-step", 0): 4,
    ("presets", 0): 4,
    ("library", 20): 4,
    ("library", 150): 4,
    ("climber", 20): 2,
    ("genetic", 220): 1,
}


# `make test` installs the banks, `make test-fast` does not.
@pytest.mark.slow
def test_sounds_of_a_synth_become_a_page(fresh: Project, tmp_path: Path) -> None:
    status, output = fresh.snakemake("--cores", "2", configfile="human.yaml")
    assert status == 0, output
    results = fresh.folder / "results" / "human"
    scores = pd.read_csv(results / "scores.csv")
    assert scores.groupby(["method", "budget"], sort=False).size().to_dict() == ENTRIES
    assert scores.notna().all(axis=None)
    assert {*scores["key"]} == {60}
    assert {*scores["held"]} == {0.4}
    assert (scores[scores["method"] == "one-step"]["mss"] > 0.01).all()
    # 64 voices, of which some may sound alike.
    assert scores[scores["method"] == "presets"]["renders"].between(50, 64).all()
    assert fresh.planned(configfile="human.yaml") == {}

    part = ("--config", "benchmark={synths: [dx7], most_sounds: 1}")
    planned = fresh.planned(*part, configfile="human.yaml")
    # Of the library and the presets, whose sounds are fewer, and of the climber, whose are not.
    assert {"benchmark_nearest", "benchmark_scores"} <= planned.keys()
    assert not {"benchmark_predict", "benchmark_match", "benchmark_search"} & planned.keys()

    main(results, tmp_path / "docs")
    page = (tmp_path / "docs" / "synths.md").read_text()
    assert "| The DX7 | none | `dx7_roms.dx7` |" in page
    assert "### minimoog: patches that people made" in page
