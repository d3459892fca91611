from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from synthinv.audio.pitch import Pitch, estimate_pitch, nearest_note, note_name, note_number
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in.engine import CHART, BuiltIn
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Constant, Parameter

RATE = 44_100
CENTS = 2.0
"""Tolerance for steady tones."""

Amplitudes = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float64]]
SHAPES: dict[str, Amplitudes] = {
    "sine": lambda k: (k == 1).astype(float),
    "sawtooth": lambda k: 1 / k,
    "square": lambda k: k % 2 / k,
    "narrow pulse": lambda k: np.sin(np.pi * k / 10) / k,
    "strong second harmonic": lambda k: np.where(k == 2, 1.0, 0.2 * (k < 6)),
    "no fundamental": lambda k: ((k > 1) & (k < 7)).astype(float),
    "dark": lambda k: 1 / k / (1 + (k / 2.0) ** 4),
}


def tone(
    frequency: float, shape: str = "sawtooth", seconds: float = 0.5, rate: int = RATE
) -> npt.NDArray[np.float32]:
    times = np.arange(round(seconds * rate)) / rate
    # Two harmonics at least, so that there is one without the fundamental.
    k = np.arange(1, max(3, int(min(rate / 2, 20_000) / frequency)))
    harmonics = (
        a * np.sin(2 * np.pi * n * frequency * times + 0.3 * n)
        for n, a in zip(k, SHAPES[shape](k), strict=True)
        if a
    )
    sound: npt.NDArray[np.float32] = (0.1 * np.sum(list(harmonics), axis=0)).astype(np.float32)
    return sound


def cents_off(pitch: Pitch, frequency: float) -> float:
    assert pitch.frequency is not None
    return float(abs(1200 * np.log2(pitch.frequency / frequency)))


@settings(max_examples=60)
@given(
    st.floats(np.log2(30), np.log2(4_000)),
    st.sampled_from(sorted(SHAPES)),
    st.sampled_from([44_100, 48_000, 96_000]),
)
def test_a_steady_tone_is_found(octaves: float, shape: str, rate: int) -> None:
    frequency = 2**octaves
    pitch = estimate_pitch(tone(frequency, shape, rate=rate), rate)
    assert cents_off(pitch, frequency) < CENTS
    assert pitch.clarity > 0.98


@settings(max_examples=40)
@given(st.floats(np.log2(45), np.log2(4_000)), st.sampled_from(sorted(SHAPES)))
def test_50_ms_are_enough(octaves: float, shape: str) -> None:
    assert cents_off(estimate_pitch(tone(2**octaves, shape, 0.05), RATE), 2**octaves) < CENTS


@settings(max_examples=30)
@given(st.floats(-10, 10), st.integers(30, 90))
def test_a_detuned_note_is_as_far_off_as_it_is(cents: float, number: int) -> None:
    frequency = 440 * 2 ** ((number - 69 + cents / 100) / 12)
    found = estimate_pitch(tone(frequency), RATE).frequency
    assert found is not None
    nearest, off = nearest_note(found)
    assert nearest == number
    assert off == pytest.approx(cents, abs=CENTS)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_level_offset_and_noise_do_not_matter(shape: str) -> None:
    clean = tone(110, shape)
    noise = np.random.default_rng(0).normal(0, 0.1 * clean.std(), len(clean))
    for sound in (1e-3 * clean, clean + 0.5, clean + noise):
        assert cents_off(estimate_pitch(sound, RATE), 110) < CENTS


def test_a_tone_that_decays_between_pauses_is_found() -> None:
    decaying = tone(220) * np.exp(-np.arange(RATE // 2) / 4_000).astype(np.float32)
    sound = np.concatenate([np.zeros(RATE), decaying, np.zeros(RATE)])
    pitch = estimate_pitch(sound, RATE)
    assert cents_off(pitch, 220) < CENTS
    assert pitch.clarity > 0.9


# The same noise every time: one in a thousand is clearer than that.
@settings(derandomize=True, max_examples=20)
@given(st.integers(0, 2**32), st.sampled_from([2_205, RATE]))
def test_noise_has_no_pitch(seed: int, samples: int) -> None:
    white = np.random.default_rng(seed).normal(0, 0.1, samples)
    dull = signal.lfilter(*signal.butter(2, 1_000, fs=RATE), white)
    for sound in (white, dull):
        pitch = estimate_pitch(sound, RATE)
        assert pitch.frequency is None
        assert pitch.clarity < 0.5


@pytest.mark.parametrize("samples", [0, 1, 2, 3, 100, RATE])
def test_silence_has_no_pitch(samples: int) -> None:
    for level in (0, 0.5, 1e-8):
        sound = np.full(samples, level, dtype=np.float32)
        assert estimate_pitch(sound, RATE) == Pitch(None, 0.0)


@pytest.mark.parametrize("frequency", [12.0, 7_000.0])
def test_a_pitch_out_of_range_is_not_given_an_octave_off(frequency: float) -> None:
    assert estimate_pitch(tone(frequency, "sine"), RATE).frequency is None


def test_the_pitch_of_most_of_a_long_sound_is_given() -> None:
    sound = np.concatenate([tone(1_000, seconds=0.8), tone(330, seconds=3), tone(50, seconds=0.8)])
    assert cents_off(estimate_pitch(sound, RATE), 330) < CENTS


@pytest.mark.parametrize(
    "controls",
    [
        {},
        {"osc1_waveform": 51},
        {"osc1_waveform": 77, "filter_cutoff": 64},
        {"osc1_waveform": 127},
        {"filter_cutoff": 90, "filter_resonance": 64, "amp_decay": 100, "amp_sustain": 0},
    ],
)
def test_notes_of_the_built_in_synth_are_found(controls: dict[str, int]) -> None:
    instrument = Instrument(
        name="still",
        parameters=(Parameter(name="osc1_volume", group="mixer", cc=23),),
        constants=tuple(
            Constant(name=c.name, cc=c.cc, value=controls[c.name])
            for c in CHART
            if c.name in controls
        ),
    )
    wrong = []
    for number in range(24, 109, 3):
        engine = BuiltIn(instrument, NoteConfig(number=number), AudioConfig(samples=20_000))
        found = estimate_pitch(engine.render(np.array([[127]]))[0], RATE).frequency
        nearest, cents = (None, 0.0) if found is None else nearest_note(found)
        if nearest != number or abs(cents) > CENTS:
            wrong.append((number, nearest, cents))
    assert wrong == []


@given(st.integers(-30, 150), st.floats(-49.9, 49.9))
def test_the_nearest_note_and_its_cents_make_up_the_frequency(number: int, cents: float) -> None:
    nearest, off = nearest_note(440 * 2 ** ((number - 69 + cents / 100) / 12))
    assert nearest == number
    assert off == pytest.approx(cents, abs=1e-6)


@pytest.mark.parametrize(
    ("number", "name"), [(60, "C4"), (69, "A4"), (0, "C-1"), (127, "G9"), (61, "C#4"), (59, "B3")]
)
def test_notes_are_named(number: int, name: str) -> None:
    assert note_name(number) == name
    assert note_number(name) == number
    assert note_number(str(number)) == number


@pytest.mark.parametrize(("name", "number"), [("c4", 60), ("Bb3", 58), ("Cb4", 59), ("B#3", 60)])
def test_notes_are_known_by_other_names(name: str, number: int) -> None:
    assert note_number(name) == number


@pytest.mark.parametrize("name", ["H4", "C", "C#b4", "G#9", "Cb-1", "128", "-1", "60.5", "", "4C"])
def test_what_is_no_note_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"not a MIDI note|invalid literal"):
        note_number(name)
