"""Noise, release, key tracking and modulation, measured; and silence where they are off."""

import numpy as np
import numpy.typing as npt
import pytest

from synthinv.audio.types import Audio
from synthinv.engines.built_in import laws, voice
from synthinv.engines.built_in.wavetables import WAVEFORMS
from synthinv.instruments.load import load_instrument
from synthinv.report.docs_pages.voice_measurements import (
    MIDDLE_C,
    POSITIONS,
    RATE,
    alias_decibels,
    cents_off,
    contour_pitch_cents,
    controls,
    decay_seconds,
    decibels,
    extreme_controls,
    loudness,
    noise_spectrum,
    pitch_curve,
    release_gain,
    slow_hz,
    sound,
    tracking_ratio,
    vibrato_cents,
)

WHITE, PINK = 0, 64
SLOW = {"osc3_control": 127, "osc3_range": 0}
NOISE = {"osc1_volume": 0, "noise_volume": 127}
ADDED = [c for c in voice.Control if c > voice.Control.AMP_SUSTAIN]


def test_positions_are_named_after_what_the_voice_does_there() -> None:
    octaves = {"LO": -3, "32'": -2, "16'": -1, "8'": 0, "4'": 1, "2'": 2}
    shares = {"none": 0, "1/3": 1 / 3, "2/3": 2 / 3, "full": 1}
    for name in ("minimoog", "minimoog-1osc", "minimoog-3osc"):
        for knob in load_instrument(name).parameters:
            ccs, names = np.array(knob.positions), knob.position_names
            if knob.name.endswith("_waveform"):
                assert names == WAVEFORMS
            elif knob.name.endswith("_range"):
                played = laws.position(ccs) - voice.NATURAL_RANGE
                assert names is not None
                assert [octaves[own] for own in names] == played.tolist()
            elif knob.name == "filter_tracking":
                assert names is not None
                assert [shares[own] for own in names] == laws.tracking(ccs).tolist()
            else:
                named = {"osc3_control": ("keyboard", "fixed"), "noise_colour": ("white", "pink")}
                assert names == named.get(knob.name)


def play(**knobs: int) -> Audio:
    audio: Audio = sound(controls(**knobs), 8_000)[0]
    return audio


# --- Knobs --------------------------------------------------------------------------------------


def test_knobs_cover_their_ranges() -> None:
    ends = np.array([0, 127])
    assert laws.tracking(np.array([0, 31, 32, 63, 64, 95, 96, 127])).tolist() == pytest.approx(
        [0, 0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1, 1]
    )
    assert laws.slow_hz(ends) == pytest.approx([0.2, 30])
    assert 1200 * laws.pitch_modulation_octaves(np.array([1, 127])) == pytest.approx([5, 1200])
    assert laws.filter_modulation_octaves(ends) == pytest.approx([0, 3])
    assert laws.contour_pitch_octaves(ends) == pytest.approx([0, 4])
    for law in (
        laws.slow_hz,
        laws.pitch_modulation_octaves,
        laws.filter_modulation_octaves,
        laws.contour_pitch_octaves,
    ):
        assert np.all(np.diff(law(np.arange(128))) > 0)
    # Fine steps at the bottom, and nothing at all at 0.
    assert laws.pitch_modulation_octaves(np.array(0)) == 0
    assert 1200 * np.diff(laws.contour_pitch_octaves(np.arange(11))).max() < 6


@pytest.mark.parametrize("control", ADDED)
def test_zero_is_off(control: voice.Control) -> None:
    """Each knob turned up changes the sound if what it needs is there, and none is heard at 0."""
    needed = {
        "noise_colour": {"noise_volume": 100},
        "osc3_control": {"osc3_volume": 127, "osc3_range": POSITIONS[4]},
        "modulation_mix": {"filter_modulation": 100, "filter_cutoff": 70},
        "filter_modulation": {"filter_cutoff": 70},
        "filter_tracking": {"filter_cutoff": 70},
    }.get(control.name.lower(), {})
    rows = np.concatenate([controls(**needed)] * 2)
    rows[1, control] = 127
    off, on = sound(rows, 8_000, number=67, held=4_000)
    assert not np.array_equal(off, on)
    if not needed:
        rows[1] = controls()
        rows[1, control] = 0
        assert np.array_equal(*sound(rows, 8_000, number=67, held=4_000))


