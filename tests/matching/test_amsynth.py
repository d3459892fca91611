"""A patch that was found for amsynth, played into amsynth from its MIDI file."""

import json
from pathlib import Path
from typing import NamedTuple

import mido
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import torch
import yaml

from synthinv.audio.alignment import align
from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.types import Audio
from synthinv.cli.main import main
from synthinv.common.seeds import seed_sequence
from synthinv.config.names import MATCHED
from synthinv.config.sections.engine import LiveConfig, PlugInConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.engines.live.audio_input import Recorder, open_recorder
from synthinv.engines.live.engine import Live
from synthinv.engines.live.jack import JackSession
from synthinv.engines.live.midi_output import open_port
from synthinv.engines.opening import open_engine
from synthinv.instruments.classes import class_counts, classes_of
from synthinv.instruments.model import Instrument
from synthinv.instruments.registry import FILES
from synthinv.metrics.psd import psd_error
from synthinv.solver.export import save_solver
from synthinv.solver.network import SolverNetwork

AUDIO = AudioConfig(samples=30_000)
RATE = AUDIO.sample_rate
PLUG_IN = PlugInConfig(kind="plug-in", path="/usr/lib/vst/amsynth_vst.so", private_settings=True)
LIVE = LiveConfig(
    kind="live", midi_api="UNIX_JACK", midi_port="amsynth:midi_in", audio_device="amsynth"
)
SMALL = SolverConfig(
    window=512, hop=256, bands=16, long_window=1024, long_bands=64, channels=(4,), hidden_units=8
)
ATTEMPTS = 10
NEGLIGIBLE = 1e-6
"""A negligible PSD error; the one-step error of amsynth is 0.04."""
PLAIN = {
    "osc1_waveform": 48,
    "osc1_pulsewidth": 100,
    "osc2_waveform": 16,
    "osc2_range": 46,
    "osc2_detune": 64,
    "osc_mix": 40,
    "filter_cutoff": 70,
    "filter_env_amount": 64,
    "filter_resonance": 20,
    "amp_sustain": 127,
}


def patch_of(amsynth: Instrument, **values: int) -> npt.NDArray[np.uint8]:
    return np.array([(PLAIN | values).get(name, 0) for name in amsynth.names], dtype=np.uint8)


