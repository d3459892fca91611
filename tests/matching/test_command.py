"""`synthinv match` from end to end, with the solver that comes with synthinv."""

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import yaml

from synthinv.audio.pitch import estimate_pitch
from synthinv.cli.commands import match as command
from synthinv.cli.main import main
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.registry import instrument_file
from tests.browser import Browser

Samples = npt.NDArray[np.float64]

FILES = ["match.html", "match.wav", "patch.json", "patch.mid"]
MARKUP = "<img src=x onerror=alert(1)> & {{ 1 }} \"'.wav"
INSTRUMENT = "minimoog-1osc"


@pytest.fixture(scope="module")
def minimoog() -> Instrument:
    return load_instrument(INSTRUMENT)


@pytest.fixture(scope="module")
def note(minimoog: Instrument) -> Samples:
    """Render a patch of the built-in synth at F#3, 44.1 kHz."""
    patch = np.array([77, 64, 51, 60, 60, 70, 20, 80, 40, 10, 90, 100], np.uint8)
    with BuiltIn(
        minimoog, NoteConfig(number=54, seconds=0.8), AudioConfig(samples=40_000), 1
    ) as engine:
        sound: Samples = engine.render(patch[np.newaxis])[0].astype(np.float64)
        return sound


def take(folder: Path, *options: str, name: str = "sound.wav") -> dict[str, Any]:
    """Match `name` in a folder with one patch and few renders; return patch.json."""
    out = folder / "out"
    few = ["--candidates", "1", "--renders", "30", "--synth", INSTRUMENT]
    assert main(["match", str(folder / name), "--out", str(out), *few, *options]) == 0
    assert sorted(file.name for file in out.iterdir()) == FILES
    content: dict[str, Any] = json.loads((out / "patch.json").read_text())
    return content


def test_all_files_describe_the_same_patch(
    tmp_path: Path, note: Samples, minimoog: Instrument, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "sound.wav", note, 44_100, subtype="FLOAT")
    patch = take(tmp_path)
    printed = capsys.readouterr()
    assert "sound.wav: F#3 +0 cents, " in printed.out
    key = f"{patch['key_name']} (MIDI {patch['key']}) at velocity {patch['velocity']}"
    assert f"play {key} for {patch['held']:.2f} s: " in printed.out
    assert "only the first" not in printed.out
    page = (tmp_path / "out" / "match.html").read_text()
    assert f"<dt>hold for</dt><dd>{patch['held']:.2f} s</dd>" in page
    assert f"MIDI {patch['key']}, velocity {patch['velocity']}<" in page
    assert "only the first" not in page
    assert printed.err == ""
    assert patch["sound"]["note"] == "F#3"
    assert patch["mss"] < 2
    assert [knob["name"] for knob in patch["knobs"]] == list(minimoog.names)
    for knob, parameter in zip(patch["knobs"], minimoog.parameters, strict=True):
        assert (knob["cc"], knob["group"]) == (parameter.cc, parameter.group)
        assert 0 <= knob["confidence"] <= 1
        if parameter.positions is None:
            assert (knob["position"], knob["positions"], knob["choice"]) == (None, None, None)
        else:
            assert parameter.positions[knob["position"] - 1] == knob["value"]
            assert parameter.position_names is not None
            assert parameter.position_names[knob["position"] - 1] == knob["choice"]

    file = mido.MidiFile(tmp_path / "out" / "patch.mid")
    (track,) = file.tracks
    messages = [message for message in track if not message.is_meta]
    controls, (on, off) = messages[:-2], messages[-2:]
    values = {c["cc"]: c["value"] for c in (*patch["constants"], *patch["knobs"])}
    assert [message.type for message in controls] == ["control_change"] * len(values)
    assert {message.control: message.value for message in controls} == values
    assert (on.type, on.note, on.velocity) == ("note_on", patch["key"], patch["velocity"])
    assert (off.type, off.note) == ("note_off", patch["key"])
    assert sum(message.time for message in controls) == 0
    held = mido.tick2second(off.time, file.ticks_per_beat, mido.bpm2tempo(120))
    assert held == pytest.approx(patch["held"], abs=0.002)

    played, rate = soundfile.read(tmp_path / "out" / "match.wav", dtype="float32")
    assert rate == 44_100
    # Playing patch.mid gives match.wav, up to its 24 bits.
    chosen = np.array([[knob["value"] for knob in patch["knobs"]]], np.uint8)
    pressed = NoteConfig(number=on.note, velocity=on.velocity, seconds=patch["held"])
    with BuiltIn(minimoog, pressed, AudioConfig(samples=len(played)), 1) as engine:
        again = engine.render(chosen)[0]
    # Without the release, whose beginning patch.json rounds.
    until = round(44_100 * (patch["held"] - 0.001))
    assert np.abs(again - played)[:until].max() < 2**-22