def test_what_is_off_does_not_need_what_it_would_use() -> None:
    """Without noise its colour is not heard, and without modulation its mix."""
    plain = play()
    for knobs in ({"noise_colour": 127}, {"modulation_mix": 127}, {"osc3_control": 127}):
        assert np.array_equal(play(**knobs), plain)


# --- Noise --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [16_000, 44_100, 96_000])
@pytest.mark.parametrize(("colour", "slope"), [(WHITE, 0.0), (PINK, -3.01)])
def test_noise_is_flat_or_falls_by_3_db_per_octave(colour: int, slope: float, rate: int) -> None:
    hz, density = noise_spectrum(colour, rate, 10)
    heard = (hz > 60) & (hz < min(16_000, 0.35 * rate))
    octaves = np.log2(hz[heard] / 1_000)
    # The pink filter was made for 44.1 kHz.
    tolerance = 0.1 if rate == RATE else 0.3
    assert np.polyfit(octaves, density[heard], 1)[0] == pytest.approx(slope, abs=tolerance)
    assert np.abs(density[heard] - slope * octaves).max() < (1.5 if rate == RATE else 2)


@pytest.mark.parametrize("colour", [WHITE, PINK])
def test_noise_has_no_mean_and_does_not_repeat(colour: int) -> None:
    audio = sound(controls(noise_colour=colour, **NOISE), 10 * RATE)[0].astype(np.float64)
    assert abs(audio.mean()) < (0.005 if colour == WHITE else 0.1) * audio.std()
    spectrum = np.abs(np.fft.rfft(audio, 2 * len(audio))) ** 2
    correlation = np.fft.irfft(spectrum)[: len(audio) // 2]
    # Pink noise is related to itself for as long as its lowest pole rings.
    assert np.abs(correlation[RATE // 2 :]).max() < 0.1 * correlation[0]


@pytest.mark.parametrize("colour", [WHITE, PINK])
def test_noise_is_as_loud_as_an_oscillator(colour: int) -> None:
    noise = loudness(noise_colour=colour, **NOISE)
    assert noise == pytest.approx(loudness(osc1_waveform=POSITIONS[0]), abs=0.3)


def test_noise_volume_is_a_square_law() -> None:
    loud, soft = (play(osc1_volume=0, noise_volume=v) for v in (127, 64))
    assert decibels(soft.std() / loud.std()) == pytest.approx(40 * np.log10(64 / 127), abs=1e-3)


def test_the_phases_decide_the_noise() -> None:
    rows = np.repeat(controls(**NOISE), 3, axis=0)
    phases = np.array([[9, 2, 3], [9, 2, 3], [9, 2, 7]], dtype=np.uint32)
    numbers, velocities = np.full(3, 60), np.full(3, 127)
    same = sound(rows, 20_000)
    assert np.array_equal(same[0], same[2])
    one, again, other = voice.render_voices(rows, numbers, velocities, 20_000, RATE, phases=phases)
    assert np.array_equal(one, again)
    for unlike in (other, same[0]):
        assert abs(np.corrcoef(one, unlike)[0, 1]) < 0.03


# --- Filter -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cc", "ratio"), [(0, 0), (32, 1 / 3), (64, 2 / 3), (96, 1)])
def test_the_cutoff_follows_the_key(cc: int, ratio: float) -> None:
    assert tracking_ratio(cc) == pytest.approx(ratio, abs=2e-4)


def test_middle_c_has_the_same_cutoff_at_every_tracking() -> None:
    sounds = [play(filter_cutoff=60, filter_tracking=cc) for cc in (0, 32, 64, 96)]
    for other in sounds[1:]:
        assert np.array_equal(sounds[0], other)


@pytest.mark.parametrize("depth", [40, 127])
def test_a_square_moves_the_cutoff_up_and_down(depth: int) -> None:
    knobs = {"osc1_volume": 4, "osc1_range": 0, "filter_resonance": 127, "filter_cutoff": 70}
    square = {"osc3_waveform": POSITIONS[3], "osc3_tuning": 35, "filter_modulation": depth}
    rate_hz = float(laws.slow_hz(np.array(35)))
    half = int(RATE / rate_hz / 2)
    audio = sound(controls(**knobs, **square, **SLOW), 2 * half)[0]
    octaves = float(laws.filter_modulation_octaves(np.array(depth)))
    cutoff = float(laws.cutoff_hz(np.array(70)))
    for part, sign in ((audio[:half], 1), (audio[half:], -1)):
        assert abs(cents_off(part[half // 3 :], cutoff * 2 ** (sign * octaves))) < 12


# --- Oscillator 3 and what it modulates ---------------------------------------------------------


@pytest.mark.parametrize("tuning", [0, 50, 127])
@pytest.mark.parametrize("number", [40, 90])
def test_off_the_keyboard_oscillator_3_is_slow(tuning: int, number: int) -> None:
    assert slow_hz(tuning, number) == pytest.approx(float(laws.slow_hz(np.array(tuning))), rel=1e-5)


@pytest.mark.parametrize("position", [1, 3, 5])
def test_off_the_keyboard_oscillator_3_plays_middle_c_in_its_other_ranges(position: int) -> None:
    knobs = {"osc1_volume": 0, "osc3_volume": 127, "osc3_control": 64, "osc3_tuning": 90}
    rows = controls(osc3_range=POSITIONS[position], osc1_tuning=20, **knobs)
    audio = sound(rows, 44_000, number=45)[0, 4_000:]
    semitones = 12 * (position - 3) + float(laws.tuning_semitones(np.array(90)))
    assert abs(cents_off(audio, MIDDLE_C * 2 ** (semitones / 12))) < 0.02


@pytest.mark.parametrize("cc", [1, 40, 64, 100, 127])
def test_vibrato_is_as_deep_as_its_knob_says(cc: int) -> None:
    expected = 1200 * float(laws.pitch_modulation_octaves(np.array(cc)))
    assert vibrato_cents(cc) == pytest.approx(expected, rel=0.006)


def test_vibrato_has_the_rate_of_oscillator_3_and_begins_in_tune() -> None:
    seconds, cents = pitch_curve(3 * RATE, pitch_modulation=80, osc3_tuning=80, **SLOW)
    rising = np.flatnonzero((cents[:-1] < 0) & (cents[1:] >= 0))
    assert abs(cents[0]) < 10
    assert cents[5] > cents[0]
    rate = 1 / np.diff(seconds[rising]).mean()
    assert rate == pytest.approx(float(laws.slow_hz(np.array(80))), rel=0.003)


@pytest.mark.parametrize("waveform", range(len(WAVEFORMS)))
def test_every_waveform_modulates_as_far_up_as_down(waveform: int) -> None:
    slow = {"osc3_waveform": POSITIONS[waveform], "osc3_tuning": 40, **SLOW}
    _, cents = pitch_curve(2 * RATE, pitch_modulation=70, **slow)
    depth = 1200 * float(laws.pitch_modulation_octaves(np.array(70)))
    assert (cents.max(), cents.min()) == pytest.approx((depth, -depth), rel=0.03)


def test_the_volume_of_oscillator_3_does_not_matter_to_the_modulation() -> None:
    knobs = {"pitch_modulation": 80, "osc3_tuning": 90, **SLOW}
    silent, loud = (play(osc3_volume=v, **knobs) for v in (0, 127))
    alone = play(osc1_volume=0, osc3_volume=127, **knobs)
    assert loud - alone == pytest.approx(silent, abs=1e-6)


def test_oscillator_2_moves_with_oscillator_1_and_oscillator_3_stays() -> None:
    moved = {"pitch_modulation": 127, "osc3_tuning": 90, **SLOW}
    both = play(osc2_volume=127, **moved)
    assert both == pytest.approx(2 * play(**moved), rel=1e-4, abs=1e-6)
    third = {"osc1_volume": 0, "osc3_volume": 127}
    assert play(pitch_modulation=127, **third) == pytest.approx(play(**third), abs=1e-5)


def test_noise_modulates_slowly() -> None:
    depth = 1200 * float(laws.pitch_modulation_octaves(np.array(100)))
    seconds, cents = pitch_curve(8 * RATE, pitch_modulation=100, modulation_mix=127)
    assert cents.std() == pytest.approx(depth / 3, rel=0.25)
    assert np.abs(cents).max() <= 1.001 * depth
    even = np.interp(np.arange(0, 8, 1e-3), seconds, cents)
    power = np.abs(np.fft.rfft(even - even.mean())) ** 2
    hz = np.fft.rfftfreq(len(even), 1e-3)
    # Two thirds of the power of a one-pole low-pass at 20 Hz lie below 35 Hz.
    assert power[hz < 35].sum() / power.sum() == pytest.approx(2 / 3, abs=0.08)


def test_the_mix_crossfades() -> None:
    def curve(mix: int) -> npt.NDArray[np.float64]:
        knobs = {"pitch_modulation": 90, "osc3_tuning": 60, "modulation_mix": mix, **SLOW}
        seconds, cents = pitch_curve(RATE, **knobs)
        return np.interp(np.linspace(0.05, 0.95, 200), seconds, cents)

    mixed = curve(32) * 127
    assert mixed == pytest.approx(curve(0) * 95 + curve(127) * 32, abs=0.02 * np.abs(mixed).max())


@pytest.mark.parametrize("number", [60, 96])
def test_a_moving_pitch_does_not_alias(number: int) -> None:
    """Held four octaves up, and swinging an octave: no table has harmonics beyond Nyquist."""
    raised = {"contour_to_pitch": 90, "filter_sustain": 127, "osc1_waveform": 51}
    octaves = float(laws.contour_pitch_octaves(np.array(90)))
    audio = sound(controls(**raised), 40_000, number=number)[0, 4_000:]
    pitch = float(laws.note_hz(np.array(number))) * 2**octaves
    assert alias_decibels(audio, pitch) < -90


def test_a_contour_leaves_no_trace_in_the_timbre() -> None:
    """After the sweep the note has all its harmonics again."""
    swept = {"contour_to_pitch": 127, "filter_sustain": 0, "filter_decay": 40}
    audio, plain = (
        sound(controls(osc1_waveform=51, **knobs), 2 * RATE)[0, RATE:] for knobs in (swept, {})
    )
    window = np.hanning(RATE)
    one, other = (np.abs(np.fft.rfft(a * window)) for a in (audio, plain))
    strong = other > 1e-3 * other.max()
    assert np.abs(decibels(one[strong] / other[strong])).max() < 0.1


# --- Contour to pitch, release ------------------------------------------------------------------


@pytest.mark.parametrize("cc", [3, 40, 127])
def test_the_contour_raises_the_pitch(cc: int) -> None:
    expected = 1200 * float(laws.contour_pitch_octaves(np.array(cc)))
    assert contour_pitch_cents(cc) == pytest.approx(expected, abs=0.05)


def test_the_contour_raises_oscillator_3_on_the_keyboard_only() -> None:
    third = {"osc1_volume": 0, "osc3_volume": 127, "contour_to_pitch": 90, "filter_sustain": 127}
    raised = float(laws.contour_pitch_octaves(np.array(90)))
    for control, octaves in ((0, raised), (127, 0.0)):
        audio = sound(controls(osc3_control=control, **third), 44_000)[0, 4_000:]
        assert abs(cents_off(audio, MIDDLE_C * 2**octaves)) < 0.05


def test_the_filter_envelope_is_released_too() -> None:
    """Seen by the pitch that it raises."""
    knobs = {"contour_to_pitch": 70, "filter_sustain": 100, "filter_decay": 60, "release": 90}
    seconds, cents = pitch_curve(2 * RATE, held=RATE, **knobs)
    depth = 1200 * float(laws.contour_pitch_octaves(np.array(70)))
    after = seconds > 1.01
    level = cents[after] / depth
    release = float(laws.envelope_seconds(np.array(90)))
    expected = 100 / 127 * voice.DECAY_LEFT ** ((seconds[after] - 1) / release)
    assert level == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("cc", [30, 64, 100])
def test_99_percent_are_gone_after_the_release(cc: int) -> None:
    seconds = float(laws.envelope_seconds(np.array(cc)))
    gain, at = release_gain(int(1.2 * seconds * RATE) + 300, 9_001, release=cc)
    expected = voice.DECAY_LEFT ** (at / round(seconds * RATE))
    assert gain == pytest.approx(expected, abs=1e-4)
    if cc > 30:
        assert decay_seconds(gain, at) == pytest.approx(seconds, rel=2e-3)


def test_a_note_ends_when_its_release_is_over() -> None:
    seconds = float(laws.envelope_seconds(np.array(50)))
    audio = sound(controls(release=50, osc1_waveform=77), 20_000, held=3_000)[0]
    end = 3_000 + round(voice.RELEASE_TIMES * seconds * RATE)
    assert np.abs(audio[end - 40 : end]).max() > 0
    assert np.abs(audio[end - 40 : end]).max() < 2e-6
    assert not audio[end + voice.CONTROL :].any()


def test_an_attack_stops_at_note_off() -> None:
    knobs = {"amp_attack": 100, "osc1_waveform": 77, "release": 110}
    attack = float(laws.envelope_seconds(np.array(100))) * RATE
    released, flat = (
        sound(controls(**k), 20_000, held=held)[0]
        for k, held in ((knobs, 10_000), ({"osc1_waveform": 77}, None))
    )
    loud = np.abs(flat) > 0.05
    gain = np.where(loud, np.abs(released), 0) / np.where(loud, np.abs(flat), 1)
    assert np.argmax(gain) == pytest.approx(10_000, abs=100)
    assert gain.max() == pytest.approx(10_000 / attack, rel=0.01)


# --- Determinism with everything on -------------------------------------------------------------


def panel(n: int, seed: int) -> tuple[voice.Controls, npt.NDArray[np.int64]]:
    """Rows of which half leave each new knob at 0, and keys of their own."""
    rng = np.random.default_rng(seed)
    rows = extreme_controls(n, seed)
    off = rng.random((n, len(ADDED))) < 0.5
    rows[:, ADDED] = np.where(off, 0, rows[:, ADDED])
    return rows, rng.integers(0, 128, n)


def notes(
    rows: voice.Controls, numbers: npt.NDArray[np.int64], held: int | None, threads: int = 1
) -> Audio:
    velocities = np.full(len(rows), 100)
    return voice.render_voices(rows, numbers, velocities, 2_001, RATE, held, threads)


@pytest.mark.parametrize("held", [None, 0, 1_003])
def test_a_voice_depends_on_nothing_but_itself(held: int | None) -> None:
    rows, numbers = panel(117, seed=4)
    together = notes(rows, numbers, held)
    assert together.any(axis=1).sum() > 60 or held == 0
    for threads in (2, 5):
        assert notes(rows, numbers, held, threads).tobytes() == together.tobytes()
    order = np.random.default_rng(1).permutation(len(rows))
    assert notes(rows[order], numbers[order], held).tobytes() == together[order].tobytes()
    for i in range(0, len(rows), 3):
        alone = notes(rows[i : i + 1], numbers[i : i + 1], held)
        assert alone.tobytes() == together[i].tobytes()


def test_a_release_begins_like_a_held_note() -> None:
    rows, numbers = panel(60, seed=6)
    held, released = notes(rows, numbers, None), notes(rows, numbers, 1_000)
    assert np.array_equal(held[:, :992], released[:, :992])
