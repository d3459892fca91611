from typing import cast

import numpy as np
import pandas as pd
import pytest

from synthinv.audio.types import Audio
from synthinv.cli.main import main
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.base import Engine
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.evaluate.audibility import (
    LEAST_DB,
    audibility,
    audible,
    difference_db,
    summary,
    turn,
)
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.parameters import Constant, Parameter

RATE = 44_100
AUDIO = AudioConfig(samples=20_000)


def rows_of(instrument: Instrument, count: int) -> pd.DataFrame:
    patches = np.stack([instrument.sample(np.random.default_rng(i)) for i in range(count)])
    engine = BuiltIn(instrument, NoteConfig(), AUDIO)
    return pd.DataFrame(audibility(engine, instrument, patches, np.random.SeedSequence(0), RATE))


def shares_of(instrument: Instrument, count: int = 8) -> dict[str, float]:
    return {knob.name: knob.differs for knob in summary(rows_of(instrument, count), instrument)}


@pytest.mark.parametrize("name", ["minimoog-1osc", "minimoog-3osc"])
def test_every_knob_of_the_built_in_synth_changes_the_sound(name: str) -> None:
    shares = shares_of(load_instrument(name))
    assert min(shares.values()) > 0


def test_a_knob_that_does_nothing_is_found() -> None:
    instrument = Instrument(
        name="half connected",
        parameters=(
            Parameter(name="cutoff", group="filter", cc=70),
            # Oscillator 2 is turned down.
            Parameter(name="tuning", group="oscillator 2", cc=25),
        ),
        constants=(Constant(name="volume", cc=27, value=0),),
    )
    shares = shares_of(instrument)
    assert shares["cutoff"] > 0.5
    assert shares["tuning"] == 0


def test_a_knob_is_audible_if_the_sound_depends_on_it() -> None:
    instrument = load_instrument("minimoog-1osc")
    rows = rows_of(instrument, 30).set_index(["index", "parameter"])
    assert len(rows) == 30 * len(instrument.names)
    assert (rows["replay_db"] == 0).all()
    # Without contour, the envelope of the filter has no effect.
    patches = np.stack([instrument.sample(np.random.default_rng(i)) for i in range(30)])
    patches[:, instrument.names.index("filter_contour")] = 0
    engine = BuiltIn(instrument, NoteConfig(), AUDIO)
    columns = audibility(engine, instrument, patches, np.random.SeedSequence(0), RATE)
    knobs = {knob.name: knob for knob in summary(columns, instrument)}
    assert knobs["filter_decay"].differs == 0
    assert knobs["filter_cutoff"].audible > 0.5
    flat = pd.DataFrame(columns)
    assert summary(flat, instrument) == list(knobs.values())
    assert flat[flat["audible"]]["differs"].all()
    assert flat.query("audible and mss <= one_step_mss").empty


def test_a_level_changes_the_sound_but_is_not_audible_at_equal_level() -> None:
    """Notes are divided by their peaks before they are compared, and before a network gets them."""
    instrument = load_instrument("minimoog-3osc")
    patches = np.stack([instrument.sample(np.random.default_rng(i)) for i in range(6)])
    volumes = [instrument.names.index(f"osc{i}_volume") for i in (1, 2, 3)]
    patches[:, volumes] = 100, 0, 0
    engine = BuiltIn(instrument, NoteConfig(), AUDIO)
    rows = audibility(engine, instrument, patches, np.random.SeedSequence(0), RATE)
    knobs = {knob.name: knob for knob in summary(rows, instrument)}
    assert knobs["osc1_volume"].differs == 1
    assert knobs["osc1_volume"].audible == 0
    assert knobs["osc1_range"].audible > 0.5


class Fake:
    """An engine that plays a knob's step as a level, and noise of its own in every note."""

    latency = 0

    def __init__(self, step_db: float, noise: float) -> None:
        self._step_db, self._noise, self._rng = step_db, noise, np.random.default_rng(0)

    def render(self, patches: Patches, progress: object = None) -> Audio:
        level = 0.1 * 10 ** (self._step_db * patches[:, :1].astype(float) / 20)
        tone = np.sin(2 * np.pi * 440 * np.arange(20_000) / RATE)
        noise = self._noise * self._rng.standard_normal((len(patches), 20_000))
        return (level * tone + noise).astype(np.float32)


@pytest.mark.parametrize(
    ("half_turn_db", "noise", "differs"),
    [
        # Exactly repeated, but inaudible; audible; no more than the synth's own variation.
        (0.3, 0, False),
        (1, 0, True),
        (0, 0.1, False),
    ],
)
def test_a_sound_differs_if_it_changes_by_more_than_is_inaudible_and_than_chance(
    half_turn_db: float, noise: float, differs: bool
) -> None:
    knob = Instrument(name="level", parameters=(Parameter(name="level", group="", cc=7),))
    engine = cast("Engine", Fake(half_turn_db / 64, noise))
    patches = np.array([[10], [20], [30]], dtype=np.uint8)
    rows = audibility(engine, knob, patches, np.random.SeedSequence(0), RATE)
    assert rows["differs"].tolist() == [differs] * 3
    assert (rows["replay_db"] > LEAST_DB).tolist() == [noise > 0] * 3


def test_one_knob_is_turned_far() -> None:
    instrument = load_instrument("minimoog-1osc")
    patches = np.stack([instrument.sample(np.random.default_rng(i)) for i in range(50)])
    for column, parameter in enumerate(instrument.parameters):
        turned = turn(instrument, patches, column)
        others = np.delete(np.arange(patches.shape[1]), column)
        assert np.array_equal(turned[:, others], patches[:, others])
        moved = np.abs(turned[:, column].astype(int) - patches[:, column])
        assert moved.min() >= (64 if parameter.positions is None else 1)
        assert np.array_equal(parameter.snap(turned[:, column]), turned[:, column])


def test_the_difference_depends_on_level_and_time() -> None:
    t = np.arange(20_000) / RATE
    tone = (0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    assert difference_db(tone, tone, RATE) == 0
    assert difference_db(0 * tone, 0 * tone, RATE) == 0
    assert difference_db(tone, 0.5 * tone, RATE) == pytest.approx(6, abs=1)
    late = np.where(t < 0.2, 0, tone).astype(np.float32)
    assert difference_db(tone, late, RATE) > 10
    assert difference_db(tone, late, RATE) == difference_db(late, tone, RATE)


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audible", "config/thesis.yaml", "--patches", "4"]) == 0
    output = capsys.readouterr().out
    first, *table = output.splitlines()
    assert first == "4 patches, 12 knobs: 60 notes"
    assert len(table) == 1 + 12
    assert "filter_cutoff" in output


def test_a_knob_that_was_not_turned_is_not_audible() -> None:
    turned = [(0, "cutoff", True), (0, "wave", False), (1, "cutoff", False), (1, "wave", True)]
    table = pd.DataFrame(turned, columns=["index", "parameter", "audible"])
    found = audible(table, ["wave", "cutoff"], sounds=3)
    assert found.tolist() == [[False, True], [True, False], [False, False]]
