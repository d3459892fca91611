"""Files that a synth loads: what its own loader makes of them sounds as `match.wav` does."""

import json
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import dexed
import numpy as np
import numpy.typing as npt
import pytest

import synthinv
from synthinv.audio.write import write_sound
from synthinv.cli.commands.match import _print_summary
from synthinv.cli.main import main
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.engine import VitalConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig
from synthinv.config.synth import as_synth
from synthinv.engines.dx7.player import LEVEL
from synthinv.engines.opening import open_engine
from synthinv.engines.plug_in.host import Host
from synthinv.engines.vital.player import Player, Request
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.formats import read_bank
from synthinv.instruments.native.preset import to_patch
from synthinv.matching.files import write_matches
from synthinv.matching.presets import known_presets
from tests.matching.near import Near, solver_with
from tests.threads import in_a_thread

Samples = npt.NDArray[np.float32]

RATE = 44_100
RENDERS = {"amsynth": 24, "dx7": 160, "vital": 24}
"""Synths and how many patches are played for a sound."""
SINGLE_HEAD = 6
"""Bytes before a single voice of the DX7."""


class Saved(NamedTuple):
    """Matches of a sound with a synth, and the folder that they were written to."""

    matches: list[synthinv.Match]
    folder: Path


@pytest.fixture(scope="module", params=RENDERS)
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """Match a note of a synth by its name, from a prediction near to its patch."""
    name = request.param
    config = as_synth(name)
    instrument = load_instrument(config.instrument)
    rng = np.random.default_rng(seed_sequence(1, "native-files"))
    patch, other = instrument.sample(rng), instrument.sample(rng)
    note = synthinv.render(patch, synth=name, key=57, seconds=0.4, held=0.3)[0]
    solver = solver_with(Near(instrument, other), instrument, config.playing)
    matches = synthinv.match(
        note, RATE, synth=name, solver=solver, candidates=3, key=57, renders=RENDERS[name]
    )
    folder = tmp_path_factory.mktemp(name)
    write_matches(folder, matches)
    return Saved(matches, folder)


def test_every_patch_is_a_preset_with_its_values(saved: Saved) -> None:
    assert len(saved.matches) > 1
    for number, match in enumerate(saved.matches, 1):
        assert match.instrument.format is not None
        (file,) = saved.folder.glob(f"patch{'' if number == 1 else f'-{number}'}.[!jm]*")
        (preset,) = read_bank(file, match.instrument.format)
        found = to_patch(match.instrument, preset)
        np.testing.assert_array_equal(found.patch, match.patch)
        assert not found.unrepresented
        # The sound's name, and after the first one a number in front, as far as the synth shows it.
        assert match.title(number).startswith(preset.name)


