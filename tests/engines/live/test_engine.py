import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import mido
import numpy as np
import numpy.typing as npt
import pytest

from synthinv.common.errors import NoteError, SynthinvError
from synthinv.config.sections.engine import JackConfig, LiveConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, SilenceConfig
from synthinv.engines.live import engine as live_module
from synthinv.engines.live import player as player_module
from synthinv.engines.live.audio_input import Recorder, audio_inputs
from synthinv.engines.live.ending import HostLostError
from synthinv.engines.live.engine import Live
from synthinv.engines.live.jack import JackSession
from synthinv.engines.live.player import CALIBRATION_ONSETS, Fault, Player, onset
from synthinv.engines.live.process import PlayerLostError
from synthinv.instruments.midi import silence_messages
from synthinv.instruments.model import Instrument, Patches

AUDIO = AudioConfig(samples=8_000)
LAST = [m.bytes() for m in silence_messages(60)]
WAVEFORMS = (0, 16, 48, 80, 112)
PLAYER = """
import numpy as np
from synthinv.config.sections.engine import LiveConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.live.engine import Live
from synthinv.instruments.load import load_instrument
engine = LiveConfig(kind="live", midi_api="UNIX_JACK", midi_port="tee", audio_device="amsynth")
amsynth = load_instrument("amsynth-16")
patches = np.stack([amsynth.sample(np.random.default_rng(i)) for i in range(60)])
with Live(engine, amsynth, NoteConfig(), AudioConfig()) as live:
    print("open", flush=True)
    live.render(patches)
"""
HOSTED = """
import numpy as np
from synthinv.config.sections.engine import JackConfig, LiveConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.live.engine import Live
from synthinv.instruments.load import load_instrument
engine = LiveConfig(kind="live", midi_port="midi_in", audio_device="amsynth", host=JackConfig())
amsynth = load_instrument("amsynth-16")
patches = np.stack([amsynth.sample(np.random.default_rng(i)) for i in range(3)])
with Live(engine, amsynth, NoteConfig(), AudioConfig()) as live:
    print(live.latency, np.abs(live.render(patches)).max())
"""


SURVIVOR = """
import os, signal, subprocess, sys, threading, time
from pathlib import Path
import numpy as np
from synthinv.config.sections.engine import JackConfig, LiveConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.live.engine import Live
from synthinv.instruments.load import load_instrument
engine = LiveConfig(kind="live", midi_port="midi_in", audio_device="amsynth", host=JackConfig())
amsynth = load_instrument("amsynth-16")
patches = np.stack([amsynth.sample(np.random.default_rng(i)) for i in (0, 1, 6)])
patches[:, [0, 2]] = 48  # waveforms without noise
def strike(live):
    player = live._player._process.pid
    children = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(player)],
                              capture_output=True, text=True).stdout.split()
    pids = dict(zip(children[1::2], map(int, children[::2])))
    fault = sys.argv[1]
    if fault == "dropped buffer":
        os.kill(pids["jackd"], signal.SIGSTOP)
        time.sleep(0.4)
        os.kill(pids["jackd"], signal.SIGCONT)
        return
    if fault == "synth falls silent":
        command = Path(f"/proc/{pids['jackd']}/cmdline").read_text().split("\\0")
        server = ["-s", command[command.index("-n") + 1]]
        listed = subprocess.run(["jack_lsp", *server, "-c", "amsynth:L out"],
                                capture_output=True, text=True, check=True).stdout
        output, *inputs = map(str.strip, listed.splitlines())
        for name in inputs:
            subprocess.run(["jack_disconnect", *server, output, name], check=True)
        return
    target = {"synth": pids["amsynth"], "synth hangs": pids["amsynth"], "player": player}
    hangs = fault.endswith("hangs")
    os.kill(target.get(fault, pids["jackd"]), signal.SIGSTOP if hangs else signal.SIGKILL)
with Live(engine, amsynth, NoteConfig(), AudioConfig(samples=20_000)) as live:
    before = live.render(patches)
    timer = threading.Timer(0.8, strike, [live])
    timer.start()
    after = live.render(patches)
    timer.join()
print(np.array_equal(after, before), np.abs(before).max(axis=1).min() > 1e-3, live._restarts > 0)
"""


