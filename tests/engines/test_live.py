import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import mido
import numpy as np
import numpy.typing as npt
import pytest

from synthinv.engines.jack import JackSession
from synthinv.engines.live import Live, Recorder
from synthinv.errors import SynthinvError
from synthinv.instrument import Instrument, Patches
from synthinv.midi import silence_messages
from synthinv.sections import Audio, LiveEngine, Note, Silence

AUDIO = Audio(samples=8_000)
LAST = [m.bytes() for m in silence_messages(60)]
WAVEFORMS = (0, 16, 48, 80, 112)
PLAYER = """
import numpy as np
from synthinv.sections import Audio, LiveEngine, Note
from synthinv.engines.live import Live
from synthinv.instrument import load_instrument
engine = LiveEngine(kind="live", midi_api="UNIX_JACK", midi_port="tee", audio_device="amsynth")
amsynth = load_instrument("config/instruments/amsynth.yaml")
patches = np.stack([amsynth.sample(np.random.default_rng(i)) for i in range(60)])
with Live(engine, amsynth, Note(), Audio()) as live:
    print("open", flush=True)
    live.render(patches)
"""
HOSTED = """
import numpy as np
from synthinv.sections import Audio, JackHost, LiveEngine, Note
from synthinv.engines.live import Live
from synthinv.instrument import load_instrument
engine = LiveEngine(kind="live", midi_port="midi_in", audio_device="amsynth", host=JackHost())
amsynth = load_instrument("config/instruments/amsynth.yaml")
patches = np.stack([amsynth.sample(np.random.default_rng(i)) for i in range(3)])
with Live(engine, amsynth, Note(), Audio()) as live:
    print(live.latency, np.abs(live.render(patches)).max())
"""


def section(**fields: Any) -> LiveEngine:
    settings = {
        "kind": "live",
        "midi_api": "UNIX_JACK",
        "midi_port": "amsynth:midi_in",
        "audio_device": "amsynth",
    }
    return LiveEngine(**(settings | fields))


def live(amsynth: Instrument, silence: Silence | None = None, **fields: Any) -> Live:
    return Live(section(**fields), amsynth, Note(), AUDIO, silence or Silence())


def patch(amsynth: Instrument, **values: int) -> Patches:
    plain = {"osc1_waveform": 48, "osc1_pulsewidth": 100, "filter_cutoff": 90, "amp_sustain": 127}
    settings = {"filter_env_amount": 64, "osc2_detune": 64} | plain | values
    return np.array([settings.get(name, 0) for name in amsynth.names], dtype=np.uint8)