def test_the_synth_plays_its_file_as_the_match_was_played(
    saved: Saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What sets a synth's parameters when a patch is played: here the file alone does.
    monkeypatch.setattr(Host, "turn", lambda *arguments: None)
    monkeypatch.setattr(Player, "_turn", lambda *arguments: None)
    for number, match in enumerate(saved.matches, 1):
        mark = "" if number == 1 else f"-{number}"
        (file,) = saved.folder.glob(f"patch{mark}.[!jm]*")
        played = LOADERS[str(match.instrument.format)](file, match)
        assert np.abs(played).max() > 1e-3
        write_sound(tmp_path / "played.wav", played, RATE)
        wav = (saved.folder / f"match{mark}.wav").read_bytes()
        assert (tmp_path / "played.wav").read_bytes() == wav


def by_dexed(file: Path, match: synthinv.Match) -> Samples:
    return played_by_dexed(dexed.Patch.from_sysex(file.read_bytes()[SINGLE_HEAD:]), match)


def played_by_dexed(voice: dexed.Patch, match: synthinv.Match) -> Samples:
    synth = dexed.DexedSynth(RATE)
    synth.load_patch(voice)
    sound = synth.render(match.key, match.velocity, match.held, len(match.played) / RATE)
    return np.asarray(sound * LEVEL, dtype=np.float32)


def by_vita(file: Path, match: synthinv.Match) -> Samples:
    player = Player(RATE, VitalConfig(kind="vital").settle, file.read_text())
    held = round(match.held * RATE)
    request = Request({}, match.key, match.velocity, len(match.played), held)
    return in_a_thread(player.play, request)


def by_amsynth(file: Path, match: synthinv.Match) -> Samples:
    """Load a bank's only preset as amsynth's own state, and play that."""
    _, *lines, _ = file.read_text().splitlines()
    chunk = "\n".join(["amSynth1.0preset", *lines, ""]).encode()
    state = file.with_name(f"state-of-{file.stem}.fxb")
    head = (b"CcnK", 0, b"FBCh", 1, b"amsy", 0, 0, bytes(128), len(chunk))
    state.write_bytes(struct.pack(">4si4si4sii128si", *head) + chunk)
    config = as_synth("amsynth")
    # A new instance needs no proof that it sounds like one.
    fields = {"state": str(state), "new_instance": True}
    engine = config.engine.model_copy(update=fields)
    note = NoteConfig(number=match.key, velocity=match.velocity, seconds=match.held)
    audio = AudioConfig(samples=len(match.played))
    playing = PlayingConfig(engine=engine, note=note, audio=audio)
    seed = seed_sequence(1, "native-files")
    with open_engine(playing, match.instrument, 1, seed) as plug_in:
        return np.asarray(plug_in.render(match.patch[np.newaxis])[0])


LOADERS = {"amsynth": by_amsynth, "dx7": by_dexed, "vital": by_vita}


@pytest.mark.parametrize("saved", ["dx7"], indirect=True)
def test_a_bank_of_the_dx7_holds_all_patches(saved: Saved) -> None:
    voices = dexed.Patch.load_bank(saved.folder / "patches.syx")
    for voice, match in zip(voices, saved.matches, strict=False):
        np.testing.assert_array_equal(played_by_dexed(voice, match), match.played)


def test_there_is_a_midi_file_only_of_controllers(saved: Saved) -> None:
    instrument = saved.matches[0].instrument
    assert (saved.folder / "patch.mid").exists() == instrument.has_controllers


def test_the_page_offers_the_files_and_shows_the_synths_own_values(saved: Saved) -> None:
    page = (saved.folder / "match.html").read_text("utf-8")
    for file in saved.folder.glob("patch*.[!j]*"):
        if file.stem != "patches":
            assert page.count(f'download="{file.name}"') == 1
    settings = [knob.setting for knob in saved.matches[0].knobs if knob.active]
    assert all(f"<b>{own}</b>" in page or f">{own}</span>" in page for own in settings)
    assert "switched off" in page
    text = str(saved.matches[0])
    for knob in saved.matches[0].knobs:
        assert (f"{knob}" in text) == knob.active


def test_of_a_synth_with_files_of_its_own_these_are_what_to_load(
    saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    """Since a stock amsynth does not know the controllers of `patch.mid`."""
    _print_summary("out", saved.matches)
    own = {
        "amsynth": "patch.bank and patches.bank",
        "dx7": "patch.syx and patches.syx",
        "vital": "patch.vital",
    }[str(saved.matches[0].instrument.format)]
    assert f"listen, {own} for the synth, patch.json, match.wav\n" in capsys.readouterr().out
    page = (saved.folder / "match.html").read_text("utf-8")
    learned = page.count(
        "where\nthe synth has learned the CCs listed under “All numbers”, then plays"
    )
    assert learned == saved.matches[0].instrument.has_controllers


def test_sentences_of_the_page_are_apart(saved: Saved) -> None:
    page = (saved.folder / "match.html").read_text("utf-8")
    assert "which holds all of them." in page
    assert "them.<" not in page


def test_the_command_writes_a_voice_and_a_bank_for_the_dx7_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = np.arange(RATE // 2) / RATE
    sound = np.sin(2 * np.pi * 220 * times + 2 * np.sin(2 * np.pi * 440 * times)) * np.exp(
        -5 * times
    )
    write_sound(tmp_path / "bell.wav", sound.astype(np.float32), RATE)
    out = tmp_path / "out"
    arguments = ["match", str(tmp_path / "bell.wav"), "--synth", "dx7", "--renders", "100"]
    assert main([*arguments, "--out", str(out)]) == 0
    assert "patch.syx and patches.syx for the synth, patch.json" in capsys.readouterr().out
    content = json.loads((out / "patch.json").read_text("utf-8"))
    voices = dexed.Patch.load_bank(out / "patches.syx")
    assert [voice.name.strip() for voice in voices[:2]] == ["bell", "2 bell"]
    held = {knob["name"]: knob["value"] for knob in content["knobs"]}
    assert voices[0].op[5].output_level == held["op6_output_level"]
    assert content["mss"] < 20


def test_a_solver_that_comes_along_is_matched_as_its_synth_is_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = []

    def presets(instrument: Instrument, paths: Sequence[str]) -> Patches:
        taken.append((instrument, paths))
        return known_presets(instrument, paths)

    monkeypatch.setattr("synthinv.matching.api.known_presets", presets)
    note = np.sin(2 * np.pi * 220 * np.arange(RATE // 4) / RATE)
    by_name, *by_solver = (
        synthinv.match(note, RATE, key=57, renders=20, **named)[0]
        for named in ({"synth": "dx7"}, {"solver": "dx7"}, {"solver": synthinv.load_solver("dx7")})
    )
    assert taken == [(load_instrument("dx7"), as_synth("dx7").match.presets)] * 3
    for match in by_solver:
        np.testing.assert_array_equal(match.patch, by_name.patch)


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("dx7", "dexed", "dx7"), ("vital", "vita", "vital"), ("amsynth", "dawdreamer", "plug-in")],
)
def test_a_synth_that_is_not_installed_names_its_extra(
    name: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    # For the processes that play.
    (tmp_path / f"{module}.py").write_text(f"raise ImportError('gone', name='{module}')")
    monkeypatch.syspath_prepend(tmp_path)
    knobs = len(load_instrument(name).names)
    with pytest.raises(synthinv.SynthinvError, match=rf"pip install 'synthinv\[{extra}\]'"):
        synthinv.render([0] * knobs, synth=name)
