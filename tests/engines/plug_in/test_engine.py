"""Debian's amsynth as a VST plug-in, hosted for real."""

import itertools
import os
import struct
import subprocess
import sys
import types
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from synthinv.audio.types import Audio
from synthinv.cli.commands.plug_in import draft, positions_of
from synthinv.cli.main import main
from synthinv.common.errors import NoteError, SynthinvError
from synthinv.config.playing import playing_config
from synthinv.config.sections.engine import PlugInConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.opening import open_engine
from synthinv.engines.plug_in.engine import PlugIn, find_knobs
from synthinv.engines.plug_in.host import Host, Note, PlugInKnob, Take
from synthinv.instruments.controllers import FREE
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.amsynth import HEADER, PRESET, preset_text
from synthinv.instruments.native.preset import Preset, to_patch, to_preset
from synthinv.instruments.parameters import Constant, Parameter

AMSYNTH = "/usr/lib/vst/amsynth_vst.so"
AUDIO = AudioConfig(samples=8_000)
NOISE = (80, 112)  # white noise, sample and hold
ELSEWHERE = """
import sys
import numpy as np
from tests.engines.plug_in.test_engine import engine
from synthinv.instruments.load import load_instrument
amsynth = load_instrument("amsynth-16")
with engine(amsynth) as plug_in:
    np.save(sys.argv[2], plug_in.render(np.load(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def whole_amsynth() -> Instrument:
    return load_instrument("amsynth")


def engine(instrument: Instrument, note: NoteConfig | None = None, **fields: Any) -> PlugIn:
    settings = {"kind": "plug-in", "path": AMSYNTH, "private_settings": True} | fields
    return PlugIn(PlugInConfig(**settings), instrument, note or NoteConfig(), AUDIO)


def draws(instrument: Instrument, count: int) -> Patches:
    return np.stack([instrument.sample(np.random.default_rng(i)) for i in range(count)])


def noisy(instrument: Instrument, patches: Patches) -> npt.NDArray[np.bool_]:
    columns = [instrument.names.index(f"osc{i}_waveform") for i in (1, 2)]
    return np.asarray(np.isin(patches[:, columns], NOISE).any(axis=1))


def test_a_note_depends_on_its_patch_alone(amsynth: Instrument, tmp_path: Path) -> None:
    patches = draws(amsynth, 12)
    assert 2 < noisy(amsynth, patches).sum() < 10
    with engine(amsynth) as plug_in:
        sounds = plug_in.render(patches)
        assert np.array_equal(plug_in.render(patches[::-1])[::-1], sounds)
        for i in (0, 7):
            assert np.array_equal(plug_in.render(patches[i : i + 1])[0], sounds[i])
    np.save(tmp_path / "patches.npy", patches)
    files = [str(tmp_path / name) for name in ("patches.npy", "sounds.npy")]
    subprocess.run([sys.executable, "-c", ELSEWHERE, *files], check=True)
    assert np.array_equal(np.load(files[1]), sounds)


@pytest.mark.parametrize(
    ("patches", "message"),
    [
        (np.zeros((1, 3), np.int64), "amsynth-16: patches must be \\[n, 16\\], not \\[1, 3\\]"),
        (np.full((2, 16), 128), "amsynth-16: note 0: [a-z0-9_]+ is 128, not a step 0 to 127"),
        (np.full((2, 16), -1), "amsynth-16: note 0: [a-z0-9_]+ is -1, not a step 0 to 127"),
    ],
)
def test_patches_of_no_instrument_are_refused(
    amsynth: Instrument, patches: npt.NDArray[np.integer], message: str
) -> None:
    ones = np.full(len(patches), 60)
    with pytest.raises(SynthinvError, match=message):
        engine(amsynth).render(patches)
    with pytest.raises(SynthinvError, match=message):
        engine(amsynth).play(patches, ones, ones, samples=100, held=100)


def test_keys_and_velocities_that_midi_lacks_are_refused(amsynth: Instrument) -> None:
    patches, sixty = draws(amsynth, 1), np.array([60])
    with pytest.raises(SynthinvError, match="note 0: its key is 128, not 0 to 127"):
        engine(amsynth).play(patches, np.array([128]), sixty, samples=100, held=100)
    with pytest.raises(SynthinvError, match="note 0: its velocity is 0, not 1 to 127"):
        engine(amsynth).play(patches, sixty, np.array([0]), samples=100, held=100)


def test_one_instance_for_all_notes_differs_in_noise_only(amsynth: Instrument) -> None:
    patches = draws(amsynth, 40)
    with engine(amsynth, new_instance=False) as plug_in:
        sounds = plug_in.render(patches)
        again = plug_in.render(patches[::-1])[::-1]
    plain = ~noisy(amsynth, patches)
    assert np.abs(again - sounds)[plain].max() < 1e-6
    assert np.abs(again - sounds)[~plain].max() > 0.01


def test_a_copied_instance_plays_the_very_notes_of_a_new_one(amsynth: Instrument) -> None:
    patches = draws(amsynth, 12)
    with engine(amsynth) as plug_in:
        sounds = plug_in.render(patches)
    with engine(amsynth, new_instance="copy") as plug_in:
        assert np.array_equal(plug_in.render(patches), sounds)
        assert np.array_equal(plug_in.render(patches[::-1])[::-1], sounds)


def test_any_key_velocity_and_length_sounds_the_same_however_many_copies_play(
    whole_amsynth: Instrument,
) -> None:
    patches = draws(whole_amsynth, 12)
    keys, velocities = np.arange(36, 84, 4), np.arange(20, 128, 9)
    fields = {"new_instance": "copy", "primer": 0}

    def played(threads: int, order: npt.NDArray[np.intp]) -> Audio:
        settings = {"kind": "plug-in", "path": AMSYNTH, "private_settings": True, **fields}
        config = PlugInConfig(**settings)
        with PlugIn(config, whole_amsynth, NoteConfig(), AUDIO, threads) as plug_in:
            return plug_in.play(patches[order], keys[order], velocities[order], 6_000, 3_072)

    sounds = played(1, np.arange(12))
    assert sounds.shape == (12, 6_000)
    assert np.array_equal(played(3, np.arange(12)), sounds)
    assert np.array_equal(played(2, np.arange(12)[::-1])[::-1], sounds)
    with engine(whole_amsynth, NoteConfig(number=44, velocity=38, seconds=None), **fields) as one:
        # At the same note, for as long as it is held.
        assert np.array_equal(one.render(patches[2:3])[0, :3_072], sounds[2, :3_072])
        short = one.play(patches[2:3], keys[2:3], velocities[2:3], 6_000, 8_000)[0]
    assert not np.array_equal(short, sounds[2])


def test_what_a_switch_turns_off_changes_no_sound(whole_amsynth: Instrument) -> None:
    patches = draws(whole_amsynth, 40)
    canonical = whole_amsynth.canonical(patches)
    changed = (canonical != patches).any(axis=0)
    switched = [name for name, off in zip(whole_amsynth.names, changed, strict=True) if off]
    assert switched == [p.name for p in whole_amsynth.parameters if p.active_if]
    with engine(whole_amsynth, new_instance="copy", primer=0) as plug_in:
        assert np.array_equal(plug_in.render(canonical), plug_in.render(patches))


def test_the_plug_in_shows_the_values_of_the_instruments_ranges(
    whole_amsynth: Instrument, tmp_path: Path
) -> None:
    host = Host(AMSYNTH, None, 44_100, 512)
    numbers = {knob.name: knob.number for knob in host.knobs()}
    for patch in (0 * whole_amsynth.highest, whole_amsynth.highest // 2, whole_amsynth.highest):
        preset = to_preset(whole_amsynth, patch, "x")
        for parameter, step in zip(whole_amsynth.parameters, patch, strict=True):
            host.turn(numbers[parameter.name], int(step) / parameter.highest)
        host.save_state(tmp_path / "state.fxb")
        state = (tmp_path / "state.fxb").read_bytes()
        lines = state[state.index(b"<parameter>") :].decode("latin-1").split("\n")
        saved = {line.split()[1]: float(line.split()[2]) for line in lines if "<param" in line}
        assert saved == pytest.approx(preset.values, rel=1e-5)


def state_of(preset: Preset) -> bytes:
    """Return a preset as a state that amsynth's plug-in loads: a VST2 bank with a chunk."""
    chunk = f"{HEADER}1.0preset\n{PRESET}{preset_text(preset)}".encode()
    header = (b"CcnK", 0, b"FBCh", 1, b"amsy", 0, 0, bytes(128), len(chunk))
    return struct.pack(">4si4si4sii128si", *header) + chunk