def section(**fields: Any) -> LiveConfig:
    settings = {
        "kind": "live",
        "midi_api": "UNIX_JACK",
        "midi_port": "amsynth:midi_in",
        "audio_device": "amsynth",
    }
    return LiveConfig(**(settings | fields))


def live(amsynth: Instrument, silence: SilenceConfig | None = None, **fields: Any) -> Live:
    return Live(section(**fields), amsynth, NoteConfig(), AUDIO, silence or SilenceConfig())


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
    """A MIDI port that keeps the messages it receives and passes them on to the synth."""
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


def test_a_release_is_recorded_and_ends_before_the_next_note(
    session: JackSession, amsynth: Instrument
) -> None:
    long = {"amp_release": 60}  # a second and a half
    constants = [
        constant.model_copy(update={"value": long.get(constant.name, constant.value)})
        for constant in amsynth.constants
    ]
    ringing = amsynth.model_copy(update={"constants": tuple(constants)})
    short = patch(amsynth, amp_sustain=0, amp_decay=20)
    # The last note of a batch has to sound to its end.
    patches = np.stack([patch(amsynth), short, patch(amsynth)])
    note, audio = NoteConfig(seconds=0.1), AudioConfig(samples=20_000)
    with Live(section(), ringing, note, audio, SilenceConfig()) as engine:
        first, second, _ = engine.render(patches)
    released = round(0.25 * audio.sample_rate)
    assert np.abs(first[released:]).max() > 1e-2
    # Nothing but its own note, which has decayed.
    assert np.abs(second[released:]).max() < 1e-3


