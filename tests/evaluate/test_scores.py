import numpy as np
import pandas as pd
import pytest

from synthinv.audio.types import Audio
from synthinv.capture.shards import Shard
from synthinv.evaluate.scores import baseline_lines, score, summarise
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Parameter
from synthinv.metrics.audio import METRICS
from tests.metrics.test_psd import RATE, on_band, sine

KNOBS = Instrument(
    name="two knobs",
    parameters=(
        Parameter(name="a", group="", cc=1),
        Parameter(name="b", group="", cc=2),
    ),
)


def shard(notes: list[Audio], patches: list[list[int]]) -> Shard:
    values = np.array(patches, dtype=np.uint8)
    return Shard(("a", "b"), values, np.stack(notes), {"sample_rate": RATE})


def test_every_sound_gets_every_metric() -> None:
    first, second = sine(on_band(100)), sine(on_band(200))
    truth = shard([first, second], [[0, 127], [127, 127]])
    prediction = shard([first, first], [[0, 127], [0, 127]])
    # The labels are those before rounding to CC values.
    table = score(KNOBS, truth, prediction, np.array([[0, 0.9], [0, 1]]))
    assert table["index"].tolist() == [0, 1]
    assert table["psd_error"].tolist() == pytest.approx([0, 2], abs=1e-6)
    assert table["parameter_mse"].tolist() == pytest.approx([0.005, 0.5])
    assert table.columns.tolist() == ["index", "psd_error", *METRICS, "parameter_mse"]
    for name, metric in METRICS.items():
        assert table[name].tolist() == [metric(first, first, RATE), metric(second, first, RATE)]


def test_a_missing_prediction_is_an_error() -> None:
    truth = shard([sine(440), sine(440)], [[0, 1], [0, 1]])
    prediction = shard([sine(440)], [[0, 1]])
    with pytest.raises(ValueError, match="shorter"):
        score(KNOBS, truth, prediction, np.zeros((2, 2)))


def test_knobs_that_may_change_places_are_compared_with_the_nearer_truth() -> None:
    note = sine(440)
    mixed = KNOBS.model_copy(update={"interchangeable": (("a",), ("b",))})
    truth = shard([note, note], [[0, 127], [127, 127]])
    labels = np.array([[0.9, 0], [1, 1]])
    apart = score(KNOBS, truth, truth, labels)["parameter_mse"]
    assert apart.tolist() == pytest.approx([0.905, 0])
    alike = score(mixed, truth, truth, labels)["parameter_mse"]
    assert alike.tolist() == pytest.approx([0.005, 0])


def test_the_summary_is_in_long_form() -> None:
    values = np.arange(1.0, 102.0)
    scores = pd.concat(
        pd.DataFrame(
            {
                "predictor": name,
                "data_set": "test",
                "index": np.arange(101),
                "psd_error": factor * values**2,
                "parameter_mse": 0.1,
            }
        )
        for name, factor in (("thesis", 1), ("one_step", 2))
    )
    table = summarise(scores)
    assert table.columns.tolist() == ["predictor", "data_set", "metric", "statistic", "value"]
    assert len(table) == 2 * 2 * 4
    found = table.set_index(["predictor", "metric", "statistic"])["value"].sort_index()
    assert found["thesis", "psd_error"].to_dict() == pytest.approx(
        {"mean": (values**2).mean(), "median": 51**2, "min": 1, "p95": 96**2}
    )
    assert found["one_step", "psd_error", "median"] == 2 * 51**2
    assert set(table["data_set"]) == {"test"}


def test_baseline_lines_are_each_predictors_mean_parameter_error() -> None:
    rows = [("random", 0.1), ("random", 0.3), ("nearest", 0.08)]
    scores = pd.DataFrame(rows, columns=["predictor", "parameter_mse"])
    assert baseline_lines(scores) == {"random": 0.2, "nearest": 0.08}
    assert baseline_lines(scores[:0]) == {}