def test_a_preset_of_a_patch_is_the_patch_to_the_last_bit(
    whole_amsynth: Instrument, tmp_path: Path
) -> None:
    patch = draws(whole_amsynth, 1)[0]
    with engine(whole_amsynth, primer=0, settle=0.1) as plug_in:
        sound = plug_in.render(patch[np.newaxis])[0]
    state = state_of(to_preset(whole_amsynth, patch, "x"))
    (tmp_path / "x.fxb").write_bytes(state)
    host = Host(AMSYNTH, str(tmp_path / "x.fxb"), 44_100, 512)
    start = -(-4_410 // 512) * 512
    loaded = host.render(Note(60, 100), [(start, start + 8_000)], start + 8_000)
    assert np.array_equal(loaded[0, start:], sound)


def test_presets_are_played_with_their_own_values(whole_amsynth: Instrument) -> None:
    patches = draws(whole_amsynth, 3)
    presets = [to_preset(whole_amsynth, patch, "x") for patch in patches]
    low, high = (
        Preset("x", {**presets[0].values, "filter_cutoff": cutoff, "osc1_waveform": 2})
        for cutoff in (0.5, 0.503)
    )
    nearest = [to_patch(whole_amsynth, preset).patch for preset in (low, high)]
    assert np.array_equal(nearest[0], nearest[1])
    with engine(whole_amsynth, new_instance="copy", primer=0) as plug_in:
        on_steps = plug_in.render_presets(presets)
        assert np.abs(on_steps - plug_in.render(patches)).max() < 1e-4
        between = plug_in.render_presets([low, high])
    assert not np.array_equal(between[0], between[1])


def test_a_note_that_is_no_sound_is_silence_if_it_cannot_spoil_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, amsynth: Instrument
) -> None:
    patches, played = draws(amsynth, 2), PlugIn._play
    gains = itertools.cycle([1, np.inf])

    def unstable(self: PlugIn, take: Take, resting: Sequence[float]) -> Audio:
        return played(self, take, resting) * np.float32(next(gains))

    with engine(amsynth) as plug_in:
        whole = plug_in.render(patches)
        monkeypatch.setattr(PlugIn, "_play", unstable)
        sounds = plug_in.render(patches)
    np.testing.assert_array_equal(sounds[0], whole[0])
    assert whole[1].any()
    assert not sounds[1].any()
    assert f"note 1 is not finite as {AMSYNTH} renders it" in caplog.text
    with (
        pytest.raises(NoteError, match="note 1 is not finite"),
        engine(amsynth, new_instance=False) as kept,
    ):
        kept.render(patches)


