"""The page of the benchmark, from results that are made up."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml

from synthinv.audio.types import Audio
from synthinv.benchmark.scores import WHOLE_SOUND_METRICS
from synthinv.common.errors import SynthinvError
from synthinv.common.files import seal, write_table, write_text
from synthinv.config.benchmark import SAMPLE_RATE, benchmark_jobs, budgets_of, sounds_of
from synthinv.config.load import load
from synthinv.pipeline import paths
from synthinv.report.docs_pages.benchmarks.wild import main

MAPPING: dict[str, Any] = {
    "benchmark": {
        "sounds": [
            {"family": "pipe", "split": "test", "programs": [72, 74, 76, 78, 79]},
            {"family": "reed", "split": "test", "programs": [64]},
            {"family": "reed", "split": "development", "programs": [65]},
        ],
        "sounds_per_job": 4,
        "methods": [
            {"name": "cma", "title": "CMA-ES", "kind": "cma_es", "renders": [20, 50]},
            {"name": "match", "title": "synthinv match", "kind": "match"},
            {
                "name": "long",
                "title": "Long",
                "kind": "random",
                "renders": [900],
                "sounds": 2,
            },
        ],
    }
}


def tone(period: int, samples: int) -> Audio:
    return (0.5 * np.sign(np.sin(np.arange(samples) / period))).astype(np.float32)


def write_results(results: Path, mapping: dict[str, Any], *splits: str) -> None:
    """Write scores that fall with the number of renders, and notes of square waves."""
    write_text(results / paths.CONFIG, yaml.safe_dump(mapping))
    seal(results / paths.CONFIG)
    config, rows = load(mapping), []
    for method in config.benchmark.methods:
        for split in splits:
            for job, sounds in benchmark_jobs(config.benchmark, method, split).items():
                notes = [tone(30, 4_000 + 100 * s.program) for s in sounds]
                file = results / paths.BENCHMARK_FOUND_NOTES.format(
                    split=split, method=method.name, job=job
                )
                file.parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(file, np.concatenate(notes), SAMPLE_RATE, subtype="PCM_24")
                rows += [
                    {
                        "sound": sound.name,
                        "family": sound.family,
                        "split": split,
                        "method": method.name,
                        "budget": budget,
                        "renders": budget or 200,
                        **dict.fromkeys(WHOLE_SOUND_METRICS, sound.program / 100 - budget / 200),
                        "key": 60,
                        "held": 1.0,
                        "patch": "1 2 3",
                        "seconds": 2.0,
                    }
                    for sound in sounds
                    for budget in budgets_of(method)
                ]
    for split in splits:
        for sound in sounds_of(config.benchmark, split):
            file = results / paths.BENCHMARK_SOUND.format(split=split, sound=sound.name)
            file.parent.mkdir(parents=True, exist_ok=True)
            audio = tone(20, 4_000 + 100 * sound.program)
            soundfile.write(file, audio, SAMPLE_RATE, subtype="PCM_24")
    table = pd.DataFrame(rows)
    write_table(results / paths.BENCHMARK_SCORES, table.drop(columns="seconds"))
    columns = ["sound", "method", "budget", "seconds"]
    write_table(results / paths.BENCHMARK_SECONDS, table[columns])


def test_the_page_shows_the_test_half_alone(tmp_path: Path) -> None:
    splits = {"splits": ["development", "test"]}
    write_results(tmp_path, {"benchmark": MAPPING["benchmark"] | splits}, "development", "test")
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "wild.md").read_text()
    assert page.startswith("# Sounds that the synth did not make")
    assert "6 sounds of the test half" in page
    assert "nothing was chosen by this one" in page
    scores = pd.read_csv(tmp_path / "docs" / "wild" / "scores.csv")
    assert set(scores["split"]) == {"test"}
    assert "reed-65-60" not in page


def test_every_entry_has_its_scores_and_its_comparisons(tmp_path: Path) -> None:
    write_results(tmp_path, MAPPING, "test")
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "wild.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| CMA-ES, 50 renders |")]
    # Mean of (72 + 74 + 76 + 78 + 79 + 64) / 600, less 0.25.
    assert rows[0].startswith("| CMA-ES, 50 renders | 6 | 50 | 2.0 (median 2.0) | 0.49<br>")
    assert rows[1].startswith("| CMA-ES, 50 renders | 6 | 0.74 | 0.49 | 0 % | 0 to 0 % |")
    assert "Over the sounds that all methods have (2)" in page
    assert "on 2 of the sounds, spread over the families" in page
    for figure in ("renders", "families"):
        assert (tmp_path / "docs" / "wild" / f"{figure}.svg").read_text().startswith("<?xml")


def test_two_notes_of_a_program_are_resampled_together(tmp_path: Path) -> None:
    pipes = {"family": "pipe", "split": "test", "programs": [72], "notes": 2, "keys": [60, 67]}
    write_results(tmp_path, {"benchmark": MAPPING["benchmark"] | {"sounds": [pipes]}}, "test")
    scores = pd.read_csv(tmp_path / paths.BENCHMARK_SCORES)
    own = (scores["method"] == "match") & (scores["sound"] == "pipe-72-67")
    scores.loc[own, "mss"] += 1
    write_table(tmp_path / paths.BENCHMARK_SCORES, scores)
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "wild.md").read_text()
    # The only program, whose mean does not depend on how it is drawn.
    assert "| 1.22<br>1.22 to 1.22<br>median 1.22 |" in page
    assert "origin" not in pd.read_csv(tmp_path / "docs" / "wild" / "scores.csv").columns


def test_every_kind_of_method_is_described_as_what_it_is(tmp_path: Path) -> None:
    few = {"synth": "dx7", "sounds": {"pipe": 2, "reed": 1}}
    others = [
        {"name": "alone", "title": "Alone", "kind": "solver", **few},
        {"name": "banks", "title": "Banks", "kind": "presets", **few},
        {"name": "climber", "title": "Climber", "kind": "hill_climber", "renders": [9], **few},
        {"name": "genes", "title": "Genes", "kind": "genetic", "renders": [9], **few},
    ]
    methods = [*MAPPING["benchmark"]["methods"], *others]
    write_results(tmp_path, {"benchmark": MAPPING["benchmark"] | {"methods": methods}}, "test")
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "wild.md").read_text()
    few_of_them = "; on at most 2 of pipe, 1 of reed"
    alone = "- **Alone**: the prediction of the solver for `dx7`, played once"
    assert f"{alone}{few_of_them};" in page
    assert "- **Banks**: the nearest of the presets in some files, played at" in page
    assert "- **Climber**: Yee-King's hill climber, from the middle of every knob, on `dx7`" in page
    assert "- **Genes**: Yee-King's genetic algorithm, from random patches, on `dx7`" in page
    assert page.count(few_of_them) == len(others)


def test_a_match_with_budgets_of_its_own_is_compared_by_the_largest(tmp_path: Path) -> None:
    cma, match, _ = MAPPING["benchmark"]["methods"]
    methods = [cma, match | {"renders": [20, 80]}]
    write_results(tmp_path, {"benchmark": MAPPING["benchmark"] | {"methods": methods}}, "test")
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "wild.md").read_text()
    assert "| synthinv match, 80 renders against |" in page
    rows = [line for line in page.splitlines() if line.startswith("| CMA-ES, 50 renders |")]
    # Mean of (72 + 74 + 76 + 78 + 79 + 64) / 600, less 0.4 and less 0.25.
    assert rows[1].startswith("| CMA-ES, 50 renders | 6 | 0.34 | 0.49 | 100 % |")
    assert "with its default arguments except for the number of renders" in page
    assert "the same run, stopped earlier; only match has a run for each." in page


def test_the_best_the_median_and_the_worst_have_players_of_their_own_sounds(
    tmp_path: Path,
) -> None:
    write_results(tmp_path, MAPPING, "test")
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "wild.md").read_text()
    assert page.count("<audio ") == 12
    for title in ("Best: reed, program 64", "Best: pipe, program 72", "Worst: pipe, program 79"):
        assert f"<h3>{title}, key 60</h3>" in page
    for program in (72, 79):
        original, match = (
            soundfile.read(tmp_path / "docs" / "wild" / f"pipe-{program}-60-{role}.flac")[0]
            for role in ("original", "match")
        )
        # Cut out of the recording of a job.
        assert len(match) == len(original) == pytest.approx(4_000 + 100 * program, abs=40)


def test_whole_recordings_of_known_notes_are_cut_apart_where_they_end(tmp_path: Path) -> None:
    known = MAPPING["benchmark"] | {"note": "known", "velocities": [100], "held": [1.0]}
    write_results(tmp_path, {"benchmark": known}, "test")
    for file in (tmp_path / "sounds" / "test").glob("*.wav"):
        sound, _ = soundfile.read(file)
        # Before its onset and after its end, which are part of the recording.
        padded = np.concatenate([np.zeros(2_000), sound[:-4_000], np.zeros(2_000)])
        soundfile.write(file, padded, SAMPLE_RATE, subtype="PCM_24")
    main(tmp_path, tmp_path / "docs")
    for program in (72, 79):
        original, match = (
            soundfile.read(tmp_path / "docs" / "wild" / f"pipe-{program}-60-{role}.flac")[0]
            for role in ("original", "match")
        )
        assert len(match) == len(original) == 4_000 + 100 * program
    assert "All methods know the sound's note" in (tmp_path / "docs/wild.md").read_text()


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    write_results(tmp_path, MAPPING, "test")
    for folder in ("one", "two"):
        main(tmp_path, tmp_path / folder)
    one, two = (
        {file.name: file.read_bytes() for file in (tmp_path / folder).rglob("*.*")}
        for folder in ("one", "two")
    )
    assert one == two


def test_a_half_that_was_not_judged_is_said_to_be_for_choosing(tmp_path: Path) -> None:
    mapping = {"benchmark": MAPPING["benchmark"] | {"splits": ["development"]}}
    write_results(tmp_path, mapping, "development")
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "wild.md").read_text()
    assert "the one by which methods are chosen, not the test" in page


def test_without_a_match_there_is_no_page(tmp_path: Path) -> None:
    searches = [m for m in MAPPING["benchmark"]["methods"] if m["kind"] != "match"]
    write_results(tmp_path, {"benchmark": MAPPING["benchmark"] | {"methods": searches}}, "test")
    with pytest.raises(SynthinvError, match="none is of the kind match, which the page is about"):
        main(tmp_path, tmp_path / "docs")


def test_a_folder_without_a_benchmark_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match=r"config\.json"):
        main(tmp_path, tmp_path / "docs")
