"""The voice, measured: pitch, spectrum, aliases, filter, envelopes, levels, determinism."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthinv.engines.built_in import laws, voice
from synthinv.engines.built_in.wavetables import (
    DUTY,
    WAVEFORMS,
    fourier_series,
    harmonic_levels,
    wavetables,
)
from synthinv.report.docs_pages.voice_measurements import (
    MIDDLE_C,
    POSITIONS,
    RATE,
    alias_decibels,
    amp_gain,
    cents_off,
    controls,
    decibels,
    ladder,
    phasor,
    sound,
)


def random_controls(n: int, seed: int = 0) -> voice.Controls:
    return np.random.default_rng(seed).integers(0, 128, (n, len(voice.Control))).astype(np.uint8)


# --- Knobs --------------------------------------------------------------------------------------


def test_positions_follow_table_2() -> None:
    starts, ends = (0, 26, 51, 77, 102, 127), (25, 50, 76, 101, 126, 127)
    assert laws.position(np.array(starts)).tolist() == [0, 1, 2, 3, 4, 5]
    assert laws.position(np.array(ends)).tolist() == [0, 1, 2, 3, 4, 5]


def test_knobs_cover_their_ranges() -> None:
    ends = np.array([0, 127])
    assert laws.tuning_semitones(np.array([0, 64, 127])) == pytest.approx([-7, 0, 7])
    assert laws.cutoff_hz(ends) == pytest.approx([20, 20_000])
    assert laws.contour_octaves(ends) == pytest.approx([0, 6])
    assert laws.feedback(ends) == pytest.approx([0, 4.2])
    assert laws.envelope_seconds(ends) == pytest.approx([0.001, 5])
    assert laws.level(np.array([0, 64, 127])) == pytest.approx([0, (64 / 127) ** 2, 1])
    for law in (laws.tuning_semitones, laws.cutoff_hz, laws.envelope_seconds, laws.level):
        assert np.all(np.diff(law(np.arange(128))) > 0)


# --- Oscillators --------------------------------------------------------------------------------


@pytest.mark.parametrize("waveform", WAVEFORMS)
def test_fourier_series_sums_to_the_waveform(waveform: str) -> None:
    harmonics = 4000
    phase = np.array([0.05, 0.15, 0.3, 0.45, 0.6, 0.9])
    turns = np.exp(2j * np.pi * np.outer(phase, np.arange(harmonics + 1)))
    shifted = (phase + 0.5) % 1 - 0.5
    ideal = {
        "triangle": 1 - 4 * np.abs((phase + 0.25) % 1 - 0.5),
        "sawtooth": 2 * shifted,
        "reverse sawtooth": -2 * shifted,
    }
    for name, duty in DUTY.items():
        ideal[name] = np.where(phase < duty, 2 - 2 * duty, -2 * duty)
    wave = np.real(turns @ fourier_series(waveform, harmonics))
    assert np.abs(wave - ideal[waveform]).max() < 2e-3


@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("tuning", [0, 64, 100, 127])
def test_pitch_is_exact(position: int, tuning: int) -> None:
    rows = controls(osc1_range=POSITIONS[position], osc1_tuning=tuning)
    semitones = 12 * (position - 3) + float(laws.tuning_semitones(np.array(tuning)))
    audio = sound(rows, 44_000)[0, 4_000:]
    assert abs(cents_off(audio, MIDDLE_C * 2 ** (semitones / 12))) < 0.02


@pytest.mark.parametrize("number", [21, 69, 100])
def test_note_number_sets_the_pitch(number: int) -> None:
    audio = sound(controls(), 44_000, number=number)[0, 4_000:]
    assert abs(cents_off(audio, 440 * 2 ** ((number - 69) / 12))) < 0.02


@pytest.mark.parametrize("oscillator", [2, 3])
def test_oscillators_2_and_3_are_tuned_relative_to_oscillator_1(oscillator: int) -> None:
    knobs = {f"osc{oscillator}_volume": 127, f"osc{oscillator}_tuning": 90}
    audio = sound(controls(osc1_volume=0, osc1_tuning=30, **knobs), 44_000)[0, 4_000:]
    semitones = laws.tuning_semitones(np.array([30, 90])).sum()
    assert abs(cents_off(audio, MIDDLE_C * 2 ** (semitones / 12))) < 0.02
    # The range of oscillator 1 is its own.
    knobs[f"osc{oscillator}_range"] = POSITIONS[4]
    audio = sound(controls(osc1_volume=0, osc1_range=0, **knobs), 44_000)[0, 4_000:]
    semitones = 12 + float(laws.tuning_semitones(np.array(90)))
    assert abs(cents_off(audio, MIDDLE_C * 2 ** (semitones / 12))) < 0.02


def test_volume_is_a_square_law() -> None:
    loud, soft = (sound(controls(osc1_volume=v), 8_000)[0] for v in (127, 64))
    assert decibels(soft.std() / loud.std()) == pytest.approx(40 * np.log10(64 / 127), abs=1e-3)
    assert not sound(controls(osc1_volume=0), 8_000).any()


@pytest.mark.parametrize("waveform", [51, 77, 127])
@pytest.mark.parametrize("number", [73, 80, 86, 91])
def test_aliases_of_the_highest_notes_are_inaudible(number: int, waveform: int) -> None:
    audio = sound(controls(osc1_range=127, osc1_waveform=waveform), 40_000, number=number)[0]
    assert alias_decibels(audio[4_000:], 4 * 440 * 2 ** ((number - 69) / 12)) < -90


def test_a_pitch_beyond_nyquist_is_silent() -> None:
    assert not sound(controls(osc1_range=127, osc1_waveform=77), 4_000, number=127).any()


def test_the_highest_harmonic_is_within_a_sixth_of_an_octave_of_nyquist() -> None:
    tables = wavetables()
    levels = tables.harmonics
    assert np.array_equal(levels, harmonic_levels())
    assert levels[0] == 0
    assert levels[-1] >= 4096
    # The most that fits is less than the next level: at least 2 ** (-1 / 6) of it is there.
    assert np.all((levels[2:] == levels[1:-1] + 1) | (levels[2:] / levels[1:-1] <= 2 ** (1 / 6)))
    assert np.all(2.0**tables.bits >= 8 * levels)
    assert tables.samples.nbytes < 20e6


# --- Filter -------------------------------------------------------------------------------------


def response(
    cutoff_cc: int, hz: list[float], rate: int = 192_000, **knobs: int
) -> npt.NDArray[np.float64]:
    """Gain of the filter near some frequencies: sawtooth harmonics against their series."""
    f0 = MIDDLE_C / 8
    rows = controls(osc1_range=0, osc1_waveform=51, filter_cutoff=cutoff_cc, **knobs)
    audio = sound(rows, rate, rate)[0, rate // 4 :]
    harmonics = np.rint(np.array(hz) / f0)
    gain = voice.OUTPUT_GAIN / voice.OSCILLATORS * 2 / np.pi / harmonics
    return np.array([abs(phasor(audio, k * f0, rate)) for k in harmonics]) / gain


@pytest.mark.parametrize("cc", [20, 64, 110])
def test_filter_without_resonance_is_the_linear_ladder(cc: int) -> None:
    f0 = MIDDLE_C / 8
    cutoff = float(laws.cutoff_hz(np.array(cc)))
    hz = np.rint(np.array([1, 2, 4]) * max(cutoff, 2 * f0) / f0) * f0
    expected = ladder(hz, cutoff, 192_000)
    assert np.abs(decibels(response(cc, list(hz)) / expected)).max() < 0.02


def test_cutoff_127_is_open() -> None:
    assert np.abs(decibels(response(127, [100, 1_000, 5_000], RATE))).max() < 1.1
    # ... and the clamp holds where 20 kHz does not exist.
    low = response(127, [100, 1_000], 8_000)
    assert np.abs(decibels(low / ladder([100, 1_000], 0.46 * 8_000, 8_000))).max() < 0.05


def test_resonance_lifts_the_cutoff_frequency_only() -> None:
    cutoff = float(laws.cutoff_hz(np.array(64)))
    flat, resonant = (response(64, [65, cutoff], filter_resonance=r) for r in (0, 100))
    assert resonant[1] > 2 * flat[1]
    assert resonant[0] < flat[0]


@pytest.mark.parametrize("cc", [50, 70, 90, 110])
def test_filter_oscillates_at_its_cutoff_at_full_resonance(cc: int) -> None:
    rows = controls(osc1_volume=4, osc1_range=0, filter_cutoff=cc, filter_resonance=127)
    audio = sound(rows, 80_000)[0, 40_000:]
    cutoff = float(laws.cutoff_hz(np.array(cc)))
    assert abs(cents_off(audio, cutoff)) < 10
    # It stands on its own feet: far above the oscillator, and not growing.
    assert abs(phasor(audio, cutoff)) > 0.05
    assert abs(phasor(audio[20_000:], cutoff)) == pytest.approx(
        abs(phasor(audio[:20_000], cutoff)), rel=0.02
    )


def test_contour_opens_the_filter_and_its_envelope_closes_it_again() -> None:
    cutoff = float(laws.cutoff_hz(np.array(30)))
    hz = [cutoff, 8 * cutoff, 32 * cutoff]
    opened = response(30, hz, filter_contour=127, filter_sustain=127)
    f0 = MIDDLE_C / 8
    harmonics = np.rint(np.array(hz) / f0) * f0
    assert np.abs(decibels(opened / ladder(harmonics, 64 * cutoff, 192_000))).max() < 0.05
    closed = response(30, hz[:2], filter_contour=127, filter_sustain=0, filter_decay=20)
    assert closed == pytest.approx(response(30, hz[:2]), rel=1e-3)


# --- Envelopes, note-off, velocity --------------------------------------------------------------


@pytest.mark.parametrize("cc", [40, 80, 100])
def test_attack_is_linear_and_takes_its_time(cc: int) -> None:
    length = float(laws.envelope_seconds(np.array(cc))) * RATE
    gain, t = amp_gain(int(length) + 2_000, amp_attack=cc)
    assert np.abs(gain - np.minimum(t / round(length), 1)).max() < 1e-5


@pytest.mark.parametrize("sustain", [0, 64])
@pytest.mark.parametrize("cc", [50, 90, 110])
def test_decay_leaves_one_percent_after_its_time(cc: int, sustain: int) -> None:
    length = float(laws.envelope_seconds(np.array(cc))) * RATE
    gain, t = amp_gain(int(1.5 * length), amp_decay=cc, amp_sustain=sustain)
    s = sustain / 127
    expected = s + (1 - s) * 0.01 ** ((t - round(0.001 * RATE)) / round(length))
    assert np.abs(gain - expected).max() < 1e-4
    left = gain[np.searchsorted(t, round(length) + 44) - 1] - s
    assert left == pytest.approx(0.01 * (1 - s), rel=0.05)


def test_longest_times_survive_single_precision() -> None:
    rate = 192_000
    rows = controls(amp_decay=127, amp_sustain=0, osc1_waveform=77)
    audio, flat = (sound(r, 5 * rate + 400, rate)[0] for r in (rows, controls(osc1_waveform=77)))
    end = np.argmax(np.abs(flat[-600:])) - 600
    assert audio[end] / flat[end] == pytest.approx(0.01, rel=0.02)


def test_note_off_ends_the_sound_within_the_release() -> None:
    rows = controls(osc1_waveform=77, filter_resonance=127, filter_cutoff=80)
    held, released = sound(rows, 20_000)[0], sound(rows, 20_000, held=10_001)[0]
    release = round(voice.FADE_SECONDS * RATE)
    assert np.array_equal(held[:10_001], released[:10_001])
    assert np.abs(released[10_002 : 10_001 + release]).max() > 0
    assert not released[10_001 + release :].any()
    during = released[10_001 : 10_001 + release] / held[10_001 : 10_001 + release]
    assert during == pytest.approx(1 - np.arange(release) / release, abs=1e-5)


def test_velocity_is_a_square_law() -> None:
    loud, soft = (sound(controls(), 4_000, velocity=v)[0] for v in (127, 50))
    assert soft == pytest.approx(loud * (50 / 127) ** 2, rel=1e-5, abs=1e-9)


# --- Levels -------------------------------------------------------------------------------------

# Found by a random search for the loudest sound, at three sample rates.
LOUDEST = [
    (8_000, 56, "117 16 127 127 123 64 127 127 119 64 127 127 89 0 84 88 74 72 34 69 127"),
    (44_100, 76, "113 102 127 127 110 64 127 127 102 64 127 127 100 0 117 72 87 25 13 35 127"),
    (192_000, 66, "127 106 127 127 127 64 127 127 127 64 127 127 91 0 111 14 20 3 0 43 127"),
]


@pytest.mark.parametrize(("rate", "number", "values"), LOUDEST)
def test_the_loudest_patches_known_leave_headroom(rate: int, number: int, values: str) -> None:
    rows = controls()
    rows[0, :21] = values.split()
    assert 0.5 < np.abs(sound(rows, 20_000, rate, number)).max() < 0.9


@settings(max_examples=60)
@given(
    values=st.lists(
        st.one_of(st.sampled_from([0, 1, 63, 64, 126, 127]), st.integers(0, 127)),
        min_size=len(voice.Control) * 4,
        max_size=len(voice.Control) * 4,
    ),
    number=st.integers(0, 127),
    rate=st.sampled_from([8_000, 22_050, 44_100, 96_000, 192_000]),
)
def test_no_patch_clips_or_blows_up(values: list[int], number: int, rate: int) -> None:
    rows = np.array(values, dtype=np.uint8).reshape(4, len(voice.Control))
    audio = sound(rows, 6_000, rate, number)
    assert audio.dtype == np.float32
    assert np.isfinite(audio).all()
    assert np.abs(audio).max() <= 1
    rows[:, voice.Control.NOISE_VOLUME] = 0
    assert np.abs(sound(rows, 6_000, rate, number)).max() < 0.95


# --- Determinism --------------------------------------------------------------------------------


def test_a_voice_does_not_depend_on_its_batch() -> None:
    rows = random_controls(37)
    together = sound(rows, 3_001)
    for i in (0, 5, 15, 16, 31, 36):
        assert np.array_equal(sound(rows[i : i + 1], 3_001)[0], together[i])
    order = np.random.default_rng(1).permutation(37)
    assert np.array_equal(sound(rows[order], 3_001), together[order])


def test_sound_does_not_depend_on_the_number_of_threads() -> None:
    rows = random_controls(70, seed=2)
    one = sound(rows, 2_000)
    for threads in (2, 3, 16):
        assert np.array_equal(sound(rows, 2_000, threads=threads), one)


def test_a_longer_recording_begins_like_a_shorter_one() -> None:
    rows = random_controls(3, seed=3)
    assert np.array_equal(sound(rows, 5_000)[:, :1_007], sound(rows, 1_007))


def test_no_voices_give_no_sound() -> None:
    assert sound(random_controls(0), 1_000).shape == (0, 1_000)
