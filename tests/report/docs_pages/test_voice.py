"""The page of the built-in voice: its numbers are those measured, and the goals are met."""

import re
from pathlib import Path

import pytest

from synthinv.report.docs_pages.voice import SECTIONS, Measured, measure, page
from synthinv.report.figures.style import save

DOCS = Path(__file__).parents[3] / "docs"
NUMBER = re.compile(r"-?\d+\.?\d*")


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voice")


@pytest.fixture(scope="module")
def measured(figures: Path) -> Measured:
    return measure(figures)


def test_the_page_has_the_numbers_that_are_measured(measured: Measured) -> None:
    written, now = (DOCS / "voice.md").read_text("utf-8"), page(measured)
    assert NUMBER.sub("", written) == NUMBER.sub("", now)
    # Other processors round differently, which the small numbers show.
    expected, actual = ([float(n) for n in NUMBER.findall(text)] for text in (written, now))
    assert actual == pytest.approx(expected, rel=0.03, abs=0.02)


def test_the_figures_are_small_and_repeatable(measured: Measured, figures: Path) -> None:
    names = {f"{name}.svg" for name in SECTIONS}
    assert {file.name for file in (DOCS / "voice").iterdir()} == names
    for name in names:
        assert (DOCS / "voice" / name).stat().st_size < 150_000
        assert f"voice/{name}" in page(measured)
    drawn, _ = SECTIONS["beats"]()
    before = (figures / "beats.svg").read_bytes()
    save(drawn, figures / "beats.svg")
    assert (figures / "beats.svg").read_bytes() == before


def test_harmonics_are_those_of_the_fourier_series(measured: Measured) -> None:
    for row in measured["harmonics"]["rows"]:
        assert row["worst"] < 0.01
        assert row["absent"] is None or row["absent"] < -100


def test_the_oscillators_do_not_alias(measured: Measured) -> None:
    for without_resonance, *_ in measured["aliases"]["levels"].values():
        assert without_resonance < -90


def test_aliases_of_the_resonance_stay_under_60_db_at_middle_pitches(measured: Measured) -> None:
    assert max(measured["aliases"]["levels"]["0.2 to 0.6 kHz"]) < -60


def test_pitch_is_within_a_tenth_of_a_cent(measured: Measured) -> None:
    pitch = measured["pitch"]
    assert pitch["worst"] < 0.1
    assert max(pitch["increments"].values()) < 0.1
    assert pitch["lowest"] < 1
    assert pitch["highest"] > 21_000


def test_the_ladder_is_the_analogue_one(measured: Measured) -> None:
    ladder = measured["ladder"]
    assert ladder["digital"] < 0.05
    assert ladder["analogue"][1_000] < 0.1
    assert ladder["slope"] == pytest.approx(-24, abs=0.3)


def test_self_oscillation_is_in_tune(measured: Measured) -> None:
    assert measured["self_oscillation"]["high"] < 1
    assert measured["self_oscillation"]["low"] < 10


def test_envelope_times_are_within_a_percent(measured: Measured) -> None:
    envelopes = measured["envelopes"]
    for name in ("amplifier_attack", "amplifier_decay", "filter_attack", "filter_decay"):
        assert envelopes[name] < 1
    assert envelopes["rounding"] < 1


def test_oscillators_beat_at_the_difference_of_their_pitches(measured: Measured) -> None:
    for row in measured["beats"]["rows"]:
        assert row["measured"] == pytest.approx(row["expected"], rel=1e-4)


def test_extremes_stay_within_full_scale(measured: Measured) -> None:
    assert max(measured["extremes"]["peaks"].values()) < 1
