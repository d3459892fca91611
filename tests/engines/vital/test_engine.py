"""Vital, beside `vita` as its own package plays it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import vita

from synthinv.audio.level import is_clipped, peak
from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import VitalConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig
from synthinv.engines.opening import open_engine
from synthinv.engines.vital import player
from synthinv.engines.vital.engine import Vital
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.preset import Preset, own_name, to_patch, to_preset
from synthinv.instruments.native.vital import (
    initial_values,
    vital_json,
    vital_settings,
    write_presets,
)
from synthinv.instruments.parameters import Constant, Parameter
from tests.threads import in_a_thread

RATE, SAMPLES, HELD = 44_100, 12_000, 6_000
SETTLE = VitalConfig(kind="vital").settle
INSTRUMENT = load_instrument("vital")
# How far along their travel knobs are where every one can be heard; the others are at 0.6.
SHARES = {"_attack": 0.2, "_decay": 0.25, "_release": 0.3, "_delay_time": 0.05, "_delay": 0.05}
LOUD = {"osc_1_level": 1.0, "lfo_2_to_voice_amplitude": 0.9, "distortion_drive": 0.9}


def drawn(number: int, seed: int = 0) -> Patches:
    rng = np.random.default_rng(seed)
    return np.stack([INSTRUMENT.sample(rng) for _ in range(number)])


def engine(threads: int = 1, rate: int = RATE, settle: float = SETTLE) -> Vital:
    setting = VitalConfig(kind="vital", settle=settle)
    note = NoteConfig(seconds=HELD / RATE)
    audio = AudioConfig(sample_rate=rate, samples=SAMPLES)
    return Vital(setting, INSTRUMENT, note, audio, threads)


def with_steps(patch: npt.NDArray[np.integer], **steps: int) -> Patches:
    changed = patch.astype(np.uint8)
    for name, step in steps.items():
        changed[INSTRUMENT.names.index(name)] = step
    return changed


def played_by_vita(file: Path, key: int, velocity: int, settle: float) -> Audio:
    """Play a .vital file as anybody would who has `vita`, after it has settled."""
    return in_a_thread(_played_by_vita, file, key, velocity, settle)


def _played_by_vita(file: Path, key: int, velocity: int, settle: float) -> Audio:
    synth = vita.Synth()
    synth.set_sample_rate(RATE)
    assert synth.load_preset(str(file))
    if settle:
        controls = synth.get_controls()
        release, track = controls["env_1_release"].value(), controls["velocity_track"].value()
        controls["env_1_release"].set(0.0)
        controls["velocity_track"].set(1.0)
        synth.render(60, 0.0, 1 / RATE, settle)
        controls["env_1_release"].set(release)
        controls["velocity_track"].set(track)
    sound = synth.render(key, velocity / 127, (HELD + 0.5) / RATE, SAMPLES / RATE + 0.01)
    return np.asarray(sound[:, :SAMPLES].mean(axis=0))


@pytest.fixture(scope="module")
def patches() -> Patches:
    return drawn(20)


@pytest.fixture(scope="module")
def opened() -> Iterator[Vital]:
    with engine() as vital:
        yield vital


@pytest.fixture(scope="module")
def notes(opened: Vital, patches: Patches) -> Audio:
    return opened.render(patches)


def test_vita_plays_a_written_file_as_the_engine_its_patch(
    tmp_path: Path, opened: Vital, patches: Patches
) -> None:
    file = tmp_path / "patch.vital"
    keys, velocities = np.arange(48, 54), np.arange(70, 100, 5)
    played = opened.play(patches[:6], keys, velocities, SAMPLES, HELD)
    for i, note in enumerate(played):
        write_presets(file, [to_preset(INSTRUMENT, patches[i], "one")])
        by_vita = played_by_vita(file, int(keys[i]), int(velocities[i]), SETTLE)
        np.testing.assert_array_equal(note, by_vita)


def test_without_settling_a_file_is_merely_loaded_and_played(
    tmp_path: Path, patches: Patches
) -> None:
    file = tmp_path / "patch.vital"
    write_presets(file, [to_preset(INSTRUMENT, patches[0], "one")])
    with engine(settle=0) as vital:
        note = vital.render(patches[:1])[0]
    np.testing.assert_array_equal(note, played_by_vita(file, 60, 100, 0))


def test_a_note_depends_on_its_patch_alone(patches: Patches, notes: Audio) -> None:
    order = np.random.default_rng(1).permutation(len(patches))
    with engine(threads=2) as vital:
        again = vital.render(patches[order])
        np.testing.assert_array_equal(again, notes[order])
        np.testing.assert_array_equal(vital.render(patches[3:4])[0], notes[3])


def test_a_new_instance_plays_what_a_copy_does(patches: Patches, notes: Audio) -> None:
    # Where a process cannot be copied, every note has a new instance.
    text = vital_json(to_preset(INSTRUMENT, np.zeros_like(INSTRUMENT.highest), "base"))
    settings = vital_settings(to_preset(INSTRUMENT, patches[0], "one"))
    note = player.Request(settings, 60, 100, SAMPLES, HELD)
    played = in_a_thread(player.Player(RATE, SETTLE, text).play, note)
    np.testing.assert_array_equal(played, notes[0])


def test_render_is_play_at_the_configured_note(
    opened: Vital, patches: Patches, notes: Audio
) -> None:
    keys, velocities = np.full(3, 60), np.full(3, 100)
    played = opened.play(patches[:3], keys, velocities, SAMPLES, HELD)
    np.testing.assert_array_equal(played, notes[:3])


def test_keys_velocities_and_releases_are_heard(opened: Vital) -> None:
    own = {own_name(parameter): 0.0 for parameter in INSTRUMENT.parameters}
    saw = {"osc_1_wave_frame": 64.0, "velocity_track": 1.0, "env_1_release": 0.3}
    preset = Preset("saw", own | {n: v for n, v in initial_values().items() if n in own} | saw)
    plain = to_patch(INSTRUMENT, preset).patch
    keys, velocities = np.array([45, 57, 69, 57]), np.array([100, 100, 100, 50])
    held, released = (
        opened.play(np.stack([plain] * 4), keys, velocities, SAMPLES, hold)
        for hold in (SAMPLES, HELD)
    )
    for note, key in zip(held, keys, strict=True):
        assert estimate_pitch(note, RATE).frequency == pytest.approx(
            440 * 2 ** ((key - 69) / 12), rel=0.01
        )
    assert np.abs(held[3]).max() < 0.6 * np.abs(held[1]).max()
    assert np.abs(held[:, -1000:]).max() > 0.05
    assert np.abs(released[:, -1000:]).max() < 0.01
    np.testing.assert_array_equal(held[:, :HELD], released[:, :HELD])


def test_every_parameter_is_heard_in_some_patch(opened: Vital) -> None:
    base = np.array([_step_where_all_are_heard(p) for p in INSTRUMENT.parameters])
    changed = np.tile(base, (len(base), 1))
    for i, parameter in enumerate(INSTRUMENT.parameters):
        others = {0: 1, 1: 0, 3: 4} if parameter.choices else {}
        changed[i, i] = others.get(int(base[i]), base[i] // 2)
    pressed = np.full(len(base) + 1, 60), np.full(len(base) + 1, 100)
    sound = opened.play(np.vstack([base, changed]), *pressed, SAMPLES, HELD)
    differences = np.sqrt(((sound[1:] - sound[0]) ** 2).mean(axis=1) / (sound[0] ** 2).mean())
    unheard = [n for n, d in zip(INSTRUMENT.names, differences, strict=True) if d < 1e-3]
    assert unheard == []


def _step_where_all_are_heard(parameter: Parameter) -> int:
    if parameter.choices:
        # Destinations and models at the first, switches on, and morphs that leave no hole.
        if parameter.name.endswith(("destination", "model", "distortion_type")):
            return int(parameter.name.startswith("osc"))
        return 3 if "morph" in parameter.name else 1
    ends = [share for end, share in SHARES.items() if parameter.name.endswith(end)]
    return round(parameter.highest * LOUD.get(parameter.name, ends[0] if ends else 0.6))


def test_switched_off_parameters_change_nothing_that_is_heard(
    opened: Vital, patches: Patches, notes: Audio
) -> None:
    canonical = INSTRUMENT.canonical(patches[:8])
    assert (canonical != patches[:8]).any()
    np.testing.assert_allclose(opened.render(canonical), notes[:8], atol=1e-6)


def test_random_patches_mostly_sound_and_do_not_clip(notes: Audio) -> None:
    peaks = peak(notes)
    assert (peaks > 1e-3).mean() > 0.9
    assert not is_clipped(peaks).any()


def test_progress_is_reported_by_the_note(opened: Vital, patches: Patches) -> None:
    told: list[tuple[int, int]] = []
    opened.render(patches[:3], lambda done, number: told.append((done, number)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_another_sample_rate_is_another_sampling_of_the_same_note(patches: Patches) -> None:
    with engine(rate=22_050) as vital:
        note = vital.render(patches[:1])[0]
    assert peak(note) > 1e-3


def small(**knob: object) -> Instrument:
    parameter = Parameter.model_validate({"name": "osc_1_level", "group": "one", **knob})
    return Instrument(name="small", parameters=(parameter,))


@pytest.mark.parametrize(
    ("knob", "message"),
    [
        ({"name": "crunch"}, "Vital has no control crunch"),
        ({"native": "lfo_1 > crunch"}, "Vital has no modulation 'lfo_1 > crunch'"),
        ({"native": "lfo_9 > osc_1_level"}, "Vital has no modulation"),
        ({}, "osc_1_level goes from 0 to 127, but in Vital from 0 to 1; correct its range"),
        ({"range": (-1, 1)}, "from -1 to 1, but in Vital from 0 to 1"),
    ],
)
def test_a_knob_that_vital_does_not_have_is_a_sentence(
    knob: dict[str, object], message: str
) -> None:
    setting = VitalConfig(kind="vital")
    with (
        pytest.raises(SynthinvError, match=message),
        Vital(setting, small(**knob), NoteConfig(), AudioConfig()),
    ):
        pass


def test_what_cannot_be_played_is_a_sentence(opened: Vital, patches: Patches) -> None:
    with pytest.raises(SynthinvError, match="osc_2_on is 2, not a step 0 to 1"):
        opened.render(with_steps(patches[0], osc_2_on=2)[np.newaxis])
    with pytest.raises(SynthinvError, match=r"patches must be \[n, 106\], not \[1, 3\]"):
        opened.render(patches[:1, :3])
    with pytest.raises(SynthinvError, match="its key is 128"):
        opened.play(patches[:1], np.array([128]), np.array([100]), SAMPLES, HELD)
    with pytest.raises(SynthinvError, match="its velocity is 0"):
        opened.play(patches[:1], np.array([60]), np.array([0]), SAMPLES, HELD)


def test_a_note_that_is_no_sound_is_silence(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    opened: Vital,
    patches: Patches,
) -> None:
    notes = np.full((2, opened.render(patches[:1]).shape[1]), 0.5, np.float32)
    notes[1, 7] = np.nan
    monkeypatch.setattr(
        "synthinv.engines.processes.Players.play", lambda self, request, count, samples: iter(notes)
    )
    sounds = opened.render(patches[:2])
    np.testing.assert_array_equal(sounds[0], notes[0])
    assert not sounds[1].any()
    assert "note 1 is not finite as Vital renders it" in caplog.text


def test_a_process_that_ends_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, patches: Patches
) -> None:
    monkeypatch.setattr("synthinv.engines.vital.player.__name__", "no.such.player")
    with pytest.raises(SynthinvError, match="Vital's process ended"), engine() as vital:
        vital.render(patches[:1])


def test_the_configuration_opens_it() -> None:
    playing = PlayingConfig.model_validate({"engine": {"kind": "vital"}})
    vital = open_engine(playing, INSTRUMENT, 2, np.random.SeedSequence(0))
    assert isinstance(vital, Vital)
    assert vital.latency == 0


def test_without_the_extra_a_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vita", None)
    with pytest.raises(SynthinvError, match=r"synthinv\[vital\]"), engine():
        pass


def test_constants_are_played() -> None:
    parameter = INSTRUMENT.parameters[INSTRUMENT.names.index("osc_1_level")]
    louder, softer = (
        Instrument(
            name="small",
            parameters=(parameter,),
            constants=(
                *INSTRUMENT.constants[:-1],
                Constant(name="volume", highest=1, value=1, range=(0, volume)),
            ),
        )
        for volume in (4900.0, 3600.0)
    )
    peaks = []
    for instrument in (louder, softer):
        audio = AudioConfig(sample_rate=RATE, samples=4_000)
        with Vital(VitalConfig(kind="vital"), instrument, NoteConfig(), audio) as vital:
            peaks.append(peak(vital.render(np.array([[100]]))[0]))
    assert peaks[0] == pytest.approx(peaks[1] * 10 ** (10 / 20), rel=0.01)
