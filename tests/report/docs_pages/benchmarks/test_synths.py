"""The page of the benchmark of synths, from results that are made up."""

from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from synthinv.benchmark.scores import WHOLE_SOUND_METRICS
from synthinv.common.errors import SynthinvError
from synthinv.common.files import seal, write_table, write_text
from synthinv.config.benchmark import budgets_of, sounds_of_method
from synthinv.config.load import load
from synthinv.pipeline import paths
from synthinv.report.docs_pages.benchmarks.synths import main

PEOPLE = {"family": "people", "source": "presets", "synth": "dx7", "split": "test"}
MAPPING: dict[str, Any] = {
    "benchmark": {
        "note": "known",
        "held": [2.0],
        "sounds": [
            {"family": "any", "source": "random", "synth": "dx7", "split": "test", "programs": 2},
            PEOPLE | {"bank": "roms.dx7", "programs": 10},
            {"family": "recordings", "split": "test", "programs": [3]},
        ],
        "methods": [
            {"name": "solver", "title": "The solver", "kind": "solver", "synth": "dx7"},
            {"name": "near", "title": "The nearest preset", "kind": "presets", "synth": "dx7"},
            {
                "name": "cma",
                "title": "CMA-ES",
                "kind": "cma_es",
                "synth": "dx7",
                "renders": [20, 50],
                "sounds": {"people": 4},
            },
        ],
    }
}
MSS = {"solver": 2.0, "plain": 4.0, "near": 3.0, "cma": 5.0, "any": 6.0}


def written(folder: Path, mapping: dict[str, Any]) -> str:
    """Write results, of which one sound of people is itself a preset, and return the page."""
    write_text(folder / paths.CONFIG, yaml.safe_dump(mapping))
    seal(folder / paths.CONFIG)
    benchmark, rows = load(mapping).benchmark, []
    for method in benchmark.methods:
        for split, budget in product(benchmark.splits, budgets_of(method)):
            for sound in sounds_of_method(benchmark, method, split):
                copied = method.name == "near" and sound.name == "roms-0-60"
                rows.append(
                    {
                        "sound": sound.name,
                        "family": sound.family,
                        "split": split,
                        "method": method.name,
                        "budget": budget,
                        "renders": budget or 1,
                        **dict.fromkeys(WHOLE_SOUND_METRICS, 0.5),
                        "mss": 0.0 if copied else MSS[method.name] - budget / 100,
                        "key": 60,
                        "held": 2.0,
                        "solver": 64 * "a" if method.kind == "solver" else "none",
                        "patch": "1 2 3",
                        "seconds": 1.5,
                    }
                )
    table = pd.DataFrame(rows)
    write_table(folder / paths.BENCHMARK_SCORES, table.drop(columns="seconds"))
    write_table(folder / paths.BENCHMARK_SECONDS, table[["sound", "method", "budget", "seconds"]])
    main(folder, folder / "docs")
    return (folder / "docs" / "synths.md").read_text()


def test_the_page_names_the_banks_and_the_solver_that_was_judged(tmp_path: Path) -> None:
    page = written(tmp_path, MAPPING)
    assert "| The DX7 | `aaaaaaaaaaaa` | `roms.dx7` |" in page
    for title in ("random patches", "patches that people made", "recordings"):
        assert f"### The DX7: {title}" in page
    assert "3.18 | 5.57 | 0.042 | 0.948" in page
    assert len(pd.read_csv(tmp_path / "docs" / "synths" / "scores.csv")) == 2 * 13 + 2 * 4


def test_methods_are_compared_on_the_sounds_that_both_have(tmp_path: Path) -> None:
    part = written(tmp_path, MAPPING).split("people made\n")[1].split("### ")[0]
    assert "10 sounds. 1 of them is in one of the other banks" in part
    rows = {line.split(" | ")[0][2:]: line for line in part.splitlines() if line.startswith("| ")}
    # Better than nine of ten presets, and than every search.
    assert rows["The solver"].startswith("| The solver | 10 | 1 | 1.50 | 2.00<br>2.00 to 2.00<br>")
    assert "| 90 %<br>" in rows["The solver"]
    assert rows["The solver"].endswith("| 100 %<br>100 to 100 %<br>of 4 |")
    assert "better than CMA-ES, 50 |" in rows["method"]
    assert rows["CMA-ES, 50 renders"].endswith("| – |")
    assert rows["CMA-ES, 20 renders"].endswith("| 0 %<br>0 to 0 %<br>of 4 |")


