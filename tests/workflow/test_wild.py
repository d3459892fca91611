"""The benchmark of sounds that the synth did not make, with a few of them, from table to page."""

from pathlib import Path

import pandas as pd
import pytest

from synthinv.report.docs_pages.benchmarks.wild import main

from .conftest import Project

ENTRIES = {
    ("match", 0): 3,
    ("cma-es", 20): 3,
    ("cma-es", 60): 3,
    ("own", 20): 1,
    ("library", 20): 3,
    ("random", 20): 2,
}
AGAIN = [
    f"results/wild/found/test/{job}.csv" for job in ("match/00001", "cma-es/00000", "random/00000")
]


# `make test` installs what plays the sounds, `make test-fast` does not.
@pytest.mark.slow
def test_a_table_of_sounds_becomes_a_page(fresh: Project, tmp_path: Path) -> None:
    status, output = fresh.snakemake("--cores", "2", configfile="wild.yaml")
    assert status == 0, output
    results = fresh.folder / "results" / "wild"
    assert {file.name for file in (results / "sounds").iterdir()} == {"test"}
    scores = pd.read_csv(results / "scores.csv")
    assert scores.groupby(["method", "budget"], sort=False).size().to_dict() == ENTRIES
    assert scores.notna().all(axis=None)
    assert len(pd.read_csv(results / "seconds.csv")) == len(scores)
    assert fresh.planned(configfile="wild.yaml") == {}

    before = (results / "scores.csv").read_bytes()
    status, output = fresh.snakemake(
        "--cores", "2", "--forcerun", *AGAIN, "--", "benchmark_scores", configfile="wild.yaml"
    )
    assert status == 0, output
    assert "localrule benchmark_match" in output
    assert (results / "scores.csv").read_bytes() == before

    main(results, tmp_path / "docs")
    page = (tmp_path / "docs" / "wild.md").read_text()
    assert page.startswith("# Sounds that the synth did not make")
    assert "3 sounds of the test half" in page
    for file in ("drums-38-original", "dx7-roms-32-60-match", "pipe-74-69-match"):
        assert f'src="wild/{file}.flac"' in page
        assert (tmp_path / "docs" / "wild" / f"{file}.flac").is_file()
