"""The tiny workflow on the built-in synth: what it makes, and that it makes it again."""

import os
import re
import signal
import subprocess
import time
from html.parser import HTMLParser

import pandas as pd
import pytest

from synthinv.audio_metrics import METRICS
from synthinv.files import read_manifest

from .conftest import Project

KILLED_WHILE = ("capture_shard", "spectrogram_shard", "search_cell", "train_network")


def test_report_is_one_page_with_verdict_figures_and_sounds(finished: Project) -> None:
    page = (finished.folder / "results" / "report.html").read_text()
    sources: list[str] = []

    class Sources(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            sources.extend(v or "" for k, v in attributes if k in ("src", "href"))

    Sources().feed(page)
    assert all(source.startswith("data:") for source in sources)
    assert sum(source.startswith("data:audio/wav") for source in sources) == 2 * 6
    # Figures 11, 12, 13, 14, the solver's training, the ablation's two, and 15 to 17 for two
    # experiments and a solver.
    assert sum(source.startswith("data:image/svg+xml") for source in sources) == 7 + 3 * 3
    verdict = r"</b>(Not c|C)ollapsed: the outputs' spread is \d+ % of the labels'"
    tested = re.findall(rf"\(<code>([a-z0-9-]+)</code>\){verdict}", page.replace("&#39;", "'"))
    # The collapse and the cure at the top.
    assert [name for name, _ in tested] == ["thesis-l2", "solver", "thesis"]
    for figure in (11, 12, 13, 14, 15, 16, 17):
        assert f"Figure {figure}" in page


def test_metrics_hold_every_experiment_and_baseline(finished: Project) -> None:
    metrics = pd.read_csv(finished.folder / "results" / "metrics.csv")
    assert list(metrics.columns) == ["experiment", "dataset", "metric", "statistic", "value"]
    expected = {"random", "prior", "nearest", "floor", "oracle"}
    expected |= {"thesis", "thesis-l2", "solver"}
    expected |= {"classes", "components", "classes-10", "classes-40"}
    assert set(metrics["experiment"]) == expected
    assert set(metrics["metric"]) == {"psd_mse", *METRICS, "parameter_mse"}
    assert set(metrics["statistic"]) == {"mean", "median", "min", "p95"}
    psd = metrics.query("metric == 'psd_mse' and statistic == 'mean'").set_index("experiment")
    # The same patch through the same engine is the same sound, up to the label's rounding: none.
    assert psd["value"]["oracle"] == 0
    assert 0 < psd["value"]["floor"] < psd["value"]["random"]
    mss = metrics.query("metric == 'mss' and statistic == 'mean'").set_index("experiment")
    assert mss["value"]["oracle"] == 0
    assert 0 < mss["value"]["floor"] < mss["value"]["random"]


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
    mss = metrics.query("metric == 'mss' and statistic == 'mean'").set_index("experiment")
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
    before, after = finished.digests(), fresh.digests()
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