def plucked(rate: int) -> Samples:
    """Return a string that is off pitch, with hiss, echo and silence around it: 5 s of stereo."""
    rng = np.random.default_rng(3)
    times = np.arange(round(4.2 * rate)) / rate
    partials = [
        np.sin(2 * np.pi * 147.5 * k * times) * np.exp(-k * times) / k for k in range(1, 12)
    ]
    left = np.concatenate([np.zeros(round(0.3 * rate)), 0.3 * np.sum(partials, axis=0)])
    left = np.pad(left, (0, 5 * rate - len(left)))
    right = 0.8 * np.roll(left, 90) + 0.2 * np.roll(left, 3_000)
    stereo: Samples = np.stack([left, right], 1) + rng.normal(0, 1e-4, (5 * rate, 2))
    return stereo


def test_a_recording_at_48_khz_in_stereo_with_24_bits(tmp_path: Path) -> None:
    start = plucked(48_000)[:72_000]
    soundfile.write(tmp_path / "sound.wav", start, 48_000, subtype="PCM_24")
    patch = take(tmp_path, "--renders", "100")
    assert patch["sound"]["note"] == "D3"
    assert patch["sound"]["frequency"] == pytest.approx(147.5, rel=0.002)
    played, rate = soundfile.read(tmp_path / "out" / "match.wav", dtype="float32")
    assert estimate_pitch(played, rate).frequency == pytest.approx(147.5, rel=0.02)
    assert patch["mss"] < 15


def test_several_patches_are_found_unless_one_is_asked_for(
    tmp_path: Path, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "sound.wav", plucked(44_100), 44_100)
    out = tmp_path / "out"
    options = ["--out", str(out), "--renders", "20", "--synth", INSTRUMENT]
    assert main(["match", str(tmp_path / "sound.wav"), *options]) == 0
    found = sorted(out.glob("patch*.json"), key=lambda file: (len(file.name), file.name))
    errors = [json.loads(file.read_text())["mss"] for file in found]
    assert 2 <= len(errors) <= 5
    assert all(error < 30 for error in errors)
    told = ", ".join(f"{error:.1f}" for error in errors[1:])
    printed = capsys.readouterr().out
    assert f"({errors[0]:.1f} dB from the sound)" in printed
    assert f"{len(errors) - 1} more that sound different: {told} dB from the sound" in printed
    page = browser.open(out / "match.html")
    assert (page.complaints, page.requests) == ([], [])
    # The sound and each of its patches.
    count = 1 + len(errors)
    assert [(p.controls, p.ready, p.error) for p in page.players] == [(True, 4, None)] * count
    assert len(page.pictures) == count
    for number, error in enumerate(errors[1:], start=2):
        assert f"Patch {number}" in page.text
        assert f"Save patch-{number}.mid" in page.text
        assert f"{error:.2f} dB apart" in page.text
    # Each says in what it differs from the first.
    assert page.text.count(" dB from the first patch; turned furthest from it: ") == count - 2