def test_a_system_without_copies_is_one_sentence(
    amsynth: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "fork")
    with (
        pytest.raises(SynthinvError, match="this system cannot copy processes; write true"),
        engine(amsynth, new_instance="copy"),
    ):
        pass


def test_notes_start_at_their_note_on_and_end_at_their_note_off(amsynth: Instrument) -> None:
    loud = draws(amsynth, 1)
    for name, value in {"amp_attack": 0, "amp_sustain": 127, "filter_cutoff": 100}.items():
        loud[0, amsynth.names.index(name)] = value
    for fields in ({}, {"primer": 0}, {"new_instance": False, "block": 64}):
        with engine(amsynth, NoteConfig(seconds=0.1), **fields) as plug_in:
            sound = plug_in.render(loud)[0]
        assert np.flatnonzero(np.abs(sound) > 1e-3)[0] < 100
        assert np.abs(sound[4_000:4_410]).max() > 1e-3
        assert np.abs(sound[4_410 + 512 :]).max() < 1e-3


def test_the_latency_is_what_the_plug_in_reports(
    amsynth: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    patches = draws(amsynth, 1)
    with engine(amsynth) as plug_in:
        assert plug_in.latency == 0
        sound = plug_in.render(patches)[0]
    monkeypatch.setattr(Host, "latency", 37)
    with engine(amsynth) as plug_in:
        assert plug_in.latency == 37
        assert np.array_equal(plug_in.render(patches)[0, :-37], sound[37:])


def test_every_position_has_its_own_sound(amsynth: Instrument) -> None:
    base = draws(amsynth, 1)[0]
    with engine(amsynth, new_instance=False) as plug_in:
        for name in ("osc1_waveform", "osc2_range"):
            column = amsynth.names.index(name)
            positions = amsynth.parameters[column].positions
            assert positions is not None
            patches = np.tile(base, (len(positions), 1))
            patches[:, column] = positions
            patches[:, amsynth.names.index("osc_mix")] = 0 if "1" in name else 127
            spectra = [np.abs(np.fft.rfft(s)) for s in plug_in.render(patches)]
            spectra = [s / s.sum() for s in spectra]
            for i, one in enumerate(spectra):
                for other in spectra[:i]:
                    assert np.abs(one - other).sum() > 0.05


def test_the_configuration_chooses_it(amsynth: Instrument) -> None:
    mapping = {"engine": {"kind": "plug-in", "path": AMSYNTH}}
    with open_engine(playing_config(mapping), amsynth, 1, np.random.SeedSequence(0)) as chosen:
        assert isinstance(chosen, PlugIn)


def test_a_saved_state_is_loaded(amsynth: Instrument, tmp_path: Path) -> None:
    knob = Parameter(name="cutoff", group="filter", cc=1, native="filter_cutoff")
    patch = np.array([[127]])
    bare = Instrument(name="bare", parameters=(knob,))
    with engine(bare) as plug_in:
        plain = plug_in.render(patch)
        assert plug_in._host is not None
        volume = next(k for k in plug_in._host.knobs() if k.name == "master_vol")
        plug_in._host.turn(volume.number, 0)
        plug_in._host.save_state(tmp_path / "quiet.fxb")
    assert np.abs(plain).max() > 0.01
    with engine(bare, state=str(tmp_path / "quiet.fxb")) as plug_in:
        assert np.abs(plug_in.render(patch)).max() < 1e-6


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"path": "none.so"}, r"engine\.path: there is no 'none\.so'; correct the path in the con"),
        (
            {"path": "x/amsynth_vst.so"},
            "; install Debian's package amsynth, or correct the path in",
        ),
        ({"path": "README.md"}, r"engine\.path: 'README\.md' cannot be loaded as a plug-in"),
        ({"state": "none"}, r"engine\.state: there is no 'none'"),
        ({"channel": 3}, r"engine\.channel is 3, but .* has 2 output channels"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    amsynth: Instrument, fields: dict[str, Any], message: str
) -> None:
    # Read by this process, or by those that are copied.
    for new_instance in (True, "copy"):
        plug_in = PlugIn(
            PlugInConfig(
                **{"kind": "plug-in", "path": AMSYNTH, "new_instance": new_instance} | fields
            ),
            amsynth,
            NoteConfig(),
            AUDIO,
            proven=True,
        )
        with pytest.raises(SynthinvError, match=message), plug_in:
            pass