@pytest.fixture(scope="module")
def sound(amsynth: Instrument, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a note of amsynth at A3, to be matched by a network that knows only C4."""
    playing = PlayingConfig(engine=PLUG_IN, note=NoteConfig(number=57, seconds=0.5), audio=AUDIO)
    bright = patch_of(amsynth, filter_cutoff=90, amp_sustain=80, amp_decay=40)
    with open_engine(playing, amsynth, 1, seed_sequence(0, "sound")) as engine:
        note = engine.render(bright[np.newaxis])[0]
    file = tmp_path_factory.mktemp("sound") / "amsynth.wav"
    soundfile.write(file, note, RATE, subtype="FLOAT")
    return file


@pytest.fixture(scope="module")
def model(amsynth: Instrument, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a solver that predicts the same patch, one without noise, for every sound."""
    network = SolverNetwork(
        SMALL, class_counts(amsynth), amsynth.continuous.tolist(), AUDIO.samples, RATE
    ).requires_grad_(False)
    counts = class_counts(amsynth)
    chosen = classes_of(amsynth, patch_of(amsynth)[np.newaxis])[0]
    starts = np.cumsum([0, *counts[:-1]])
    network.heads.sound.weight[:] = 0
    network.heads.sound.bias[:] = 0
    network.heads.sound.bias[torch.from_numpy(starts + chosen)] = 9
    folder = tmp_path_factory.mktemp("model")
    onnx, manifest = folder / "model.onnx", folder / "model.json"
    playing = PlayingConfig(engine=PLUG_IN, audio=AUDIO)
    save_solver(onnx, manifest, network, SMALL, amsynth, playing, {})
    return folder


@pytest.fixture(scope="module")
def matched(sound: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("matched") / "out"
    options = ["--synth", "config/amsynth-plug-in.yaml", "--solver", str(model), "--renders", "20"]
    assert main(["match", str(sound), "--out", str(folder), *options]) == 0
    return folder


def test_the_page_of_a_plug_in_does_not_say_that_it_is_set_by_midi(matched: Path) -> None:
    page = (matched / "match.html").read_text(encoding="utf-8")
    assert "Values are those of the MIDI controllers" not in page
    assert "/ 127 of a parameter's range in the\nplug-in." in page


class Take(NamedTuple):
    """A recording from its note-on; the samples until its note-off; whether it is whole."""

    sound: Audio
    held: int
    whole: bool


def play_file(file: Path, port: mido.ports.BaseOutput, recorder: Recorder) -> Take:
    """Play a MIDI file as it is, and record its note."""
    begin, pressed = recorder.count, 0
    for message in mido.MidiFile(file).play():
        if message.type == "note_on":
            pressed = recorder.count
        port.send(message)
    released = recorder.count
    # What was sent takes effect in one of the next blocks.
    recorder.wait(released + 4_096)
    sound = recorder.read(pressed, recorder.count - pressed)
    return Take(sound, released - pressed, recorder.dropped < begin)


def record(file: Path, held: int, port: mido.ports.BaseOutput, recorder: Recorder) -> Audio:
    """Play a MIDI file until its note is whole: a busy machine may cut it short."""
    # The first time, amsynth still glides to the patch.
    play_file(file, port, recorder)
    for _ in range(ATTEMPTS):
        take = play_file(file, port, recorder)
        if take.whole and take.held >= held + 2_048:
            return take.sound
    pytest.fail(f"the note was cut short in each of {ATTEMPTS} attempts")


def test_the_midi_file_played_into_amsynth_sounds_as_the_patch_does(
    matched: Path, session: JackSession, amsynth: Instrument
) -> None:
    wav, rate = soundfile.read(matched / "match.wav", dtype="float32")
    content = json.loads((matched / "patch.json").read_text())
    # The end is left out: note-on and note-off wait for a block each, so the note's length varies.
    held = round((content["sound"]["seconds"] - 0.1) * rate)
    with open_port(LIVE, LIVE.midi_api) as port, open_recorder(LIVE, rate, 4 * rate) as recorder:
        recorded = record(matched / "patch.mid", held, port, recorder)
    lag = align(wav[:held], recorded, len(recorded)).lag
    rendered, played = wav[:held], recorded[lag : lag + held]
    # For comparison: the same patch captured twice by the live engine, another one in between.
    patch = np.array([knob["value"] for knob in content["knobs"]])
    other = patch_of(amsynth, filter_cutoff=20)
    note = NoteConfig(number=content["key"], velocity=content["velocity"])
    with Live(LIVE, amsynth, note, AudioConfig(samples=held)) as engine:
        first, _, second = engine.render(np.stack([patch, other, patch]))
    replay = psd_error(first, second, rate)
    assert np.abs(rendered).max() > 0.01
    for captured in (played, first):
        assert psd_error(rendered, captured, rate) <= replay + NEGLIGIBLE
        shift = align(rendered, captured, 2_000)
        assert shift.lag == 0
        assert shift.similarity > 0.9999


@pytest.mark.live
def test_a_patch_is_found_by_playing_amsynth_live(
    sound: Path, model: Path, amsynth: Instrument, tmp_path: Path
) -> None:
    options = ["--synth", "config/amsynth.yaml", "--solver", str(model), "--renders", "3"]
    assert main(["match", str(sound), "--out", str(tmp_path), *options]) == 0
    content = json.loads((tmp_path / "patch.json").read_text())
    assert content["instrument"] == "amsynth-16"
    wav, rate = soundfile.read(tmp_path / "match.wav", dtype="float32")
    patch = np.array([[knob["value"] for knob in content["knobs"]]], dtype=np.uint8)
    note = NoteConfig(number=content["key"], velocity=content["velocity"])
    playing = PlayingConfig(engine=PLUG_IN, note=note, audio=AudioConfig(samples=len(wav)))
    with open_engine(playing, amsynth, 1, seed_sequence(0, "live")) as engine:
        rendered = engine.render(patch)[0]
    # As above, the note's end varies.
    held = round((content["sound"]["seconds"] - 0.1) * rate)
    assert np.abs(wav).max() > 0.01
    assert align(wav[:held], rendered[:held], 2_000).similarity > 0.999


@pytest.mark.slow
def test_the_built_in_synth_matches_a_note_of_amsynth(sound: Path, tmp_path: Path) -> None:
    assert main(["match", str(sound), "--out", str(tmp_path), "--renders", "40"]) == 0
    content = json.loads((tmp_path / "patch.json").read_text())
    assert (content["sound"]["note"], content["instrument"]) == ("A3", MATCHED)
    wav, rate = soundfile.read(tmp_path / "match.wav", dtype="float32")
    assert estimate_pitch(wav, rate).frequency == pytest.approx(220, rel=0.01)
    assert content["mss"] < 10


def test_knobs_are_on_the_ccs_of_the_synth_that_plays(
    sound: Path, model: Path, amsynth: Instrument, tmp_path: Path
) -> None:
    parts = [{"name": p.name, "cc": 69 - p.cc} for p in amsynth.parameters if p.cc is not None]
    own = yaml.safe_load((FILES / "amsynth-16.yaml").read_text())
    for parameter, part in zip(own["parameters"], parts, strict=True):
        parameter |= part
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(own))
    config = yaml.safe_load(Path("config/amsynth-plug-in.yaml").read_text())
    config["instrument"] = str(tmp_path / "own.yaml")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    options = ["--synth", str(tmp_path / "config.yaml"), "--solver", str(model), "--renders", "1"]
    assert main(["match", str(sound), "--out", str(tmp_path / "out"), *options]) == 0
    content = json.loads((tmp_path / "out" / "patch.json").read_text())
    assert [{"name": k["name"], "cc": k["cc"]} for k in content["knobs"]] == parts
    messages = mido.MidiFile(tmp_path / "out" / "patch.mid")
    sent = {m.control: m.value for m in messages if m.type == "control_change"}
    assert all(sent[knob["cc"]] == knob["value"] for knob in content["knobs"])


def test_a_solver_from_elsewhere_starts_no_program(
    sound: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--solver", str(model), "--out", str(tmp_path / "out")]
    assert main(["match", str(sound), *options]) == 1
    message = "was trained on a plug-in or a synth that is played live; name the configuration that"
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
