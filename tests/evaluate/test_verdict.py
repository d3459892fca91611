import numpy as np
import pandas as pd
import pytest

from synthinv.common.errors import SynthinvError
from synthinv.evaluate.verdict import Verdict, judge, works

BASELINES = ("random", "mean", "nearest", "one_step")
LABELS = np.random.default_rng(0).random((40, 3))


def verdict(
    outputs: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", parameters: float
) -> Verdict:
    psd = {"net": 0.5, "random": 2.25, "mean": 2.0, "nearest": 0.25, "one_step": 0.125}
    mss = {"net": 8, "random": 24, "mean": 20, "nearest": 4, "one_step": 2}
    scores = pd.DataFrame(
        [
            {"predictor": name, "psd_error": error * factor, "mss": mss[name] + offset}
            | {"parameter_mse": parameters if name == "net" else 0.08}
            for name, error in psd.items()
            for factor, offset in ((0.5, -1), (1, -1), (30, 2))
        ]
    )
    return judge("test", LABELS, outputs, scores, "net", BASELINES)


def test_a_network_with_one_prediction_for_every_sound_has_collapsed() -> None:
    found = verdict(np.full_like(LABELS, 0.5), 0.081)
    assert found.collapsed
    assert found.sentence == (
        "Collapsed to the middle of every knob: the outputs' spread is 0 % of the labels', and the "
        "parameters' squared error, 0.0810, is above that of the mean predictor (0.0800). The "
        "median PSD error is 0.5; a random patch has 2.25, the mean predictor 2, the nearest "
        "neighbour 0.25, and one step of every parameter 0.125. The mean MSS is 4.00 × one-step; a "
        "random patch has 12.00, the mean predictor 10.00 and the nearest neighbour 2.00."
    )


@pytest.mark.parametrize(
    ("output", "parameters", "state"),
    [
        ([0.5, 0.4, 0.65], 0.08, "Collapsed to the middle of every knob"),
        ([0.5, 0.4, 0.75], 0.08, "Collapsed to one patch"),
        ([1.0, 0.0, 1.0], 0.33, "Collapsed to the ends of the knobs"),
    ],
)
def test_the_verdict_says_to_where_a_network_has_collapsed(
    output: list[float], parameters: float, state: str
) -> None:
    found = verdict(np.tile(output, (len(LABELS), 1)), parameters)
    assert found.state == state
    assert found.sentence.startswith(f"{state}: ")


def test_a_network_that_depends_on_the_sound_has_not_collapsed() -> None:
    found = verdict(LABELS, 0.01)
    assert not found.collapsed
    assert found.sentence.startswith(
        "Not collapsed: the outputs' spread is 100 % of the labels', and the parameters' squared "
        "error, 0.0100, is below that of the mean predictor (0.0800)."
    )


@pytest.mark.parametrize(("share", "collapsed"), [(0.24, True), (0.26, False)])
def test_a_quarter_of_the_spread_is_the_limit(share: float, collapsed: bool) -> None:
    assert verdict(0.5 + share * (LABELS - 0.5), 0.08).collapsed is collapsed


def test_an_error_within_a_hundredth_of_the_mean_predictors_equals_it() -> None:
    for knobs in (0.0793, 0.0807):
        assert "is equal to that of the mean predictor" in verdict(LABELS, knobs).sentence


@pytest.mark.parametrize(
    ("spread", "error", "expected"),
    [(0.9, 0.5, True), (0.2, 0.5, False), (0.9, 0.995, False), (0.9, 1.5, False)],
)
def test_a_predictor_works_if_it_varies_and_beats_the_mean_predictor(
    spread: float, error: float, expected: bool
) -> None:
    assert works(spread, error) is expected
    assert verdict(0.5 + spread * (LABELS - 0.5), 0.08 * error).works is expected


def test_nothing_is_judged_by_patches_that_are_all_the_same() -> None:
    scores = pd.DataFrame({"predictor": ["net", "mean"], "parameter_mse": [0.0, 0.0]})
    with pytest.raises(SynthinvError, match=r"data_sets\.few: all 2 patches are the same, so"):
        judge("few", LABELS[[0, 0]], LABELS[:2], scores, "net", BASELINES)