def spectrum(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    power = np.abs(np.fft.rfft(sound.astype(np.float64))) ** 2
    shares: npt.NDArray[np.float64] = power / power.sum()
    return shares


def centroid(sound: npt.NDArray[np.float32]) -> float:
    return float(spectrum(sound) @ np.fft.rfftfreq(len(sound), 1 / AUDIO.sample_rate))


@pytest.fixture(scope="module")
def notes(session: JackSession, amsynth: Instrument) -> dict[str, npt.NDArray[np.float32]]:
    patches = {
        "plain": patch(amsynth),
        "dark": patch(amsynth, filter_cutoff=40),
        "other": patch(amsynth, osc2_range=82, osc_mix=127, osc2_waveform=16, amp_attack=50),
        "plain again": patch(amsynth),
        **{f"wave {w}": patch(amsynth, osc1_waveform=w) for w in WAVEFORMS},
    }
    with live(amsynth) as engine:
        return dict(zip(patches, engine.render(np.stack(list(patches.values()))), strict=True))


@pytest.fixture
def tee(session: JackSession, jack: mido.Backend) -> Iterator[list[list[int]]]:
    """A MIDI port that notes down what arrives and passes it on to the synth."""
    received: list[list[int]] = []
    synth = jack.open_output("amsynth:midi_in")

    def take(message: mido.Message) -> None:
        received.append(message.bytes())
        synth.send(message)

    port = jack.open_input("tee", virtual=True, callback=take)
    yield received
    port.close()
    synth.close()


def test_notes_start_at_their_note_on(notes: dict[str, npt.NDArray[np.float32]]) -> None:
    for sound in notes.values():
        assert sound.dtype == np.float32
        assert sound.shape == (AUDIO.samples,)
        assert np.flatnonzero(np.abs(sound) > 1e-3)[0] < 200


def test_a_patch_sounds_the_same_again(notes: dict[str, npt.NDArray[np.float32]]) -> None:
    np.testing.assert_allclose(notes["plain again"], notes["plain"], atol=1e-4)


def test_the_cutoff_darkens(notes: dict[str, npt.NDArray[np.float32]]) -> None:
    assert centroid(notes["dark"]) < 0.8 * centroid(notes["plain"])


def test_each_waveform_has_its_own_spectrum(notes: dict[str, npt.NDArray[np.float32]]) -> None:
    spectra = [spectrum(notes[f"wave {w}"]) for w in WAVEFORMS]
    for i, one in enumerate(spectra):
        for other in spectra[:i]:
            assert np.abs(one - other).sum() > 0.05


def test_positions_are_those_of_the_synth(session: JackSession, amsynth: Instrument) -> None:
    # The value below a position's lowest one still sounds like the position before it.
    edges = [(15, 0), (16, 47), (48, 79)]
    pairs = np.stack([patch(amsynth, osc1_waveform=w) for edge in edges for w in edge])
    with live(amsynth) as engine:
        sounds = engine.render(pairs)
    for one, other in zip(sounds[::2], sounds[1::2], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_a_host_of_its_own() -> None:
    # In a process of its own: libjack keeps to the first server that a process has met.
    result = subprocess.run(
        [sys.executable, "-c", HOSTED], capture_output=True, text=True, timeout=30, check=True
    )
    latency, peak = result.stdout.split()
    assert int(latency) < 100
    assert float(peak) > 0.05


@pytest.mark.parametrize("reason", [KeyboardInterrupt, RuntimeError])
def test_notes_are_ended_whatever_happens(
    tee: list[list[int]],
    amsynth: Instrument,
    monkeypatch: pytest.MonkeyPatch,
    reason: type[BaseException],
) -> None:
    def fail(recorder: Recorder, start: int, samples: int) -> NoReturn:
        raise reason

    engine = live(amsynth, midi_port="tee")

    def play() -> None:
        with engine:
            time.sleep(0.1)
            tee.clear()
            monkeypatch.setattr(Recorder, "read", fail)
            engine.render(patch(amsynth)[None])

    with pytest.raises(reason):
        play()
    time.sleep(0.1)
    assert [0x90, 60, 100] in tee
    assert tee[-2:] == LAST


def test_notes_are_ended_on_sigterm(tee: list[list[int]]) -> None:
    player = subprocess.Popen([sys.executable, "-c", PLAYER], stdout=subprocess.PIPE, text=True)
    assert player.stdout is not None
    assert player.stdout.readline() == "open\n"
    time.sleep(0.5)
    player.terminate()
    assert player.wait(10) == 128 + signal.SIGTERM
    player.stdout.close()
    time.sleep(0.1)
    assert tee[-2:] == LAST


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"midi_port": "loopMIDI"},
            r"engine\.midi_port: there is no MIDI port 'loopMIDI'.*'amsynth:midi_in'",
        ),
        (
            {"audio_device": "Scarlett"},
            r"engine\.audio_device: there is no audio input 'Scarlett'.*amsynth",
        ),
        ({"audio_channel": 3}, r"engine\.audio_channel is 3, but .*amsynth.* has 2"),
        ({"midi_api": "MORSE"}, r"engine\.midi_port: .*'MORSE'.*check engine\.midi_api"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    session: JackSession, amsynth: Instrument, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(SynthinvError, match=message), live(amsynth, **fields):
        pass


def test_a_wrong_sample_rate_is_one_sentence(session: JackSession, amsynth: Instrument) -> None:
    engine = Live(section(), amsynth, Note(), Audio(sample_rate=48_000), Silence())
    with pytest.raises(SynthinvError, match=r"audio\.sample_rate.*48000 Hz.*44100 Hz"), engine:
        pass


def test_a_missing_library_is_one_sentence(
    session: JackSession, amsynth: Instrument, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SynthinvError, match="apt-get install libportaudio2"), live(amsynth):
        pass


def test_no_return_is_one_sentence(session: JackSession, amsynth: Instrument) -> None:
    # A port that nobody listens to.
    engine = live(amsynth, midi_port="nobody", virtual_port=True)
    with pytest.raises(SynthinvError, match=r"no sound came back from 'amsynth.*'nobody'"), engine:
        pass


def interrupt(engine: Live, monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Pretend that a buffer was dropped in each of the next few notes."""
    pressed: list[int] = []
    press = engine._press

    def interrupted() -> int:
        first = press()
        pressed.append(first)
        if len(pressed) <= times:
            engine._recorder.dropped = first + 1
        return first

    monkeypatch.setattr(engine, "_press", interrupted)
    return pressed


def test_faulty_notes_are_played_again(
    session: JackSession,
    amsynth: Instrument,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with live(amsynth, retries=1, dropout_retries=1) as engine:
        pressed = interrupt(engine, monkeypatch, times=1)
        assert np.abs(engine.render(patch(amsynth)[None])).max() > 0.05
        assert len(pressed) == 2
        interrupt(engine, monkeypatch, times=2)
        with pytest.raises(SynthinvError, match=r"note 0 was interrupted.* 2 times"):
            engine.render(patch(amsynth)[None])
        for level, fault in ((1.0, "clipped"), (0.0, "silent")):
            sound = np.full(AUDIO.samples, level, dtype=np.float32)
            monkeypatch.setattr(engine._recorder, "read", lambda *_, sound=sound: sound)
            with caplog.at_level(logging.WARNING):
                assert (engine.render(patch(amsynth)[None]) == sound).all()
            assert f"note 0 was {fault} 2 times and is kept so" in caplog.text


def test_an_overflow_marks_its_place() -> None:
    class Status:
        input_overflow = False

    recorder = Recorder("line", channel=1, capacity=10)
    block = np.array([[0, 1], [0, 2], [0, 3]], dtype=np.float32)
    for Status.input_overflow in (False, True, False, False):
        recorder.feed(block, 3, None, Status)
    assert recorder.dropped == 6
    assert recorder.count == 12
    assert recorder.read(8, 4).tolist() == [3, 1, 2, 3]
    assert recorder.peak(2) == 3
