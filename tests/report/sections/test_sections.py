from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from synthinv.capture.shards import Shard
from synthinv.config.load import load
from synthinv.evaluate.verdict import Verdict
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.report.results import Results
from synthinv.report.sections.overview import glance
from synthinv.report.sections.patch_searches import renders_table
from synthinv.report.sections.predictor import (
    JudgedPredictor,
    ParameterRow,
    ParameterScore,
    parameter_rows,
    played_examples,
)
from synthinv.report.sections.scores import ScoreRow, ScoreTable, score_rows
from synthinv.report.sections.sounds import (
    DataSetRow,
    data_set_rows,
    instrument_rows,
    sounds_section,
)
from tests.pages.test_html import RATE, decoded


def score_row(predictor: str, relative_mss: float, trained_on: str = "–") -> ScoreRow:
    row = ScoreRow(predictor, trained_on, *[1.0] * (len(fields(ScoreRow)) - 2))
    return replace(row, relative_mss=relative_mss)


def test_the_best_the_median_and_the_worst_prediction_are_chosen() -> None:
    levels = np.array([[0.1], [0.2], [0.3]], np.float32)
    notes = levels * np.sign(np.sin(np.arange(100) + levels)).astype(np.float32)
    patches = np.arange(6, dtype=np.uint8).reshape(3, 2)
    truth = Shard(("a", "b"), patches, notes, {"sample_rate": RATE})
    prediction = Shard(("a", "b"), patches + 10, -notes, {"sample_rate": RATE})
    chosen = played_examples(truth, prediction, pd.Series([0.5, 2.0, 0.1], index=[0, 1, 2]))
    assert [(s.title, s.index, s.psd_error) for s in chosen] == [
        ("Best", 2, 0.1),
        ("Median", 0, 0.5),
        ("Worst", 1, 2.0),
    ]
    assert chosen[0].parameters == [("a", 4, 14), ("b", 5, 15)]
    original, played = decoded(chosen[0].original)[0], decoded(chosen[0].prediction)[0]
    np.testing.assert_allclose(original, -played, atol=1e-4)


def test_predictors_are_ranked_and_measured_relative_to_one_step() -> None:
    medians = {"net": 0.6, "mean": 2.0, "one_step": 0.2}
    rows = [
        (name, "test", "psd_error", statistic, median * factor)
        for name, median in medians.items()
        for statistic, factor in (("mean", 2), ("median", 1), ("min", 0), ("p95", 3))
    ]
    rows += [(name, "test", "parameter_mse", "mean", 0.08) for name in medians]
    rows += [
        (name, "test", metric, "mean", value * medians[name])
        for name in medians
        for metric, value in (("mss", 10), ("wmfcc", 20), ("sot", 0.1), ("rms_cosine", 0.4))
    ]
    rows += [("net", "test", "mss", "median", 9.0), ("net", "other", "psd_error", "median", 9.0)]
    columns = ["predictor", "data_set", "metric", "statistic", "value"]
    table = score_rows(pd.DataFrame(rows, columns=columns), "test", {"net": "20 patches"})
    assert [row.predictor for row in table] == ["one_step", "net", "mean"]
    assert [row.trained_on for row in table] == ["–", "20 patches", "–"]
    assert [row.relative_psd for row in table] == pytest.approx([1, 3, 10])
    found = vars(table[1])
    assert (found.pop("predictor"), found.pop("trained_on")) == ("net", "20 patches")
    assert found == pytest.approx(
        {
            "psd_mean": 1.2,
            "psd_median": 0.6,
            "psd_least": 0,
            "psd_p95": 1.8,
            "relative_psd": 3,
            "mss": 6,
            "relative_mss": 3,
            "wmfcc": 12,
            "sot": 0.06,
            "rms_cosine": 0.24,
            "parameter_mse": 0.08,
        }
    )


def test_a_table_can_be_narrowed_to_some_predictors() -> None:
    table = ScoreTable("test", [score_row("a", 1), score_row("b", 2)], frozenset("b"))
    assert [row.predictor for row in table.only(["b", "c"]).rows] == ["b"]