def test_a_missing_library_is_one_sentence(
    amsynth: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dawdreamer", None)
    with pytest.raises(SynthinvError, match=r"pip install 'synthinv\[plug-in\]'"), engine(amsynth):
        pass


def test_a_library_that_is_not_installed_is_one_sentence(
    amsynth: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_installed(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("synthinv.engines.plug_in.engine.version", not_installed)
    with (
        pytest.raises(SynthinvError, match=r"pip install 'synthinv\[plug-in\]'"),
        engine(amsynth, new_instance=False),
    ):
        pass


FOUND = [
    PlugInKnob(0, "Filter Cutoff", 0.5, "1 kHz"),
    PlugInKnob(1, "Level", 1.0, "0 dB"),
    PlugInKnob(2, "Level", 0.0, "-inf \n dB"),
]


def knob(name: str, native: str | int | None = None) -> Constant:
    return Constant(name=name, cc=1, value=0, native=native)


def test_knobs_are_found_by_name_or_index() -> None:
    wanted = [knob("cutoff", "Filter Cutoff"), knob("level", 2)]
    assert find_knobs("toy", wanted, FOUND) == [0, 2]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            knob("filter_cutoff"),
            r"toy: filter_cutoff: .*no parameter 'filter_cutoff'.*near: Filter",
        ),
        (knob("level", "Level"), r"toy: level: .*several parameters named 'Level'.*\(1, 2\)"),
        (knob("level", 3), r"toy: level: .*no parameter '3'"),
        (knob("zzz"), r"no parameter 'zzz'.*`synthinv plug-in` lists them"),
    ],
)
def test_a_knob_that_is_not_found_is_one_sentence(wanted: Constant, message: str) -> None:
    with pytest.raises(SynthinvError, match=message):
        find_knobs("toy", [wanted], FOUND)