@pytest.mark.live
def test_a_host_of_its_own() -> None:
    # In a process of its own: libjack keeps to the first server that a process has met.
    result = subprocess.run(
        [sys.executable, "-c", HOSTED], capture_output=True, text=True, timeout=120, check=True
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

    player = Player(section(midi_port="tee"), amsynth, NoteConfig(), AUDIO, SilenceConfig())

    def play() -> None:
        with player:
            time.sleep(0.1)
            tee.clear()
            monkeypatch.setattr(Recorder, "read", fail)
            player.take(patch(amsynth))

    with pytest.raises(reason):
        play()
    time.sleep(0.1)
    assert [0x90, 60, 100] in tee
    assert tee[-3:] == LAST


def test_notes_are_ended_on_sigterm(tee: list[list[int]]) -> None:
    player = subprocess.Popen([sys.executable, "-c", PLAYER], stdout=subprocess.PIPE, text=True)
    assert player.stdout is not None
    assert player.stdout.readline() == "open\n"
    time.sleep(0.5)
    player.terminate()
    assert player.wait(10) == 128 + signal.SIGTERM
    player.stdout.close()
    time.sleep(0.1)
    assert tee[-3:] == LAST


def test_a_buffer_dropped_before_the_press_counts(
    session: JackSession, amsynth: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = Player(section(), amsynth, NoteConfig(), AUDIO, SilenceConfig())
    prime = Player._prime

    def prime_and_drop(self: Player, seconds: float) -> None:
        prime(self, seconds)
        self._recorder.dropped = self._recorder.count

    def faults(takes: int) -> list[str | None]:
        return [player.take(patch(amsynth))[1] for _ in range(takes)]

    with player:
        with monkeypatch.context() as context:
            context.setattr(Player, "_prime", prime_and_drop)
            assert faults(3) == 3 * ["interrupted by a dropped buffer"]
        # A busy machine may drop one of its own.
        assert None in faults(3)


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
    engine = Live(
        section(), amsynth, NoteConfig(), AudioConfig(sample_rate=48_000), SilenceConfig()
    )
    with pytest.raises(SynthinvError, match=r"audio\.sample_rate.*48000 Hz.*44100 Hz"), engine:
        pass


def test_a_missing_library_is_one_sentence(
    session: JackSession, amsynth: Instrument, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    player = Player(section(), amsynth, NoteConfig(), AUDIO, SilenceConfig())
    with pytest.raises(SynthinvError, match="apt-get install libportaudio2"), player:
        pass


def test_no_return_is_one_sentence(session: JackSession, amsynth: Instrument) -> None:
    # A port that nobody listens to.
    engine = live(amsynth, midi_port="nobody", virtual_port=True)
    with pytest.raises(SynthinvError, match=r"no sound came back from 'amsynth.*'nobody'"), engine:
        pass


@pytest.mark.parametrize(
    ("patches", "message"),
    [
        (np.zeros((1, 3), np.int64), "amsynth-16: patches must be \\[n, 16\\], not \\[1, 3\\]"),
        (np.full((2, 16), 128), "amsynth-16: note 0: [a-z0-9_]+ is 128, not a step 0 to 127"),
    ],
)
def test_patches_of_no_instrument_are_refused(
    amsynth: Instrument, patches: npt.NDArray[np.integer], message: str
) -> None:
    with pytest.raises(SynthinvError, match=message):
        live(amsynth).render(patches)


class Sleepy(Player):
    """A player whose synth plays nothing at first, and then every patch, with a lag of its own."""

    def __init__(self, amsynth: Instrument, lost: int, **fields: Any) -> None:
        super().__init__(section(**fields), amsynth, NoteConfig(), AUDIO, SilenceConfig())
        self._recorder: Any = SimpleNamespace(name="line")
        self._host: Any = None
        if self._engine.host is not None:
            self._host = SimpleNamespace(check=lambda: None, log_tail=lambda name: f"{name} is up")
        self._lost = lost
        self.played: list[list[int]] = []

    def _measure_noise(self) -> None:
        pass

    def _lag(self, patch: npt.NDArray[np.integer], attempts: int = 1) -> int | None:
        self.played.append(patch.tolist())
        return None if len(self.played) <= self._lost else 100 + int(patch[0])

    def calibrate(self) -> "Sleepy":
        self._calibrate()
        return self


@pytest.mark.parametrize(
    ("fields", "opened"),
    [
        # RtMidi does not see that a port which is there cannot be connected yet; PortAudio does.
        ({}, ["audio", "audio closed", "MIDI", "audio"]),
        ({"virtual_port": True}, ["MIDI", "audio"]),
        ({"midi_api": "LINUX_ALSA"}, ["MIDI", "audio"]),
    ],
)
def test_a_midi_port_is_opened_once_ports_can_be_connected(
    amsynth: Instrument,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, Any],
    opened: list[str],
) -> None:
    order: list[str] = []

    @contextmanager
    def record(*_: object) -> Iterator[None]:
        order.append("audio")
        yield
        order.append("audio closed")

    @contextmanager
    def connect(*_: object) -> Iterator[None]:
        order.append("MIDI")
        yield

    monkeypatch.setattr(player_module, "open_recorder", record)
    monkeypatch.setattr(player_module, "open_port", connect)
    monkeypatch.setattr(Player, "_hush", lambda player: None)
    with monkeypatch.context() as context:
        context.setattr(Player, "_calibrate", lambda player: None)
        with Player(section(**fields), amsynth, NoteConfig(), AUDIO):
            assert order == opened


@pytest.mark.parametrize("lost", [1, 2, 10, 13, 30])
def test_a_synth_that_needs_a_while_to_sound_is_waited_for(amsynth: Instrument, lost: int) -> None:
    awake, sleepy = (Sleepy(amsynth, notes).calibrate() for notes in (0, lost))
    assert sleepy.latency == awake.latency
    # What is measured is measured with the same patches.
    assert sleepy.played[-len(awake.played) :] == awake.played


def test_a_patch_that_is_silent_does_not_make_a_synth_sleepy(amsynth: Instrument) -> None:
    class Silent(Sleepy):
        def _lag(self, patch: npt.NDArray[np.integer], attempts: int = 1) -> int | None:
            lag = super()._lag(patch, attempts)
            return None if patch.tolist() == self.played[0] else lag

    played = Silent(amsynth, 0).calibrate().played
    assert played.count(played[0]) == 2
    assert len(played) == CALIBRATION_ONSETS + 2


@pytest.mark.parametrize(
    ("host", "message"),
    [
        (None, r"'line' for 20 s while 12 patches .* channel 1; check that the synth receives"),
        (
            JackConfig(timeout=7),
            r"'line' for 7 s .*ends: synth is up.*; check that it loads a sound .*host\.timeout",
        ),
    ],
)
def test_a_synth_that_stays_silent_is_given_up_with_what_to_look_at(
    amsynth: Instrument, monkeypatch: pytest.MonkeyPatch, host: JackConfig | None, message: str
) -> None:
    sleepy = Sleepy(amsynth, 1_000, host=host)
    clock = SimpleNamespace(monotonic=lambda: float(len(sleepy.played)))
    monkeypatch.setattr(player_module, "time", clock)
    with pytest.raises(HostLostError, match=message):
        sleepy.calibrate()
    assert len(sleepy.played) == (24 if host is None else 12)


class Scripted:
    """A stand-in for a player, with scripted faults, that counts how often it is used."""

    latency = 0
    quiet = 0.0

    def __init__(self, script: list[Fault | str | None]) -> None:
        self.script = script
        self.started = self.taken = self.asked = 0
        self.failures: list[PlayerLostError] = []
        self.mute = False

    def __call__(self, *setting: object) -> "Scripted":
        self.started += 1
        self.mute = False
        if self.failures:
            raise self.failures.pop(0)
        return self

    def take(self, patch: Patches) -> tuple[npt.NDArray[np.float32], Any]:
        self.taken += 1
        fault = self.script.pop(0) if self.script else None
        if fault == "lost":
            raise PlayerLostError("it is gone")
        if fault in ("mute", "silent patch"):
            self.mute |= fault == "mute"
            return np.zeros(AUDIO.samples, dtype=np.float32), "silent"
        if fault == "cut off":
            self.mute = True
            return np.repeat(np.array([self.taken, 0], np.float32), AUDIO.samples // 2), None
        return np.full(AUDIO.samples, self.taken, dtype=np.float32), fault

    def responds(self) -> bool:
        self.asked += 1
        return not self.mute

    def close(self, at_once: bool = False) -> None:
        pass

    def kill(self) -> None:
        pass


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    player = Scripted([])
    monkeypatch.setattr(live_module, "PlayerProcess", player)
    monkeypatch.setattr(live_module, "DROPOUT_PAUSE", 0)
    return player


@pytest.mark.parametrize("fault", ["silent", "clipped", "interrupted by a dropped buffer", "lost"])
def test_a_faulty_note_is_played_again(scripted: Scripted, amsynth: Instrument, fault: str) -> None:
    scripted.script = [None, fault]
    with live(amsynth, host=JackConfig()) as engine:
        sounds = engine.render(np.stack([patch(amsynth)] * 3))
    assert sounds[:, 0].tolist() == [1, 3, 4]
    assert scripted.started == (2 if fault == "lost" else 1)


@pytest.mark.parametrize("fault", ["silent", "clipped"])
def test_a_note_that_stays_so_is_kept(
    scripted: Scripted, amsynth: Instrument, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.script = [fault] * 9
    with live(amsynth, retries=1) as engine, caplog.at_level(logging.WARNING):
        engine.render(patch(amsynth)[None])
    assert scripted.taken == 2
    assert f"note 0 was {fault} 2 times and is kept so" in caplog.text


def test_dropouts_that_do_not_end_fail_the_note(scripted: Scripted, amsynth: Instrument) -> None:
    scripted.script = [None, *["interrupted by a dropped buffer"] * 9]
    with live(amsynth, dropout_retries=2) as engine, pytest.raises(NoteError) as error:
        engine.render(np.stack([patch(amsynth)] * 2))
    assert error.value.index == 1
    assert str(error.value).startswith("note 1 was interrupted by a dropped buffer 3 times")


def test_a_stream_that_has_stopped_is_started_again(
    scripted: Scripted, amsynth: Instrument
) -> None:
    scripted.script = ["cut short"] * 3
    with live(amsynth, host=JackConfig()) as engine:
        engine.render(patch(amsynth)[None])
    assert scripted.started == 2


def test_a_synth_that_falls_silent_is_started_again(
    scripted: Scripted, amsynth: Instrument
) -> None:
    scripted.script = [None, None, *["mute"] * 2]
    with live(amsynth, host=JackConfig(), retries=1) as engine:
        sounds = engine.render(np.stack([patch(amsynth)] * 4))
    assert scripted.started == 2
    # The second note may have been cut off, so it is played again, too.
    assert sounds[:, 0].tolist() == [1, 5, 6, 7]


def test_a_last_note_that_is_cut_off_is_played_again(
    scripted: Scripted, amsynth: Instrument
) -> None:
    scripted.script = [None, None, "cut off"]
    with live(amsynth, host=JackConfig()) as engine:
        sounds = engine.render(np.stack([patch(amsynth)] * 3))
    assert scripted.started == 2
    assert sounds[:, -1].tolist() == [1, 4, 5]


def test_a_silent_patch_is_distinguished_from_a_silent_synth(
    scripted: Scripted, amsynth: Instrument
) -> None:
    scripted.script = [None, *["silent patch"] * 2]
    with live(amsynth, host=JackConfig(), retries=1) as engine:
        sounds = engine.render(np.stack([patch(amsynth)] * 4))
    assert sounds[:, 0].tolist() == [1, 0, 4, 5]
    assert (scripted.started, scripted.asked) == (1, 1)


def test_after_a_faint_note_the_synth_is_not_checked(
    scripted: Scripted, amsynth: Instrument
) -> None:
    scripted.script = ["silent"] * 4
    with live(amsynth, host=JackConfig(), retries=1) as engine:
        engine.render(np.stack([patch(amsynth)] * 2))
    assert scripted.asked == 0


def test_a_synth_that_nobody_can_start_again_is_one_sentence(
    scripted: Scripted, amsynth: Instrument
) -> None:
    scripted.script = ["mute"] * 9
    with live(amsynth) as engine, pytest.raises(SynthinvError, match="silent whatever is played"):
        engine.render(patch(amsynth)[None])


@pytest.mark.parametrize(("setting", "most"), [(False, 3), (True, 1)])
def test_a_host_that_does_not_come_up_is_started_again(
    scripted: Scripted, amsynth: Instrument, setting: bool, most: int
) -> None:
    host = JackConfig(restarts=3)
    scripted.failures = [PlayerLostError("it is mute", setting) for _ in range(most)]
    with live(amsynth, host=host) as engine:
        engine.render(patch(amsynth)[None])
    assert scripted.started == most + 1
    scripted.failures = [PlayerLostError("it is mute", setting) for _ in range(most + 1)]
    with pytest.raises(SynthinvError, match="it is mute"), live(amsynth, host=host):
        pass
    assert scripted.started == 2 * (most + 1)


def test_a_host_that_is_not_installed_is_not_started_again(
    amsynth: Instrument, caplog: pytest.LogCaptureFixture
) -> None:
    host = JackConfig(command=("no-such-synth",), restarts=3)
    with (
        pytest.raises(SynthinvError, match=r"^engine\.host: .*'no-such-synth' is not installed"),
        live(amsynth, host=host),
    ):
        pass
    assert caplog.messages == []


def test_notes_are_counted_as_they_are_played(scripted: Scripted, amsynth: Instrument) -> None:
    scripted.script = [None, "mute", "mute"]
    told: list[tuple[int, int]] = []
    with live(amsynth, host=JackConfig(), retries=1) as engine:
        engine.render(np.stack([patch(amsynth)] * 3), lambda *counts: told.append(counts))
    # The first note is played again, since it may have been cut off.
    assert told == [(1, 3), (0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_host_that_dies_again_and_again_is_one_sentence(
    scripted: Scripted, amsynth: Instrument
) -> None:
    scripted.script = ["lost"] * 9
    with (
        live(amsynth, host=JackConfig(restarts=2)) as engine,
        pytest.raises(
            SynthinvError, match=r"note 0: .* lost 3 times, .*it is gone.*host\.restarts"
        ),
    ):
        engine.render(patch(amsynth)[None])


def test_a_synth_that_somebody_else_started_is_not_started_again(
    scripted: Scripted, amsynth: Instrument
) -> None:
    scripted.script = [None, "lost"]
    with (
        live(amsynth) as engine,
        pytest.raises(SynthinvError, match=r"note 1: .*was lost \(it is gone\); check that"),
    ):
        engine.render(np.stack([patch(amsynth)] * 2))
    assert scripted.started == 1


@pytest.mark.live
@pytest.mark.parametrize(
    ("fault", "restarted"),
    [
        ("synth", True),
        ("synth hangs", True),
        ("synth falls silent", True),
        ("server", True),
        ("server hangs", True),
        ("dropped buffer", False),
        ("player", True),
    ],
)
def test_a_capture_survives(fault: str, restarted: bool) -> None:
    # In a process of its own: libjack keeps to the first server that a process has met.
    result = subprocess.run(
        [sys.executable, "-c", SURVIVOR, fault], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["True", "True", str(restarted)], result.stderr


def test_nothing_leaks_from_note_to_note(session: JackSession, amsynth: Instrument) -> None:
    contrasts = [
        # A filter that rings on, then a closed envelope over the same filter.
        ({"filter_resonance": 125, "filter_cutoff": 30}, {"amp_attack": 40}),
        # A glide over four octaves, loud to soft.
        ({"osc2_range": 118, "osc_mix": 127}, {"osc2_range": 0, "osc_mix": 127}),
        ({"osc1_waveform": 16, "osc1_pulsewidth": 120}, {"osc1_waveform": 0, "filter_cutoff": 20}),
        ({"filter_env_amount": 127, "filter_decay": 60}, {"amp_sustain": 0, "amp_decay": 10}),
    ]
    patches = [patch(amsynth, **v) for a, b in contrasts for v in (a, b, a)]
    with live(amsynth) as engine:
        sounds = engine.render(np.stack(patches))
    for first, other, again in zip(sounds[::3], sounds[1::3], sounds[2::3], strict=True):
        assert np.abs(again - first).max() < 1e-4
        assert np.abs(other - first).max() > 0.01


def test_a_stuck_note_is_not_recorded(
    session: JackSession, amsynth: Instrument, jack: mido.Backend
) -> None:
    with live(amsynth) as engine, jack.open_output("amsynth:midi_in") as other:
        clean = engine.render(patch(amsynth)[None])
        other.send(mido.Message("note_on", note=67, velocity=127))
        time.sleep(0.1)
        np.testing.assert_allclose(engine.render(patch(amsynth)[None]), clean, atol=1e-4)


def test_an_onset_is_neither_noise_nor_a_click() -> None:
    rng = np.random.default_rng(0)
    sound = rng.uniform(-1e-3, 1e-3, 8_000).astype(np.float32)
    assert onset(sound, 2e-3, 88) is None
    sound[100] = 0.9
    assert onset(sound, 2e-3, 88) is None
    sound[3_000:] += 0.3 * np.sin(np.arange(5_000) / 7).astype(np.float32)
    found = onset(sound, 2e-3, 88)
    assert found is not None
    assert abs(found - 3_000) < 5


def test_a_sounddevice_that_cannot_start_again_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", SimpleNamespace(__version__="9.9"))
    with pytest.raises(
        SynthinvError, match=r"^engine\.audio_device: sounddevice 9\.9 cannot .* lacks _init"
    ):
        audio_inputs()


@pytest.mark.parametrize(("name", "starts"), [(None, 3), ("mine", 3), ("other", 1)])
def test_inputs_are_listed_again_while_a_busy_server_refuses_clients(
    name: str | None, starts: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class PortAudio:
        __version__ = "9.9"
        _initialized = 0
        starts = 0

        def _initialize(self) -> None:
            self.starts += 1

        def _terminate(self) -> None:
            pass

        def query_hostapis(self) -> list[dict[str, str]]:
            return [{"name": "JACK"}]

        def query_devices(self) -> list[dict[str, Any]]:
            found = {"name": "amsynth", "hostapi": 0, "max_input_channels": 2}
            return [found] if self.starts == 3 else []

    # Sockets of the servers that run; no server is called "other".
    monkeypatch.setattr("synthinv.engines.live.jack.SHARED_FOLDERS", (tmp_path,))
    for server in ("default", "mine"):
        (tmp_path / f"jack_{server}_1000_0").touch()
    if name is None:
        monkeypatch.delenv("JACK_DEFAULT_SERVER", raising=False)
    else:
        monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    port_audio = PortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", port_audio)
    assert audio_inputs() == ({0: "amsynth, JACK"} if starts == 3 else {})
    assert port_audio.starts == starts


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
