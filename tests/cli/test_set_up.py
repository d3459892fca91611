"""The commands that set up a synth of one's own, on real ports."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import mido
import pytest
import soundfile

from synthinv.cli.commands import devices, midi_learn
from synthinv.cli.main import main
from synthinv.common.errors import SynthinvError
from synthinv.engines.live.jack import JackSession
from synthinv.instruments.load import load_instrument

CONFIG = """
instrument: monark
engine: {kind: live, midi_api: UNIX_JACK, midi_port: learner, midi_channel: 2}
"""


def test_ports_and_devices_are_listed(
    session: JackSession, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["devices"]) == 0
    output = capsys.readouterr().out
    assert "  UNIX_JACK: amsynth:midi_in" in output
    assert "amsynth, JACK Audio Connection Kit" in output


@pytest.mark.live
def test_nothing_but_the_devices_is_printed_where_there_is_no_server() -> None:
    # In a process of its own, as libraries print when it ends, too.
    result = subprocess.run(
        [sys.executable, "-m", "synthinv", "devices"],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"JACK_DEFAULT_SERVER": "none", "JACK_NO_START_SERVER": "1"},
    )
    assert result.stderr == ""
    assert "  UNIX_JACK: none\n" in result.stdout
    assert result.stdout.startswith("MIDI outputs (engine.midi_api: engine.midi_port)\n")


def test_every_knob_is_moved_for_midi_learn(
    session: JackSession,
    jack: mido.Backend,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    received: list[mido.Message] = []
    learner = jack.open_input("learner", virtual=True, callback=received.append)
    (tmp_path / "mine.yaml").write_text(CONFIG)
    replies = iter(["", "b", "n", "", "n", "q"])
    prompts: list[str] = []

    def reply(prompt: str) -> str:
        prompts.append(prompt)
        return next(replies)

    monkeypatch.setattr("builtins.input", reply)
    monkeypatch.setattr(midi_learn, "STEP_SECONDS", 0.002)
    assert main(["midi-learn", str(tmp_path / "mine.yaml")]) == 0
    time.sleep(0.2)
    learner.close()
    monark = load_instrument("monark")
    first, second = monark.parameters[:2]
    constants = [(c.cc, c.value) for c in monark.constants]
    sweeps = [(first.cc, v) for v in midi_learn.SWEEP] + [(second.cc, v) for v in midi_learn.SWEEP]
    assert [(m.control, m.value) for m in received] == sweeps + constants
    assert {m.channel for m in received} == {1}
    assert f"1 of {len(monark.parameters) + len(constants)}: {first.name}, CC" in prompts[0]


def test_a_virtual_port_is_announced_before_it_waits_for_the_synth(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text(CONFIG.replace("{kind", "{virtual_port: true, kind"))

    def opened(*_: object) -> mido.ports.BaseOutput:
        raise SynthinvError(f"announced: {'learner' in capfd.readouterr().out}")

    monkeypatch.setattr(midi_learn, "open_port", opened)
    assert main(["midi-learn", str(tmp_path / "mine.yaml")]) == 1
    assert "announced: True" in capfd.readouterr().err


def test_without_a_midi_library_devices_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    monkeypatch.delitem(sys.modules, "mido.backends.rtmidi", raising=False)
    monkeypatch.setattr(devices, "audio_inputs", dict)
    assert main(["devices"]) == 1
    assert "engine.midi_api: the MIDI library cannot be loaded" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read (No such file or directory); name an instrument file or a config"),
        ("a: [", "is not valid YAML"),
        (
            "engine: {kind: built-in}",
            "MIDI learn needs a synth that you started yourself",
        ),
    ],
)
def test_a_configuration_without_knobs_to_learn_is_one_sentence(
    text: str | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    if text is not None:
        file.write_text(text)
    assert main(["midi-learn", str(file)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"synthinv: {file}: ")
    assert message in error


@pytest.mark.parametrize("name", ["amsynth", "monark"])
def test_a_name_whose_synth_has_no_knobs_to_learn_is_one_sentence(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["midi-learn", name]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"synthinv: {name}: engine: MIDI learn needs a synth that you started")
    assert error.endswith("name a configuration whose engine has kind: live and no host\n")


def test_an_unknown_name_is_told_which_synths_midi_learn_knows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["midi-learn", "minimog"]) == 1
    assert "synth: there is no 'minimog' (known: " in capsys.readouterr().err


@pytest.mark.live
def test_a_note_is_checked_on_a_synth_with_a_host(tmp_path: Path) -> None:
    # In a process of its own: libjack keeps to the first server that a process has met.
    wav = tmp_path / "note.wav"
    command = [sys.executable, "-m", "synthinv", "check", "config/amsynth.yaml"]
    result = subprocess.run(
        [*command, "--key", "C3", "--wav", str(wav)], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    # Nothing of what JACK and PortAudio print, and no warning.
    assert result.stderr == ""
    assert re.search(r"^time  +1?\d\.\d s a note, with all pauses: ", result.stdout, re.MULTILINE)
    assert re.search(r"^latency  +\d+\.\d ms", result.stdout, flags=re.MULTILINE)
    assert re.search(r"^pitch .* C3 [+-]\d cents", result.stdout, flags=re.MULTILINE)
    assert result.stdout.endswith("It is the note that was played, in tune.\n")
    sound, rate = soundfile.read(wav)
    assert (len(sound), rate) == (40_000, 44_100)
    assert abs(sound).max() > 0.01


def test_a_note_is_checked_on_a_synth_that_runs(
    session: JackSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    config = CONFIG.replace("monark", "amsynth-16").replace("learner", "amsynth")
    config = config.replace("midi_channel: 2", "audio_device: amsynth, retries: 0")
    # A level that no patch reaches.
    file.write_text(config + "silence: {level_dbfs: -1}\n")
    assert main(["check", str(file)]) == 1
    output = capsys.readouterr().out
    assert "the loudest of 5 random ones, since every knob in its middle is silent" in output
    assert "latency" in output
    assert output.splitlines()[-1].startswith("No sound came back above -1 dBFS: check")