def test_it_says_what_the_patch_lacks_and_which_part_was_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "sound.wav", plucked(44_100), 44_100)
    patch = take(tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert patch["compared"] == 4.0 < patch["sound"]["seconds"] < 4.5
    part = f"only the first 4.0 s of {patch['sound']['seconds']:.1f} s are compared"
    assert lines[1] == part
    assert 1 <= len(patch["differs"]) <= 3
    assert lines[3] == f"what differs most: {' '.join(patch['differs'])}"
    page = (tmp_path / "out" / "match.html").read_text()
    assert f">{part.capitalize()}.<" in page
    assert f"<b>What differs most:</b> {' '.join(patch['differs'])}" in page
    assert "at three resolutions, over\nthe first 4.0 s." in page


def test_it_says_that_the_patch_is_soft(
    tmp_path: Path,
    note: Samples,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    soundfile.write(tmp_path / "sound.wav", note, 44_100)
    for limit, count in ((-80, 0), (0, 1)):
        monkeypatch.setattr("synthinv.matching.words.SOFT_DBFS", limit)
        peak = take(tmp_path)["peak_dbfs"]
        words = f"patch is soft, with a peak of {peak:.0f} dBFS: turn the synth up"
        assert capsys.readouterr().out.count(f"the {words}\n") == count
        page = (tmp_path / "out" / "match.html").read_text()
        assert page.count(f"This {words}.") == count


@pytest.mark.parametrize(
    ("section", "options", "count"),
    [
        ({"candidates": 1}, [], 1),
        ({"candidates": 2}, [], 2),
        ({"candidates": 1}, ["--candidates", "2"], 2),
    ],
)
def test_the_configuration_says_how_many_patches_are_found(
    tmp_path: Path, section: dict[str, int], options: list[str], count: int
) -> None:
    sound, config, out = tmp_path / "sound.wav", tmp_path / "mine.yaml", tmp_path / "out"
    soundfile.write(sound, plucked(44_100), 44_100)
    config.write_text(yaml.safe_dump({"match": {"renders": 12, **section}}))
    arguments = ["match", str(sound), "--synth", str(config), "--out", str(out), *options]
    assert main(arguments) == 0
    assert len(list(out.glob("patch*.json"))) == count


def test_the_key_is_the_one_that_is_given(tmp_path: Path, note: Samples) -> None:
    soundfile.write(tmp_path / "sound.wav", note, 44_100)
    patch = take(tmp_path, "--key", "50")
    assert patch["key"] % 12 == 50 % 12
    page = (tmp_path / "out" / "match.html").read_text()
    assert f"To sound like F#3, this patch is played at {patch['key_name']}." in page


def click(rate: int) -> Samples:
    burst = np.random.default_rng(0).normal(0, 0.5, rate // 20)
    return burst * np.exp(-np.arange(len(burst)) / 40)


def noise(rate: int) -> Samples:
    return np.random.default_rng(0).normal(0, 0.1, rate)


@pytest.mark.parametrize("sound", [click, noise])
def test_a_sound_without_pitch_is_matched_with_a_warning(
    tmp_path: Path, sound: Callable[[int], Samples], capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "sound.wav", sound(44_100), 44_100)
    patch = take(tmp_path)
    assert (patch["sound"]["frequency"], patch["key"]) == (None, 60)
    warning = "synthinv: sound.wav: no pitch was found, so C4 was chosen\n"
    assert capsys.readouterr().err == warning
    page = (tmp_path / "out" / "match.html").read_text()
    assert "No pitch was found in this sound, so C4 was chosen." in page


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("silence", "is silent; choose a sound in which a note is heard"),
        ("text", "cannot be read as a sound; export it as WAV"),
        ("empty", "cannot be read as a sound; export it as WAV"),
        ("folder", "is a folder; name a sound file"),
        ("no numbers", "holds samples that are not numbers"),
        ("missing", "there is no such file"),
    ],
)
def test_a_file_without_a_sound_is_refused_in_one_sentence_and_writes_nothing(
    tmp_path: Path, kind: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sound.wav"
    make: dict[str, Callable[[], object]] = {
        "silence": lambda: soundfile.write(file, np.zeros(44_100), 44_100),
        "text": lambda: file.write_text("no sound\n"),
        "empty": file.touch,
        "folder": file.mkdir,
        "no numbers": lambda: soundfile.write(file, [np.inf] * 9, 44_100, subtype="FLOAT"),
        "missing": lambda: None,
    }
    make[kind]()
    assert main(["match", str(file), "--out", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"synthinv: {file}: {message}")
    assert printed.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_page_opens_in_a_browser_with_any_name(
    tmp_path: Path, note: Samples, browser: Browser
) -> None:
    soundfile.write(tmp_path / MARKUP, note, 44_100)
    patch = take(tmp_path, name=MARKUP)
    page = browser.open(tmp_path / "out" / "match.html")
    assert (page.complaints, page.requests) == ([], [])
    # Players and spectrograms of the sound and the patch.
    assert [(p.controls, p.ready, p.error) for p in page.players] == [(True, 4, None)] * 2
    assert all(0.5 < player.seconds < 1 for player in page.players)
    assert len(page.pictures) == 2
    assert min(page.pictures) > 100
    # Every knob is drawn, pointing at its value.
    for knob in patch["knobs"]:
        stands = knob["choice"] or knob["value"]
        drawn = f"{knob['name'].replace('_', ' ')}: {stands},"
        assert [size > 30 for label, size in page.drawings if label.startswith(drawn)] == [True]
        assert f"\n{stands} " in page.text
    assert MARKUP in page.text
    for heading in ("The sound", "The patch", "The knobs", "filter cutoff", "Save patch.mid"):
        assert heading in page.text


def test_a_file_name_that_is_not_valid_text_does_no_harm(tmp_path: Path, note: Samples) -> None:
    soundfile.write(tmp_path / "sound.wav", note, 44_100)
    (tmp_path / "sound.wav").rename(tmp_path / "s\udcff.wav")
    assert take(tmp_path, name="s\udcff.wav")["sound"]["name"] == "s?.wav"


def test_a_name_that_the_output_has_no_characters_for_is_escaped(
    tmp_path: Path, note: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "音.wav", note, 44_100)
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1"))
    take(tmp_path, name="音.wav")
    assert written.getvalue().startswith(b"\\u97f3.wav: F#3 ")


@pytest.mark.parametrize("options", [[], ["--out", "s\udcff-patch"]])
def test_a_folder_whose_name_is_not_valid_text_is_written(
    tmp_path: Path, note: Samples, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    soundfile.write(tmp_path / "sound.wav", note, 44_100)
    (tmp_path / "sound.wav").rename(tmp_path / "s\udcff.wav")
    monkeypatch.chdir(tmp_path)
    few = ["--candidates", "1", "--renders", "5", "--synth", INSTRUMENT]
    assert main(["match", "s\udcff.wav", *few, *options]) == 0
    assert sorted(file.name for file in (tmp_path / "s\udcff-patch").iterdir()) == FILES


def test_an_instrument_file_of_ones_own_is_played(tmp_path: Path, note: Samples) -> None:
    soundfile.write(tmp_path / "sound.wav", note, 44_100)
    mapping = yaml.safe_load(instrument_file(INSTRUMENT).read_text()) | {
        "description": "My own synth"
    }
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(mapping))
    take(tmp_path, "--synth", str(tmp_path / "own.yaml"))
    assert "My own synth" in (tmp_path / "out" / "match.html").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--synth", "minimoog-3osc"],
            "no solver for 'minimoog-3osc' comes",
        ),
        (["--synth", "config/amsynth.yaml"], "no solver for 'amsynth-16' comes with synthinv"),
        (["--solver", "config"], "config: holds no solver (model.json is missing)"),
        (
            ["--solver", "foo"],
            "solver: there is no folder 'foo', and no solver of that name (known: ",
        ),
        (["--candidates", "0"], "match: --candidates: input should be greater than or equal to 1"),
        (["--seconds", "0"], "match: --seconds: input should be greater than 0"),
        (["--key", "200"], "--key: '200' is no note; give one from C-1 to G9, such as C4 or F#3"),
        (["--renders", "0"], "match: --renders: input should be greater than or equal to 1"),
        (
            [
                *("--synth", "minimoog-3osc"),
                *("--solver", "synthinv/solver/models/minimoog-1osc"),
            ],
            "the solver is for 'minimoog-1osc', not for 'minimoog-3osc'; choose one",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused_in_one_sentence(
    tmp_path: Path,
    note: Samples,
    options: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    soundfile.write(tmp_path / "sound.wav", note, 44_100)
    arguments = ["match", str(tmp_path / "sound.wav"), "--out", str(tmp_path / "out"), *options]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith(f"synthinv: {message}")
    assert printed.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("sound.wav", "sound.wav is a file; name a folder"),
        ("sound.wav/out", "sound.wav is a file; name a folder"),
        ("x" * 300, "cannot be written to (File name too long); name another folder"),
        ("locked/out", "cannot be written to (Permission denied); name another folder"),
    ],
)
def test_a_folder_that_cannot_be_written_to_is_refused_before_the_search(
    tmp_path: Path,
    note: Samples,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    out: str,
    message: str,
) -> None:
    sound, locked = tmp_path / "sound.wav", tmp_path / "locked"
    soundfile.write(sound, note, 44_100)
    locked.mkdir()
    # Tests may run as root, who may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: path != locked)
    monkeypatch.setattr(command, "match", lambda *_, **__: pytest.fail("searched"))
    before = sound.read_bytes()
    assert main(["match", str(sound), "--out", str(tmp_path / out)]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(f"synthinv: --out: {tmp_path}/")
    assert printed.endswith(f"{message}\n")
    assert sound.read_bytes() == before


@pytest.mark.parametrize("name", ["match.wav", "match-2.wav"])
def test_a_sound_that_its_own_match_would_replace_is_kept(
    tmp_path: Path,
    note: Samples,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    soundfile.write(tmp_path / name, note, 44_100)
    monkeypatch.setattr(command, "match", lambda *_, **__: pytest.fail("searched"))
    before = (tmp_path / name).read_bytes()
    monkeypatch.chdir(tmp_path)
    assert main(["match", name, "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"synthinv: --out: {tmp_path} holds {name} itself, which the match would replace or "
        "delete; name another folder\n"
    )
    assert (tmp_path / name).read_bytes() == before


def test_a_sound_that_a_link_leads_to_is_kept(
    tmp_path: Path,
    note: Samples,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    soundfile.write(folder / "match-2.wav", note, 44_100)
    link = tmp_path / "link.wav"
    link.symlink_to(folder / "match-2.wav")
    monkeypatch.setattr(command, "match", lambda *_, **__: pytest.fail("searched"))
    assert main(["match", str(link), "--out", str(folder)]) == 1
    assert "out holds link.wav itself, which the match would" in capsys.readouterr().err


def test_a_key_is_held_longer_than_a_sound_of_three_milliseconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "sound.wav", noise(44_100)[:132], 44_100)
    take(tmp_path)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "sound.wav: no pitch, 3 ms"
    assert second.startswith("play C4 (MIDI 60) at velocity 100 for 10 ms: ")
    assert "<dt>hold for</dt><dd>10 ms</dd>" in (tmp_path / "out" / "match.html").read_text()


def test_a_search_without_enough_time_says_so(
    tmp_path: Path, note: Samples, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "sound.wav", note, 44_100)
    patch = take(tmp_path, "--seconds", "0.001")
    assert patch["renders"] + patch["unplayed"] == 30
    told = f"the time was over after {patch['renders']} of 30 patches; with more of it, a closer"
    assert f"\n{told} one may be found (--seconds)\n" in capsys.readouterr().out
    assert f"In the search, {told}" in (tmp_path / "out/match.html").read_text()
    assert take(tmp_path, "--seconds", "900")["unplayed"] == 0
    assert "the time was over" not in capsys.readouterr().out
