"""When the key of a note was released, from its level."""

import numpy as np
import pytest

from synthinv.audio.release import estimate_release
from synthinv.audio.sound_file import trim
from synthinv.audio.types import Audio
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument

RATE = 44_100
TIMES = np.arange(2 * RATE) / RATE
SINE = np.sin(2 * np.pi * 220 * TIMES)


def note_of_the_voice(held: float, release: int) -> Audio:
    """Return a sawtooth with a decay, from its onset to its end."""
    instrument = load_instrument("minimoog")
    values = dict.fromkeys(instrument.names, 0) | {
        "osc1_range": 77,
        "osc1_tuning": 64,
        "osc1_waveform": 51,
        "osc1_volume": 110,
        "filter_cutoff": 90,
        "amp_decay": 40,
        "amp_sustain": 100,
        "release": release,
    }
    patch = np.array([[values[name] for name in instrument.names]])
    note = NoteConfig(number=57, seconds=held)
    with BuiltIn(instrument, note, AudioConfig(samples=3 * RATE)) as engine:
        return trim(engine.render(patch)[0], RATE)


@pytest.mark.parametrize("held", [0.3, 0.8, 1.5])
@pytest.mark.parametrize("release", [70, 90])
def test_the_release_of_a_note_of_the_voice_is_found(held: float, release: int) -> None:
    assert estimate_release(note_of_the_voice(held, release), RATE) == pytest.approx(held, abs=0.05)


def test_a_note_that_ends_at_once_was_held_to_its_end() -> None:
    assert estimate_release(note_of_the_voice(0.8, 0), RATE) is None


@pytest.mark.parametrize(
    ("level", "released"),
    [
        (np.where(TIMES < 1.2, 1, np.exp(-15 * (TIMES - 1.2))), 1.2),
        (np.exp(-TIMES) * np.where(TIMES < 1.2, 1, np.exp(-30 * (TIMES - 1.2))), 1.2),
        (np.minimum(TIMES / 0.3, 1) * np.where(TIMES < 0.7, 1, np.exp(-8 * (TIMES - 0.7))), 0.7),
    ],
)
def test_a_level_that_falls_faster_was_released_there(level: Audio, released: float) -> None:
    found = estimate_release((SINE * level).astype(np.float32), RATE)
    assert found == pytest.approx(released, abs=0.05)


@pytest.mark.parametrize(
    "sound",
    [
        SINE,
        SINE * np.exp(-3 * TIMES),
        # A string, whose level falls more and more slowly.
        SINE * (np.exp(-12 * TIMES) + 0.2 * np.exp(-2 * TIMES)),
        np.random.default_rng(0).normal(0, 0.1, len(TIMES)),
        np.zeros(len(TIMES)),
        *(np.full(samples, 0.5) for samples in (1, 2, 50, 500)),
    ],
)
def test_other_sounds_show_no_release(sound: Audio) -> None:
    assert estimate_release(sound.astype(np.float32), RATE) is None
