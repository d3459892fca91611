"""The tiny workflow on the built-in synth: what it makes, and that it makes it again."""

import os
import re
import signal
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthinv.common.files import read_manifest
from synthinv.metrics.audio import METRICS
from synthinv.report.docs_pages.readings import main as write_readings
from synthinv.report.docs_pages.solver import main as write_page
from synthinv.thesis.published import PUBLISHED
from tests.browser import Browser

from .conftest import Project

KILLED_WHILE = ("capture_shard", "spectrogram_shard", "grid_search_cell", "train_network")


def test_report_is_one_page_with_verdict_figures_and_sounds(finished: Project) -> None:
    page = (finished.folder / "results" / "report.html").read_text()
    sources: list[str] = []

    class Sources(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            sources.extend(v or "" for k, v in attributes if k in ("src", "href"))

    Sources().feed(page)
    assert all(source.startswith("data:") for source in sources)
    assert sum(source.startswith("data:audio/wav") for source in sources) == 2 * 9
    # Figures 11 to 14 (two of grid searches), error against renders, two solvers' trainings, the
    # ablation's two, and 15 to 17 for two experiments and two solvers.
    assert sum(source.startswith("data:image/svg+xml") for source in sources) == 9 + 3 * 4
    verdict = r"</b>(Not c|C)ollapsed[a-z ]*: the outputs' spread is \d+ % of the labels'"
    tested = re.findall(rf"\(<code>([a-z0-9-]+)</code>\){verdict}", page.replace("&#39;", "'"))
    # The collapse and the solver at the top.
    assert [name for name, _ in tested] == [
        *("thesis-l2", "solver", "solver-refined"),
        *("thesis", "inversynth"),
    ]
    for figure in (11, 12, 13, 14, 15, 16, 17):
        assert f"Figure {figure}" in page


def test_the_report_opens_in_a_browser(finished: Project, browser: Browser) -> None:
    page = browser.open(finished.folder / "results" / "report.html")
    assert (page.complaints, page.requests) == ([], [])
    assert len(page.players) == 2 * 9
    assert {(p.controls, p.ready, p.error) for p in page.players} == {(True, 4, None)}
    assert min(player.seconds for player in page.players) > 0.1
    assert len(page.pictures) == 9 + 3 * 4
    assert min(page.pictures) > 100
    assert "ollapsed: the outputs' spread is" in page.text


def test_a_page_for_the_docs_has_every_predictor_and_knob(
    finished: Project, tmp_path: Path
) -> None:
    results = finished.folder / "results"
    write_page(results, tmp_path / "page.md")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (tmp_path / "page.md").read_text().splitlines()
        if line.startswith("| ")
    ]
    # A predictor's first row: those that take renders have another one further down.
    cells = {row[0]: row[1:] for row in reversed(rows)}
    metrics = pd.read_csv(results / "metrics.csv")
    solved = metrics.query("predictor == 'solver' and data_set == 'test' and statistic == 'mean'")
    means = solved.set_index("metric")["value"]
    trained_on, mss, _relative, _interval, psd = cells["The solver (`solver`)"][:5]
    assert trained_on == "320 notes"
    assert (mss, psd) == (f"{means['mss']:.3g}", f"{means['psd_error']:.3g}")
    assert cells["one_step"][2:4] == ["1", "1 to 1"]
    assert cells["solver-refined"][0].startswith("as solver, then ")
    knobs = pd.read_csv(results / "knobs.csv").query("predictor == 'solver' and counted == 'all'")
    columns = ["parameter", "accuracy", "steps"]
    for name, right, steps in knobs[columns].itertuples(index=False, name=None):
        expected = f"{steps:.2f}" if np.isnan(right) else f"{100 * right:.1f} %"
        assert cells[name][0] == expected


def test_metrics_hold_every_predictor(finished: Project) -> None:
    metrics = pd.read_csv(finished.folder / "results" / "metrics.csv")
    assert list(metrics.columns) == ["predictor", "data_set", "metric", "statistic", "value"]
    expected = {"random", "mean", "nearest", "one_step", "oracle"}
    expected |= {"thesis", "thesis-l2", "solver", "solver-refined", "inversynth"}
    expected |= {"classes", "components", "classes-10", "classes-40"}
    assert set(metrics["predictor"]) == expected
    assert set(metrics["metric"]) == {"psd_error", *METRICS, "parameter_mse"}
    assert set(metrics["statistic"]) == {"mean", "median", "min", "p95"}
    psd = metrics.query("metric == 'psd_error' and statistic == 'mean'").set_index("predictor")
    # The same patch through the same engine is the same sound, up to the label's rounding: none.
    assert psd["value"]["oracle"] == 0
    assert 0 < psd["value"]["one_step"] < psd["value"]["random"]
    mss = metrics.query("metric == 'mss' and statistic == 'mean'").set_index("predictor")
    assert mss["value"]["oracle"] == 0
    assert 0 < mss["value"]["one_step"] < mss["value"]["random"]


