"""The built-in synth: its controller chart, its patches and its phases."""

import numpy as np
import pytest

from synthinv.capture.capture import capture_shard, render_shuffled
from synthinv.common.errors import SynthinvError
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in import engine as engine_module
from synthinv.engines.built_in.engine import CHART, COLUMNS, DEFAULTS, BuiltIn
from synthinv.engines.built_in.voice import Control
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import load_instrument
from synthinv.instruments.midi import patch_messages
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Constant, Parameter
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


def test_a_knob_whose_steps_are_not_its_cc_values_is_refused() -> None:
    fixed = {"name": "cutoff", "group": "filter", "cc": 70}
    for field, fault in (({"highest": 99}, "the highest step 99"), ({"curve": 2}, "a curve")):
        knob = Parameter.model_validate(fixed | field)
        with pytest.raises(SynthinvError, match=f"mine: cutoff has {fault}"):
            BuiltIn(Instrument(name="mine", parameters=(knob,)), NoteConfig(), AUDIO)


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


@pytest.mark.parametrize("name", ["minimoog", "minimoog-1osc", "minimoog-3osc", "monark"])
def test_a_patchs_messages_set_the_controls_that_it_is_played_with(name: str) -> None:
    synth = engine(name)
    rows = patches(synth.instrument, 4)
    for row, expected in zip(rows, synth.controls(rows), strict=True):
        controls = DEFAULTS.copy()
        for message in patch_messages(synth.instrument.controllers(row)):
            controls[COLUMNS[message.control]] = message.value
        assert np.array_equal(controls, expected)


@pytest.mark.parametrize(("seconds", "held"), [(None, AUDIO.samples), (0.1, 1_600)])
def test_render_plays_the_note_of_the_configuration(seconds: float | None, held: int) -> None:
    synth = engine(seconds=seconds, velocity=90)
    rows = patches(synth.instrument, 4)
    expected = synth.play(rows, np.full(4, 60), np.full(4, 90), AUDIO.samples, held)
    assert np.array_equal(synth.render(rows), expected)


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


def test_phases_from_another_source_leave_those_of_the_seed_as_they_are() -> None:
    rows = patches(engine().instrument, 2)
    keys, velocities = np.full(2, 60), np.full(2, 100)
    synth, other = engine(phase_seed=1), engine(phase_seed=1)
    own = synth.play(rows, keys, velocities, 4_000, 4_000, np.random.default_rng(5))
    assert np.array_equal(synth.render(rows), other.render(rows))
    assert not np.array_equal(own, other.play(rows, keys, velocities, 4_000, 4_000))
    # Fixed phases draw from it, too, but do not use it.
    sources = [np.random.default_rng(5) for _ in range(2)]
    for each, source in zip((engine(), engine(phase_seed=1)), sources, strict=True):
        each.play(rows, keys, velocities, 10, 10, source)
    assert sources[0].random() == sources[1].random()


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
