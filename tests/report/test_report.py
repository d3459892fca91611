import base64
import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from synthinv.capture.shards import Shard
from synthinv.config.sections.playing import AudioConfig, NoteConfig, SilenceConfig
from synthinv.config.sections.refinement import RefinementConfig
from synthinv.evaluate.verdict import Verdict
from synthinv.instruments.model import Instrument
from synthinv.metrics.audio import METRICS
from synthinv.pages.html import audio_uri, data_uri
from synthinv.report.published import Comparison
from synthinv.report.report import (
    Bar,
    data_set_table,
    glance,
    metrics_table,
    parameter_table,
    render,
    renders_table,
    sounds,
)

RATE = 8_000


def decoded(uri: str) -> tuple[Any, int]:
    head, content = uri.split(",")
    assert head == "data:audio/wav;base64"
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(content)))
    return samples, rate


@pytest.mark.parametrize("level", [0.001, 0.5, 1.0])
def test_a_note_becomes_a_playable_wav_at_a_common_level(level: float) -> None:
    note = np.sin(np.arange(1_000) / 5).astype(np.float32)
    samples, rate = decoded(audio_uri(np.float32(level) * note, RATE))
    assert rate == RATE
    assert np.abs(samples).max() == pytest.approx(0.5, abs=1e-4)
    np.testing.assert_allclose(samples, 0.5 * note / np.abs(note).max(), atol=1e-4)


def test_silence_becomes_a_playable_wav() -> None:
    samples, _ = decoded(audio_uri(np.zeros(100, np.float32), RATE))
    assert samples.shape == (100,)
    assert not samples.any()


def test_a_data_uri_holds_the_bytes() -> None:
    assert data_uri(b"<svg/>", "image/svg+xml") == "data:image/svg+xml;base64,PHN2Zy8+"


def test_the_best_the_median_and_the_worst_answer_are_chosen() -> None:
    levels = np.array([[0.1], [0.2], [0.3]], np.float32)
    notes = levels * np.sign(np.sin(np.arange(100) + levels)).astype(np.float32)
    patches = np.arange(6, dtype=np.uint8).reshape(3, 2)
    truth = Shard(("a", "b"), patches, notes, {"sample_rate": RATE})
    prediction = Shard(("a", "b"), patches + 10, -notes, {"sample_rate": RATE})
    chosen = sounds(truth, prediction, pd.Series([0.5, 2.0, 0.1], index=[0, 1, 2]))
    assert [(s.title, s.index, s.psd_error) for s in chosen] == [
        ("Best", 2, 0.1),
        ("Median", 0, 0.5),
        ("Worst", 1, 2.0),
    ]
    assert chosen[0].knobs == [("a", 4, 14), ("b", 5, 15)]
    original, played = decoded(chosen[0].original)[0], decoded(chosen[0].prediction)[0]
    np.testing.assert_allclose(original, -played, atol=1e-4)


def test_answers_are_ranked_and_measured_relative_to_one_step() -> None:
    medians = {"net": 0.6, "mean": 2.0, "one_step": 0.2}
    rows = [
        (name, test, "psd_error", statistic, median * factor)
        for name, median in medians.items()
        for statistic, factor in (("mean", 2), ("median", 1), ("min", 0), ("p95", 3))
        for test in ("test",)
    ]
    rows += [(name, "test", "parameter_mse", "mean", 0.08) for name in medians]
    rows += [
        (name, "test", metric, "mean", value * medians[name])
        for name in medians
        for metric, value in (("mss", 10), ("wmfcc", 20), ("sot", 0.1), ("rms_cosine", 0.4))
    ]
    rows += [("net", "test", "mss", "median", 9.0), ("net", "other", "psd_error", "median", 9.0)]
    columns = ["predictor", "data_set", "metric", "statistic", "value"]
    table = metrics_table(pd.DataFrame(rows, columns=columns), "test")
    assert [row["predictor"] for row in table] == ["one_step", "net", "mean"]
    assert [row["relative"] for row in table] == pytest.approx([1, 3, 10])
    assert table[1] == pytest.approx(
        {
            "predictor": "net",
            "mean": 1.2,
            "median": 0.6,
            "min": 0,
            "p95": 1.8,
            "relative": 3,
            "mss": 6,
            "relative_mss": 3,
            "wmfcc": 12,
            "sot": 0.06,
            "rms_cosine": 0.24,
            "parameter_mse": 0.08,
        }
    )


