import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import mido
import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import JackConfig, LiveConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig
from synthinv.engines.live.ending import how_it_ended
from synthinv.engines.live.jack import JackSession, controller_map
from synthinv.engines.live.player import Player
from synthinv.instruments.model import Instrument

OWNER = """
import time
import mido
from synthinv.config.sections.engine import JackConfig
from synthinv.engines.live import jack
from synthinv.engines.live.jack import JackSession
from synthinv.instruments.load import load_instrument
jack.SERVER_PREFIX = "synthinv-killed"
ports = mido.Backend("mido.backends.rtmidi/UNIX_JACK").get_output_names
amsynth = load_instrument("amsynth-16")
with JackSession(JackConfig(), amsynth, 44_100, ports) as session:
    print(session.name, *session.pids, flush=True)
    time.sleep(60)
"""


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def watch(session: JackSession) -> None:
    """Check a session for five seconds: a process has ended when the last of its threads has."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        session.check()
        time.sleep(0.05)


def remains(name: str) -> list[str]:
    return [path.name for path in Path("/dev/shm").glob(f"jack_*{name}*")]


def test_the_map_names_the_parameter_of_every_controller(amsynth: Instrument) -> None:
    lines = controller_map(amsynth, "reverb_damp").splitlines()
    assert len(lines) == 120
    assert lines[21] == "filter_cutoff"
    assert lines[70] == "master_vol"
    assert lines[0] == "reverb_damp"


def test_server_and_synth_end_with_the_block(jack: mido.Backend, amsynth: Instrument) -> None:
    before = os.environ.get("JACK_DEFAULT_SERVER")
    with JackSession(JackConfig(), amsynth, 44_100, jack.get_output_names) as session:
        assert os.environ["JACK_DEFAULT_SERVER"] == session.name
        assert "amsynth:midi_in" in jack.get_output_names()
        assert all(runs(pid) for pid in session.pids)
        folder = session._folder
        assert folder.is_dir()
    assert not any(runs(pid) for pid in session.pids)
    assert not folder.exists()
    assert remains(session.name) == []
    assert os.environ.get("JACK_DEFAULT_SERVER") == before


def test_server_and_synth_end_with_a_killed_owner(
    jack: mido.Backend, amsynth: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A name that no test beside this one takes meanwhile.
    monkeypatch.setattr("synthinv.engines.live.jack.SERVER_PREFIX", "synthinv-killed")
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    name, *pids = owner.stdout.readline().split()
    assert len(pids) == 2
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 5
    while any(runs(int(pid)) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(runs(int(pid)) for pid in pids)
    # Its name, and with it its place among JACK's servers, is taken over as soon as init has
    # reaped the server: JACK takes a zombie for alive.
    while Path(f"/proc/{pids[0]}").exists() and time.monotonic() < deadline + 5:
        time.sleep(0.05)
    with JackSession(JackConfig(), amsynth, 44_100, jack.get_output_names) as session:
        assert session.name == name
        os.kill(session.pids[1], signal.SIGKILL)
        with pytest.raises(SynthinvError, match=r"'amsynth .*' was ended by signal 9 \(SIGKILL\)"):
            watch(session)
    assert remains(name) == []


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("no-such-synth",), "'no-such-synth' is not installed.*apt-get install no-such-synth"),
        (("sh", "-c", "echo no display >&2; exit 3"), "ended with status 3.*no display"),
        (("sleep", "30"), "'sleep 30' was not ready after 5 s.*its log ends: it is empty"),
    ],
)
def test_a_synth_that_does_not_start_is_one_sentence(
    jack: mido.Backend, amsynth: Instrument, command: tuple[str, ...], message: str
) -> None:
    session = JackSession(
        JackConfig(command=command, timeout=5), amsynth, 44_100, jack.get_output_names
    )
    with pytest.raises(SynthinvError, match=message), session:
        pass
    assert not any(runs(pid) for pid in session.pids)
    assert remains(session.name) == []


def test_a_missing_server_program_is_one_sentence(
    amsynth: Instrument, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    synth = tmp_path / "amsynth"
    synth.touch(mode=0o755)
    with (
        pytest.raises(SynthinvError, match=r"'jackd' is not installed.*apt-get install jackd2"),
        JackSession(JackConfig(), amsynth, 44_100, list),
    ):
        pass


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "ended with status 0"),
        (3, "ended with status 3"),
        (-11, "was ended by signal 11 (SIGSEGV)"),
        (139, "ended with status 139, as a shell reports SIGSEGV"),
        (255, "ended with status 255"),
    ],
)
def test_an_end_is_put_into_words(status: int, words: str) -> None:
    assert how_it_ended(status) == words


def lose_the_port(engine: LiveConfig, api: str | None) -> NoReturn:
    raise SynthinvError("engine.midi_port: there is no MIDI port 'synth'")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "echo no preset; kill -SEGV $$",
            r"ended by signal 11 \(SIGSEGV\) .*ends: no preset\)",
        ),
        ("echo bye; sleep 0.3; exit 4", r"ended with status 4 \(its log ends: bye\)"),
        ("sleep 30", r"engine\.midi_port: there is no MIDI port 'synth'"),
    ],
)
def test_a_synth_that_crashes_once_its_port_is_there_is_not_reported_as_a_missing_port(
    amsynth: Instrument,
    script: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def enter(session: JackSession) -> JackSession:
        session._folder = tmp_path
        session._start("synth", session._host.command, {})
        session._stack.callback(session._stop)
        return session

    monkeypatch.setattr(JackSession, "__enter__", enter)
    monkeypatch.setattr(Player, "_wait_for_connections", lambda player: None)
    monkeypatch.setattr("synthinv.engines.live.player.open_port", lose_the_port)
    host = JackConfig(command=("sh", "-c", script))
    engine = LiveConfig(kind="live", midi_port="synth", host=host)
    player = Player(engine, amsynth, NoteConfig(), AudioConfig())
    with pytest.raises(SynthinvError, match=message), player:
        pass
    assert not any(runs(pid) for pid in player.host_pids)
