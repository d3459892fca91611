"""The built-in synth: its controller chart, and the same sound by patch and by MIDI."""

import mido
import numpy as np
import pytest

from synthinv.capture.capture import capture_shard, render_shuffled
from synthinv.common.errors import SynthinvError
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in import engine as engine_module
from synthinv.engines.built_in.engine import CHART, BuiltIn
from synthinv.engines.built_in.voice import Control
from synthinv.engines.opening import open_engine
from synthinv.instruments.midi import note_off, note_on, patch_messages, silence_messages
from synthinv.instruments.model import Constant, Instrument, Parameter, load_instrument
from synthinv.metrics.psd import psd_error

AUDIO = AudioConfig(sample_rate=16_000, samples=6_000)


def engine(
    name: str = "minimoog-3osc",
    seconds: float | None = None,
    threads: int = 1,
    velocity: int = 100,
    phase_seed: int | None = None,
) -> BuiltIn:
    note = NoteConfig(number=60, velocity=velocity, seconds=seconds)
    instrument = load_instrument(name)
    seed = None if phase_seed is None else np.random.SeedSequence(phase_seed)
    return BuiltIn(instrument, note, AUDIO, threads, seed)


def patches(instrument: Instrument, n: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    return np.stack([instrument.sample(rng) for _ in range(n)])


def defaults(instrument: Instrument) -> np.ndarray:
    """The patch at which the synth starts."""
    values: dict[int | None, int] = {controller.cc: controller.default for controller in CHART}
    return np.array([[values[parameter.cc] for parameter in instrument.parameters]])


def at(seconds: float, message: mido.Message) -> mido.Message:
    return message.copy(time=seconds)


def test_the_chart_is_the_instrument_file() -> None:
    chart = {controller.name: controller.cc for controller in CHART}
    knobs = {parameter.name: parameter.cc for parameter in load_instrument("minimoog").parameters}
    assert knobs == chart
    for name in ("minimoog-1osc", "minimoog-3osc"):
        instrument = load_instrument(name)
        knobs = {knob.name: knob.cc for knob in instrument.parameters}
        knobs |= {constant.name: constant.cc for constant in instrument.constants}
        assert knobs.items() <= chart.items()


def test_the_chart_has_every_control_of_the_voice_once() -> None:
    assert [controller.control for controller in CHART] == list(Control)


@pytest.mark.parametrize("name", ["minimoog", "minimoog-1osc", "minimoog-3osc", "monark"])
def test_every_instrument_of_the_chart_renders(name: str) -> None:
    with engine(name) as synth:
        audio = synth.render(patches(synth.instrument, 5))
    assert audio.shape == (5, AUDIO.samples)
    assert audio.dtype == np.float32
    assert np.all(np.abs(audio).max(axis=1) > 0)


def test_controls_are_constants_patch_and_defaults() -> None:
    synth = engine("minimoog-1osc")
    row = synth.controls(np.arange(12)[np.newaxis])[0]
    for i, parameter in enumerate(synth.instrument.parameters):
        assert row[Control[parameter.name.upper()]] == i
    assert row[Control.OSC1_VOLUME] == 127
    assert row[Control.OSC2_VOLUME] == 0
    assert row[Control.OSC3_TUNING] == 64


def test_a_parameter_overrides_the_default_of_its_cc_whatever_its_name() -> None:
    renamed = Instrument(
        name="mine",
        parameters=(Parameter(name="brightness", group="filter", cc=70),),
        constants=(Constant(name="buzz", cc=22, value=51),),
    )
    dark, bright = BuiltIn(renamed, NoteConfig(), AUDIO).render(np.array([[20], [127]]))
    assert dark.std() < 0.2 * bright.std()


@pytest.mark.parametrize("part", ["parameter", "constant"])
def test_a_cc_the_chart_does_not_have_is_refused(part: str) -> None:
    known = Parameter(name="cutoff", group="filter", cc=70)
    instrument = Instrument(
        name="wobbler",
        parameters=(known, Parameter(name="lfo_rate", group="lfo", cc=90))
        if part == "parameter"
        else (known,),
        constants=() if part == "parameter" else (Constant(name="lfo_rate", cc=90, value=1),),
    )
    with pytest.raises(SynthinvError, match=r"wobbler: lfo_rate is on CC 90"):
        BuiltIn(instrument, NoteConfig(), AUDIO)


def test_patches_that_do_not_fit_are_refused() -> None:
    synth = engine("minimoog-1osc")
    with pytest.raises(SynthinvError, match=r"\[n, 12\], not \[2, 11\]"):
        synth.render(np.zeros((2, 11), dtype=int))
    values = np.zeros((3, 12), dtype=int)
    values[2, 4] = 128
    with pytest.raises(SynthinvError, match="note 2: filter_resonance is 128"):
        synth.render(values)


def test_render_does_not_depend_on_batch_or_threads() -> None:
    synth = engine()
    rows = patches(synth.instrument, 40)
    audio = synth.render(rows)
    assert np.array_equal(audio, engine(threads=2).render(rows))
    for i in (0, 17, 39):
        assert np.array_equal(synth.render(rows[i : i + 1])[0], audio[i])


@pytest.mark.parametrize("seconds", [None, 0.1])
def test_messages_give_the_bytes_of_the_patch(seconds: float | None) -> None:
    synth = engine(seconds=seconds)
    rows = patches(synth.instrument, 4)
    for row, audio in zip(rows, synth.render(rows), strict=True):
        messages = patch_messages(synth.instrument.controllers(row))
        messages.append(note_on(60, 100))
        if seconds is not None:
            messages.append(at(seconds, note_off(60)))
        assert np.array_equal(synth.play_messages(messages), audio)


def test_controllers_are_read_at_note_on_from_the_defaults() -> None:
    synth = engine()
    plain = synth.play_messages([note_on(60, 100)])
    assert np.array_equal(plain, synth.render(defaults(synth.instrument))[0])
    cutoff = mido.Message("control_change", control=70, value=0)
    assert np.array_equal(synth.play_messages([note_on(60, 100), cutoff]), plain)
    assert not np.array_equal(synth.play_messages([cutoff, note_on(60, 100)]), plain)
    unknown = mido.Message("control_change", control=90, value=3)
    bend = mido.Message("pitchwheel", pitch=100)
    assert np.array_equal(synth.play_messages([unknown, bend, note_on(60, 100)]), plain)


def test_a_note_starts_when_its_message_comes() -> None:
    synth = engine()
    early = synth.play_messages([note_on(60, 100)])
    late = synth.play_messages([at(0.125, note_on(60, 100))])
    assert not late[:2_000].any()
    assert np.array_equal(late[2_000:], early[:-2_000])
    assert not synth.play_messages([at(60, note_on(60, 100))]).any()


@pytest.mark.parametrize(
    "end",
    [note_off(60), mido.Message("note_on", note=60, velocity=0), silence_messages(60)[-1]],
    ids=["note-off", "note-on with velocity 0", "all notes off"],
)
def test_every_way_to_end_a_note(end: mido.Message) -> None:
    audio = engine().play_messages([note_on(60, 100), at(0.1, end)])
    assert audio[1_590:1_600].any()
    assert not audio[1_600 + 80 :].any()


def test_the_other_key_does_not_end_a_note() -> None:
    synth = engine()
    held = synth.play_messages([note_on(60, 100)])
    assert np.array_equal(synth.play_messages([note_on(60, 100), at(0.1, note_off(61))]), held)


def test_a_new_note_ends_the_one_before() -> None:
    synth = engine()
    audio = synth.play_messages([note_on(60, 100), at(0.1, note_on(67, 100))])
    second = synth.play_messages([at(0.1, note_on(67, 100))])
    assert np.array_equal(audio[1_680:], second[1_680:])


def test_velocity_scales_the_note() -> None:
    row = defaults(engine().instrument)
    soft, loud = (engine(velocity=v).render(row)[0] for v in (64, 127))
    assert soft.std() / loud.std() == pytest.approx((64 / 127) ** 2, rel=1e-4)


def test_free_phases_come_from_the_seed_note_by_note() -> None:
    rows = patches(engine().instrument, 40)
    audio = engine(phase_seed=1).render(rows)
    assert np.array_equal(audio, engine(phase_seed=1, threads=2).render(rows))
    split = engine(phase_seed=1)
    parts = [
        split.render(rows[first:last]) for first, last in ((0, 1), (1, 18), (18, 18), (18, 40))
    ]
    assert np.array_equal(np.concatenate(parts), audio)
    for other in (engine().render(rows), engine(phase_seed=2).render(rows)):
        assert np.all(np.any(other != audio, axis=1))


def test_a_free_phase_moves_the_wave_and_nothing_else() -> None:
    row = defaults(engine().instrument)
    reset, free = (synth.render(row)[0, 1_000:] for synth in (engine(), engine(phase_seed=3)))
    assert np.abs(np.fft.rfft(free * np.hanning(len(free)))).max() == pytest.approx(
        np.abs(np.fft.rfft(reset * np.hanning(len(reset)))).max(), rel=1e-3
    )
    assert np.abs(free - reset).max() > 0.01
    # The three oscillators have a phase each: two in unison do not just add up.
    row[0, engine().instrument.names.index("osc2_volume")] = 127
    levels = {float(engine(phase_seed=s).render(row)[0].std()) for s in range(5)}
    assert max(levels) > 1.2 * min(levels)


def test_messages_and_patches_take_the_same_phases() -> None:
    by_message, by_patch = engine(phase_seed=4), engine(phase_seed=4)
    rows = patches(by_patch.instrument, 3)
    for row, audio in zip(rows, by_patch.render(rows), strict=True):
        controllers = patch_messages(by_message.instrument.controllers(row))
        assert np.array_equal(by_message.play_messages([*controllers, note_on(60, 100)]), audio)


@pytest.mark.parametrize("phase", ["reset", "free"])
def test_with_free_phases_alone_the_oracle_differs(phase: str) -> None:
    """Capture and play a test set again as the workflow's scripts do."""
    playing = playing_config(
        {"engine": {"kind": "built-in", "phase": phase}, "audio": AUDIO.model_dump()}
    )
    instrument = load_instrument("minimoog-1osc")
    captured = seed_sequence(1, "phase", "capture", "test", 0)
    with open_engine(playing, instrument, 1, captured) as synth:
        seed = seed_sequence(1, "capture", "test", 0)
        truth = capture_shard(synth, instrument, seed, 6, playing.silence)
    played = seed_sequence(1, "phase", "play", "test", "oracle")
    with open_engine(playing, instrument, 1, played) as synth:
        oracle = render_shuffled(synth, truth.patches, seed_sequence(1, "play", "test", "oracle"))
    pairs = zip(truth.audio, oracle, strict=True)
    errors = [psd_error(one, other, AUDIO.sample_rate) for one, other in pairs]
    if phase == "reset":
        assert errors == [0] * 6
    else:
        assert min(errors) > 0


def test_opening_takes_the_time_of_compilation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or `synthinv check` would count it as that of its first note."""
    rendered = []
    monkeypatch.setattr(engine_module, "render_voices", lambda *_: rendered.append(1))
    with BuiltIn(load_instrument("minimoog-1osc"), NoteConfig(), AudioConfig()):
        assert rendered == [1]