def test_the_worst_predictor_is_the_longest_bar_and_comes_first() -> None:
    errors = {"random": 12.0, "net": 9.0, "mean": 10.0, "one_step": 1.0, "mine": 0.5}
    trained = {"net": "600 patches", "mine": "9 notes"}
    rows = [score_row(name, value, trained.get(name, "–")) for name, value in errors.items()]
    lines = dict.fromkeys(("random", "mean", "nearest", "one_step"), 1.0)
    heads = [
        JudgedPredictor(
            name,
            title,
            "test",
            9,
            trained[name],
            Verdict(spread, True, 0.04, 0.08, 1, lines, 1, lines),
        )
        for name, title, spread in (("net", "Theirs", 0.1), ("mine", "Ours", 0.9))
    ]
    found = [(b.title, b.trained_on, b.relative_mss, b.width, b.kind) for b in glance(rows, heads)]
    assert found == [
        ("mean", "–", 10, 100, ""),
        ("Theirs", "600 patches", 9, 90, "fails"),
        ("one_step", "–", 1, 10, ""),
        ("Ours", "9 notes", 0.5, 5, "works"),
    ]


def test_methods_are_ranked_by_their_last_error_and_end_with_it() -> None:
    table = pd.DataFrame(
        [
            ("one_step", 0, 1, 2.0),
            ("one_step", 1, 1, 4.0),
            ("cma_es", 0, 1, 30.0),
            ("cma_es", 0, 50, 6.0),
            ("cma_es", 1, 1, 12.0),
            ("cma_es", 1, 50, 12.0),
            ("mine-refined", 0, 1, 3.0),
            ("mine-refined", 0, 10, 1.5),
            ("mine-refined", 1, 1, 3.0),
            ("mine-refined", 1, 10, 1.5),
        ],
        columns=["method", "index", "renders", "mss"],
    )
    found = renders_table(table, {"mine-refined": "9 notes"})
    assert (found.sounds, found.renders) == (2, [1, 10, 50])
    assert [(row.method, row.trained_on, row.errors) for row in found.rows] == [
        ("mine-refined", "9 notes", [1, 0.5, None]),
        ("one_step", "–", [1, None, None]),
        ("CMA-ES", "–", [7, 7, 3]),
    ]


def test_shards_are_counted_by_data_set() -> None:
    manifests = [
        {
            "data_set": name,
            "instrument": "toy",
            "notes": 10,
            "replaced": {"silent": s, "clipped": 1},
        }
        for name, s in (("test", 2), ("final", 3), ("final", 4))
    ]
    assert data_set_rows(manifests) == [
        DataSetRow("test", "toy", 1, 10, 2, 1),
        DataSetRow("final", "toy", 2, 20, 7, 2),
    ]


def test_the_instrument_is_that_of_the_main_test_set(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = [
        {"name": name, "samples": 10, "shard_size": 10, "instrument": "minimoog-3osc"}
        for name in ("final", "test")
    ]
    mapping = {
        "data_sets": sets,
        "spectrograms": [{"name": "small"}],
        "solvers": [{"name": "mine", "title": "Mine", "test": "test"}],
        "report": {},
    }
    shard = {"data_set": "test", "instrument": "minimoog-3osc", "notes": 10}
    captured = [shard | {"replaced": {"silent": 0, "clipped": 0}}]
    monkeypatch.setattr(Results, "captures", lambda *_: captured)
    monkeypatch.setattr(Results, "table", lambda *_, **__: pd.DataFrame({"same_patch": [False]}))
    section = sounds_section(Results(load(mapping), {}), "test")
    played = load_instrument("minimoog-3osc")
    assert section.instrument == played.description
    assert [row.name for row in section.parameters] == list(played.names)


def test_the_parameters_of_an_instrument_are_listed(toy: Instrument) -> None:
    rows = instrument_rows(toy)
    assert [(r.name, r.cc, r.positions, r.drawn_from) for r in rows] == [
        ("cutoff", 70, "0–127", "uniform"),
        ("range", 20, "0, 51, 102", "uniform"),
        ("decay", 74, "0–127", "uniform"),
    ]


def test_a_parameters_scores_are_those_of_all_sounds_and_of_those_where_it_is_audible() -> None:
    columns = ["parameter", "counted", "sounds", "accuracy", "steps"]
    rows = [("range", "all", 9, 0.5, None), ("range", "audible", 3, 1.0, None)]
    [found] = parameter_rows(pd.DataFrame(rows, columns=columns).fillna(-1))
    assert found == ParameterRow("range", ParameterScore(9, 0.5, -1), ParameterScore(3, 1.0, -1))
    assert parameter_rows(pd.DataFrame([], columns=columns)) == []