def test_the_worst_answer_is_the_longest_bar_and_comes_first() -> None:
    floors = {"random": 12.0, "net": 9.0, "mean": 10.0, "one_step": 1.0, "mine": 0.5}
    rows = [{"predictor": name, "relative_mss": value} for name, value in floors.items()]
    lines = dict.fromkeys(("random", "mean", "nearest", "one_step"), 1.0)
    heads = [
        {"name": name, "title": title, "verdict": Verdict(spread, 0.04, 0.08, 1, lines, 1, lines)}
        for name, title, spread in (("net", "Theirs", 0.1), ("mine", "Ours", 0.9))
    ]
    assert [(b.title, b.relative, b.width, b.kind) for b in glance(rows, heads)] == [
        ("mean", 10, 100, ""),
        ("Theirs", 9, 90, "fails"),
        ("one_step", 1, 10, ""),
        ("Ours", 0.5, 5, "works"),
    ]


def test_methods_are_ranked_by_their_last_error_and_keep_silent_afterwards() -> None:
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
    found = renders_table(table)
    assert (found["sounds"], found["renders"]) == (2, [1, 10, 50])
    assert [(row["method"], row["errors"]) for row in found["rows"]] == [
        ("mine-refined", [1, 0.5, None]),
        ("one_step", [1, None, None]),
        ("CMA-ES", [7, 7, 3]),
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
    assert data_set_table(manifests) == [
        {
            "data_set": "test",
            "instrument": "toy",
            "shards": 1,
            "notes": 10,
            "silent": 2,
            "clipped": 1,
        },
        {
            "data_set": "final",
            "instrument": "toy",
            "shards": 2,
            "notes": 20,
            "silent": 7,
            "clipped": 2,
        },
    ]


def test_the_knobs_are_listed(toy: Instrument) -> None:
    rows = parameter_table(toy)
    assert [(r["name"], r["cc"], r["positions"], r["sample"]) for r in rows] == [
        ("cutoff", 70, "0–127", "uniform"),
        ("range", 20, "0, 51, 102", "uniform"),
        ("decay", 74, "0–127", "uniform"),
    ]


def context(text: str, toy: Instrument, spread: float = 0.0, error: float = 0.08) -> dict[str, Any]:
    """Return a page on which every text from outside is the one given."""
    lines = {"random": 2.25, "mean": 2.0, "nearest": 0.25, "one_step": 0.125}
    figure = {"title": text, "caption": text, "uri": "data:,"}
    experiment = {
        "name": text,
        "title": text,
        "settings": {text: text},
        "sounds_count": 3,
        "sounds": [],
        "knob_scores": [],
        "verdict": Verdict(spread, error, 0.08, 0.5, lines, 1.5, lines),
        "example": figure,
        "errors": figure,
        "knobs": figure,
    }
    steps = {"experiment": text, "title": text, "base": text, "samples": 10, "epochs": 1}
    steps |= dict.fromkeys(("spread", "knobs", "psd", "relative", "mean_predictor", "nearest"), 0.5)
    ablation = {
        "steps": [steps | {"works": works} for works in (False, True)],
        "points": [steps | {"works": True}],
        "figures": [figure, figure],
    }
    columns = [
        "median",
        "mean",
        "min",
        "p95",
        "relative",
        "parameter_mse",
        "relative_mss",
        *METRICS,
    ]
    row = {"predictor": text, **dict.fromkeys(columns, 1)}
    bar = Bar(text, 1.5, 100, "works")
    solver = {"refined": experiment, "rows": [row], "training": figure, "notes": 1_000}
    return {
        "title": text,
        "main": experiment,
        "heads": [experiment],
        "glance": [bar],
        "unregularised": experiment,
        "others": [experiment],
        "solvers": [{**experiment, **solver, "train": text}],
        "refinement": RefinementConfig(renders=77),
        "patch_searches": {
            "figure": figure,
            "sounds": 3,
            "renders": [1, 10],
            "rows": [{"method": text, "errors": [0.5, None]}],
        },
        "tested": [experiment],
        "own": [text],
        "test_sets": [{"name": text, "rows": [row]}] * 2,
        "published": [Comparison("12", text, 0.1, 0.2, 0.3)],
        "data_sets": [],
        "instrument": toy.model_copy(update={"description": text}),
        "parameters": parameter_table(toy),
        "engine": text,
        "note": NoteConfig(),
        "audio": AudioConfig(),
        "silence": SilenceConfig(),
        "windows": figure,
        "grid_searches": [figure | {"curves": True, "trainings": 5, "saturated": 5}],
        "training": figure,
        "recapture": ["2 notes, 2 of the same patch"],
        "audibility": {"sounds": 1, "rows": []},
        "why": {
            "regularised": {"mean_predictor": 0.08, "validation": [0.08], "spread": [0.0]},
            "unregularised": {"mean_predictor": 0.08, "validation": [0.07], "spread": [0.3]},
            "saturated": False,
        },
        "ablation": ablation,
        "config": text,
        "versions": dict.fromkeys(("synthinv", "python", "torch", "numpy", "scipy"), "1"),
    }


def test_text_from_outside_is_escaped_wherever_it_appears(toy: Instrument) -> None:
    page = render(context('<script>alert("x")</script>', toy))
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(") >= 15
    assert 'alert("x")' not in page


@pytest.mark.parametrize(
    ("spread", "error", "works"), [(0.01, 0.08, False), (0.9, 0.08, False), (0.9, 0.04, True)]
)
def test_only_a_network_that_beats_the_mean_predictor_is_marked_as_working(
    toy: Instrument, spread: float, error: float, works: bool
) -> None:
    page = render(context("net", toy, spread, error))
    assert ('<div class="verdict works">' in page) == works


def test_refinement_and_searches_are_told_of_only_where_they_are(toy: Instrument) -> None:
    full = context("net", toy)
    page = render(full)
    assert "until 77 renders are spent" in page
    assert "after</th><th>1 render</th><th>10 renders</th>" in page
    [solver] = full["solvers"]
    bare = {**full, "solvers": [{**solver, "refined": None}], "patch_searches": None}
    page = render(bare)
    assert "renders are spent" not in page
    assert "mean MSS in floors" not in page
    # Searches without a solver to set against them are shown too.
    assert "mean MSS in floors" in render({**full, "solvers": []})


def test_a_search_in_which_all_is_saturated_says_nothing(toy: Instrument) -> None:
    page = render(context("net", toy))
    assert "5 of these 5 trainings ended saturated" in page
    assert "this comparison says nothing" in page


def test_a_collapse_to_the_ends_of_the_travel_is_not_explained_as_one_to_the_mean(
    toy: Instrument,
) -> None:
    at_the_mean = context("net", toy, spread=0.0)
    at_the_ends = at_the_mean | {"why": at_the_mean["why"] | {"saturated": True}}
    mean, ends = "A loss at the prior's", "stuck at the ends"
    page = render(at_the_mean)
    assert mean in page
    assert ends not in page
    page = render(at_the_ends)
    assert mean not in page
    assert ends in page


def test_steps_that_leave_the_mean_predictor_stand_out(toy: Instrument) -> None:
    page = render(context("net", toy))
    section = page.split("<h3>One change at a time</h3>")[1].split("<h3>Listen</h3>")[0]
    assert section.count("<tr>") - section.count("<tr><th>") == 1
    assert section.count('<tr class="own">') == 2
    without = render(context("net", toy) | {"ablation": None})
    assert "One change at a time" not in without


def test_a_page_that_lacks_something_is_an_error(toy: Instrument) -> None:
    incomplete = context("net", toy)
    del incomplete["config"]
    with pytest.raises(Exception, match="'config' is undefined"):
        render(incomplete)


def test_the_page_loads_nothing_from_elsewhere(toy: Instrument) -> None:
    page = render(context("net", toy))
    assert 'src="http' not in page
    assert "url(" not in page
    assert "@import" not in page