def test_two_knobs_that_are_one_parameter_are_refused() -> None:
    wanted = [knob("cutoff", "Filter Cutoff"), knob("brightness", 0)]
    with pytest.raises(SynthinvError, match="toy: cutoff and brightness are the same parameter of"):
        find_knobs("toy", wanted, FOUND)


MANY = [*FOUND, *(PlugInKnob(i, f'Macro {i}: "x"', 0.25, "") for i in range(3, 130))]


def activated(text: str, name: str) -> str:
    """Do what the draft's first line says with one knob."""
    lines = []
    for line in text.splitlines():
        if line.startswith(f"  # - {{name: {name}, group"):
            lines.append(line.replace("# ", "", 1))
        elif not line.startswith(f"  - {{name: {name}, "):
            lines.append(line)
    return "\n".join(lines)


def test_the_draft_is_an_instrument_file(tmp_path: Path) -> None:
    file = tmp_path / "toy.yaml"
    file.write_text(activated(draft("toy", MANY, {}), "filter_cutoff"))
    instrument = load_instrument(file)
    assert instrument.names == ("filter_cutoff",)
    assert find_knobs("toy", instrument.parameters, MANY) == [0]
    assert find_knobs("toy", instrument.constants, MANY) == list(range(1, len(FREE)))
    assert [c.value for c in instrument.constants[:2]] == [127, 0]


def test_the_draft_names_every_parameter_by_a_text_of_its_own(tmp_path: Path) -> None:
    names = ["Cutoff", "On", "Null", "A 5", "B", "A", "A"]
    found = [PlugInKnob(i, name, 0.5, "a\0b\x1b") for i, name in enumerate(names)]
    file = tmp_path / "toy.yaml"
    file.write_text(activated(draft("toy", found, {}), "cutoff"))
    constants = load_instrument(file).constants
    assert [c.name for c in constants[:4]] == ["knob_on", "knob_null", "a_5", "b"]
    assert find_knobs("toy", constants, found) == [1, 2, 3, 4, 5, 6]


def test_a_draft_as_it_is_says_what_to_move(tmp_path: Path) -> None:
    file, text = tmp_path / "toy.yaml", draft("toy", FOUND, {})
    assert text.startswith("# Under parameters, take the # off the lines of the knobs to be found")
    file.write_text(text)
    with pytest.raises(SynthinvError, match=r"toy\.yaml: parameters: is empty; .*take the # off"):
        load_instrument(file)
    file.write_text(text.replace("# - {name: filter", "- {name: filter"))
    with pytest.raises(SynthinvError, match="filter_cutoff is among the parameters and the const"):
        load_instrument(file)