def test_every_predictor_is_scored_knob_by_knob(finished: Project) -> None:
    table = pd.read_csv(finished.folder / "results" / "knobs.csv")
    metrics = pd.read_csv(finished.folder / "results" / "metrics.csv")
    scored = metrics.loc[metrics["data_set"] == "test", "predictor"]
    assert set(table["predictor"]) == set(scored)
    everywhere = table[table["counted"] == "all"]
    assert (everywhere["sounds"] == 10).all()
    # The oracle is the truth, and one_step is one step off.
    oracle, one_step = (
        everywhere[everywhere["predictor"] == name] for name in ("oracle", "one_step")
    )
    assert set(oracle["accuracy"].dropna()) == {1}
    assert set(oracle["steps"].dropna()) == {0}
    assert set(one_step["steps"].dropna()) == {1}
    audible = table.query("counted == 'audible' and predictor == 'one_step'")
    assert 0 < audible["sounds"].sum() < 12 * 10


def test_a_solver_is_refined_and_compared_with_patch_searches(finished: Project) -> None:
    results = finished.folder / "results"
    metrics = pd.read_csv(results / "metrics.csv").query("metric == 'mss' and statistic == 'mean'")
    mss = metrics.set_index("predictor")["value"]
    assert mss["solver-refined"] < mss["solver"]
    table = pd.read_csv(results / "patch_searches.csv")
    last = table.groupby("method")["renders"].max()
    assert last[["solver-refined", "library", "cma_es", "solver", "one_step"]].to_list() == [
        *(30, 20, 20),
        *(1, 1),
    ]
    # The ablation's predictions have a section of their own.
    assert {"thesis", "inversynth"} < set(last.index)
    assert not {"classes", "components"} & set(last.index)
    # Every method on the same sounds, two jobs of two, though all ten are refined.
    assert set(table.groupby("method")["index"].unique().map(tuple)) == {(0, 1, 2, 3)}
    curves = pd.read_csv(results / "predictions/test/solver-refined/curves.csv")
    assert sorted(curves["index"].unique()) == list(range(10))
    # A curve ends at the error of the note that was played in the end, but for the file's 24 bits.
    ends = curves.groupby("index")["mss"].last()
    scores = pd.read_csv(results / "predictions/test/solver-refined/scores.csv")
    assert scores["mss"].to_numpy() == pytest.approx(ends.to_numpy(), abs=1e-3)


def test_the_ablation_has_every_step_and_point(finished: Project) -> None:
    table = pd.read_csv(finished.folder / "results" / "ablation.csv", keep_default_na=False)
    assert table[["experiment", "base", "curve", "samples"]].to_numpy().tolist() == [
        ["thesis-l2", "", "", 40],
        ["classes", "thesis-l2", "", 40],
        ["components", "classes", "", 40],
        ["classes-10", "", "classes", 10],
        ["classes-40", "", "classes", 40],
    ]
    metrics = pd.read_csv(finished.folder / "results" / "metrics.csv")
    mss = metrics.query("metric == 'mss' and statistic == 'mean'").set_index("predictor")
    for _, row in table.iterrows():
        assert row["mss"] == pytest.approx(mss["value"][row["experiment"]])
        assert 0 <= row["spread"] < 3
    model = read_manifest(finished.folder / "results/train/components/model.json")
    assert 0 < model["components"] < 32


def test_second_run_has_nothing_to_do(finished: Project) -> None:
    assert finished.planned() == {}


def test_one_core_and_kills_in_every_stage_give_the_same_bytes(
    finished: Project, fresh: Project
) -> None:
    for rule in KILLED_WHILE:
        _kill_while_running(fresh, rule)
        status, output = fresh.snakemake("--unlock")
        assert status == 0, output
    status, output = fresh.snakemake("--cores", "1")
    assert status == 0, output
    before, after = finished.results(), fresh.results()
    assert list(after) == list(before)
    assert [name for name in before if before[name] != after[name]] == []


def _kill_while_running(project: Project, rule: str) -> None:
    process = project.start("--cores", "1")
    log = _log_of_first(process, rule)
    # A job opens its log when its imports are over and its work begins.
    deadline = time.monotonic() + 60
    while not (project.folder / log).exists():
        assert time.monotonic() < deadline, f"{rule} did not begin"
        time.sleep(0.01)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _log_of_first(process: "subprocess.Popen[str]", rule: str) -> str:
    assert process.stdout is not None
    found = False
    for line in process.stdout:
        found |= line.strip().endswith(f"rule {rule}:")
        if found and line.strip().startswith("log: "):
            return line.split()[1]
    pytest.fail(f"{rule} did not run")


def test_readings_are_compared_with_everything_that_was_published(
    finished: Project, tmp_path: Path
) -> None:
    results = finished.folder / "results"
    values = pd.read_csv(results / "readings" / "readings.csv")
    names = [item.name for item in PUBLISHED]
    assert values["quantity"].tolist() == 2 * names
    assert values["value"].notna().all()
    agreement = pd.read_csv(results / "readings" / "agreement.csv")
    assert agreement["reading"].tolist() == len(names) * ["all"] + len(names) * ["one"]
    result = read_manifest(results / "readings" / "one" / "0.json")
    # As many epochs as the two sections of the configuration say, and as many test sounds.
    epochs = {name: len(item["validation"]) for name, item in result["trainings"].items()}
    assert epochs == dict.fromkeys(epochs, 1) | dict.fromkeys(("l2", "no-l2", "simpler"), 2)
    assert len(result["psd_errors"]) == 10
    write_readings(results, tmp_path)
    page = (tmp_path / "readings.md").read_text(encoding="utf-8")
    assert "| Every image (`all`) |" in page
    assert "Readings of the thesis" in (results / "report.html").read_text()