def test_the_page_shows_the_test_half_alone(tmp_path: Path) -> None:
    other = PEOPLE | {"bank": "other.dx7", "programs": 3, "split": "development"}
    both = {"sounds": [*MAPPING["benchmark"]["sounds"], other]}
    judged = MAPPING["benchmark"] | both | {"splits": ["development", "test"]}
    page = written(tmp_path / "both", {"benchmark": judged})
    assert "10 sounds. 1 of them" in page
    assert "other.dx7" not in page
    for table in ("scores", "seconds"):
        sounds = pd.read_csv(tmp_path / "both" / "docs" / "synths" / f"{table}.csv")["sound"]
        assert not sounds.str.startswith("other").any()
    chosen = {"benchmark": judged | {"splits": ["development"]}}
    page = written(tmp_path / "development", chosen)
    assert "| development banks |" in page
    assert "| `other.dx7` |" in page
    assert "the half by which methods are chosen, not the test" in page


def test_a_part_is_said_to_be_one_and_a_library_stands_in_for_presets(tmp_path: Path) -> None:
    assert "a part of the benchmark" not in written(tmp_path / "all", MAPPING)
    near = {"name": "near", "title": "The nearest of a library", "kind": "library"}
    methods = [near | {"synth": "dx7", "renders": [20]}, *MAPPING["benchmark"]["methods"][:1]]
    part = {"methods": methods, "most_sounds": 2}
    page = written(tmp_path / "part", {"benchmark": MAPPING["benchmark"] | part})
    assert "a part of the benchmark, with at most 2 sounds of each set." in page
    assert "| better than the nearest of a library |" in page


def test_trainings_are_compared_only_if_there_are_several(tmp_path: Path) -> None:
    assert "what its training gained" not in written(tmp_path / "one", MAPPING)
    plain = {"name": "plain", "title": "Random alone", "kind": "solver", "synth": "dx7"}
    methods = [*MAPPING["benchmark"]["methods"], plain | {"solver": "results/train/plain"}]
    two = written(tmp_path / "two", {"benchmark": MAPPING["benchmark"] | {"methods": methods}})
    part = two.split("### The DX7: what its training gained")[1]
    assert "| trained on | random patches | patches that people made | recordings |" in part
    assert part.count("| Random alone | 4.00<br>4.00 to 4.00<br>median 4.00 |") == 1


def test_two_families_of_one_kind_of_source_have_titles_of_their_own(tmp_path: Path) -> None:
    other = PEOPLE | {"family": "others", "bank": "other.dx7", "programs": 1}
    plain = {"name": "plain", "title": "Random alone", "kind": "solver", "synth": "dx7"}
    sounds = [*MAPPING["benchmark"]["sounds"], other]
    methods = [*MAPPING["benchmark"]["methods"], plain | {"solver": "results/train/plain"}]
    both = {"sounds": sounds, "methods": methods}
    page = written(tmp_path, {"benchmark": MAPPING["benchmark"] | both})
    titles = [f"patches that people made ({name})" for name in ("people", "others")]
    assert all(page.count(f"### The DX7: {title}\n") == 1 for title in titles)
    row = next(line for line in page.splitlines() if line.startswith("| trained on |"))
    assert all(f"| {title} |" in row for title in titles)
    assert "| random patches |" in row


def test_without_scores_of_a_synth_there_is_no_page(tmp_path: Path) -> None:
    methods = [{"name": "any", "title": "Any", "kind": "random", "renders": [9]}]
    with pytest.raises(SynthinvError, match="none of a synth has scores"):
        written(tmp_path, {"benchmark": MAPPING["benchmark"] | {"methods": methods}})