def test_a_draft_of_a_real_plug_in_knows_the_positions_that_its_instrument_file_has(
    amsynth: Instrument, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plug-in", AMSYNTH]) == 0
    text = capsys.readouterr().out
    for name in amsynth.names:
        text = activated(text, name)
    (tmp_path / "mine.yaml").write_text(text)
    mine = {p.name: p.positions for p in load_instrument(tmp_path / "mine.yaml").parameters}
    assert mine == {p.name: p.positions for p in amsynth.parameters}
    assert "# 0.125 | 0.25 | 0.5 | 1 | 2 | 4 | 8 | 16\n" in text


@pytest.mark.parametrize(
    ("texts", "positions"),
    [
        (["saw"] * 43 + ["square"] * 43 + ["noise"] * 42, [0, 43, 86]),
        (["off"] * 64 + ["on"] * 64, [0, 64]),
        (["0"] * 64 + ["1"] * 64, [0, 64]),
        ([""] * 128, []),
        ([f"{v / 127:.1f}" for v in range(128)], []),
        ([f"{v}" for v in range(128)], []),
        (["a", "b"] * 64, []),
        ([], []),
    ],
)
def test_positions_are_taken_from_few_texts(texts: list[str], positions: list[int]) -> None:
    assert positions_of(texts) == positions


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.so"], "path: there is no 'none.so'; correct the path\n"),
        ([AMSYNTH, "--state", "none"], "--state: there is no 'none'; correct the path\n"),
        (["README.md"], "path: 'README.md' cannot be loaded as a plug-in ("),
    ],
)
def test_the_command_names_its_own_arguments(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plug-in", *arguments]) == 1
    assert capsys.readouterr().err.startswith(f"synthinv: {message}")


def test_a_state_is_saved_or_the_command_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plug-in", AMSYNTH, "--save", str(tmp_path / "new" / "own.fxb")]) == 0
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["own.fxb"]
    capsys.readouterr()
    # Tests may run as root, who may write to any folder; but there is none below a file.
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: None)
    assert main(["plug-in", AMSYNTH, "--save", str(tmp_path / "none" / "own.fxb")]) == 1
    assert "own.fxb: cannot be written (No such file or directory)" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="others have a display of their own")
def test_what_opens_a_window_without_a_display_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    (tmp_path / "own.state").touch()
    for arguments in (["--edit"], ["--state", str(tmp_path / "own.state")]):
        assert main(["plug-in", AMSYNTH, *arguments]) == 1
        assert "needs a display, and DISPLAY names none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/usr/lib/lv2/synth.lv2", "an LV2"),
        ("/usr/lib/lv2/synth.lv2/synth.so", "an LV2"),
        ("http://plugins.example/synth", "an LV2"),
        ("/usr/lib/clap/synth.clap", "a CLAP"),
        ("/usr/lib/dssi/synth.so", "a DSSI"),
    ],
)
def test_a_plug_in_of_another_format_is_refused_by_its_name(
    path: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plug-in", path]) == 1
    error = capsys.readouterr().err
    assert f"'{path}' is {kind} plug-in, which cannot be hosted; name this synth's VST" in error


class FakePlugIn:
    """A plug-in with one parameter, loaded by a `FakeRenderEngine`."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs

    def get_num_input_channels(self) -> int:
        return self.inputs

    def get_num_output_channels(self) -> int:
        return 2

    def get_parameters_description(self) -> list[dict[str, Any]]:
        return [{"index": 0, "name": "Mix"}]

    def get_parameter(self, index: int) -> float:
        return 0.5

    def set_parameter(self, index: int, value: float) -> None:
        pass

    def get_parameter_text(self, index: int) -> str:
        return "half"

    def clear_midi(self) -> None:
        pass

    def add_midi_note(self, *note: float) -> None:
        pass


@pytest.mark.parametrize(("inputs", "level", "status"), [(2, 0.0, 1), (2, 0.1, 0), (0, 0.0, 0)])
def test_an_effect_is_refused_and_an_instrument_with_an_input_is_not(
    inputs: int,
    level: float,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class FakeRenderEngine:
        def __init__(self, sample_rate: int, block: int) -> None:
            pass

        def make_plugin_processor(self, name: str, path: str) -> FakePlugIn:
            return FakePlugIn(inputs)

        def load_graph(self, graph: Any) -> None:
            pass

        def render(self, seconds: float) -> None:
            pass

        def get_audio(self) -> npt.NDArray[np.float32]:
            return np.full((2, 44_100), level, dtype=np.float32)

    library = types.SimpleNamespace(RenderEngine=FakeRenderEngine)
    monkeypatch.setitem(sys.modules, "dawdreamer", library)
    file = tmp_path / "mix.so"
    file.touch()
    assert main(["plug-in", str(file)]) == status
    output = capsys.readouterr()
    assert ("parameters:" in output.out) == (status == 0)
    assert ("mix.so' is an effect, as it takes audio in" in output.err) == (status == 1)
