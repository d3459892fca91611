"""A private JACK server with a soft-synth on it, for machines without a sound card."""

import logging
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Self

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import JackConfig
from synthinv.engines.environment import environment
from synthinv.engines.live.ending import HostLostError, NotInstalledError, how_it_ended
from synthinv.instruments.controllers import CHANNEL_MODE
from synthinv.instruments.model import Instrument

log = logging.getLogger(__name__)

LOG_TAIL = 6
SERVERS = 8
SERVER_PREFIX = "synthinv"
"""What the names of servers start with."""
SERVER_STARTS = 5
SERVER_PAUSE = 0.5
STOP_SECONDS = 5.0
# Where JACK keeps the sockets and semaphores of a server.
SHARED_FOLDERS = (Path("/dev/shm"), Path("/tmp"))


def controller_map(instrument: Instrument, unused: str) -> str:
    """Return an instrument's CC map in the format of amsynth.

    Parameters
    ----------
    instrument : Instrument
        Parameters and constants, named as the synth names them.
    unused : str
        Parameter named on every CC that the instrument does not send. An empty or unknown name
        crashes some builds of amsynth; this one is never moved, as its CC is never sent.

    Returns
    -------
    str
        Line k names the parameter on CC k, for CC 0 to 119. It ends before the channel mode
        messages: a synth that finds them in its map would move a parameter instead.
    """
    names = {p.cc: p.name for p in instrument.parameters}
    names |= {c.cc: c.name for c in instrument.constants}
    lines = [names.get(cc, unused) for cc in range(CHANNEL_MODE)]
    return "\n".join(lines) + "\n"


class JackSession:
    """A JACK server and a synth that live as long as a `with` block, and no longer.

    The server has a name of its own and a dummy driver, so it needs no sound card and disturbs no
    other server. While the block runs, this process talks to it (`JACK_DEFAULT_SERVER`). Both
    processes are children of this one, are stopped by their process ids, and are killed by the
    kernel when the thread that started them ends in any other way, `kill -9` included.

    Parameters
    ----------
    host : JackConfig
        The `engine.host` section.
    instrument : Instrument
        What the synth's CC map is written from.
    sample_rate : int
        Sample rate of the server in Hz.
    ports : callable
        Lists the MIDI ports of the server named in `JACK_DEFAULT_SERVER`; the synth is ready when
        there is one.
    """

    def __init__(
        self,
        host: JackConfig,
        instrument: Instrument,
        sample_rate: int,
        ports: Callable[[], Sequence[str]],
    ) -> None:
        self._host = host
        self._instrument = instrument
        self._sample_rate = sample_rate
        self._ports = ports
        self._folder = Path()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = ExitStack()
        self.name = ""
        """Name of the server, for `JACK_DEFAULT_SERVER`."""

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the server and the synth."""
        return tuple(process.pid for process in self._processes.values())

    def __enter__(self) -> Self:
        """Start both processes and wait until the synth has its ports.

        Raises
        ------
        SynthinvError
            If a program is missing, ends at once or is not ready in time; the message carries the
            end of its log.
        """
        with ExitStack() as stack:
            self.name = _claim_name(stack)
            _remove_remains(self.name)
            _require(self._host.command[0])
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="synthinv-jack-"))
            self._folder = Path(folder)
            stack.callback(_remove_remains, self.name)
            stack.enter_context(
                environment({"JACK_DEFAULT_SERVER": self.name, "JACK_NO_START_SERVER": "1"})
            )
            stack.callback(self._stop)
            with undisturbed():
                self._start_server()
                self._start("synth", self._host.command, self._synth_environment())
                self._wait_for("synth", self._synth_is_ready)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop the server and the synth, and remove what they left."""
        self._stack.close()

    def check(self, patience: float = 0) -> None:
        """Make sure that both processes still run.

        Parameters
        ----------
        patience : float
            Seconds for which one that has just crashed may take to end.

        Raises
        ------
        HostLostError
            If one has ended; the message carries the end of its log.
        """
        deadline = time.monotonic() + patience
        while True:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    raise HostLostError(
                        f"engine.host: {self._title(name)} {how_it_ended(process.returncode)} "
                        f"(its log ends: {self.log_tail(name)}); run it by itself, and mend "
                        "engine.host.command"
                    )
            if time.monotonic() >= deadline:
                return
            time.sleep(0.05)

    def _start_server(self) -> None:
        """Start the server, and a few times more if it ends at once.

        Seen now and then on a busy machine, with status 255, twice in a row, too; the cause is not
        known.
        """
        command, extra = self._server_command(), {"JACK_NO_AUDIO_RESERVATION": "1"}
        for left in reversed(range(SERVER_STARTS)):
            self._start("jackd", command, extra)
            try:
                self._wait_for("jackd", self._server_is_ready)
                return
            except HostLostError as error:
                if self._processes["jackd"].poll() is None or not left:
                    raise
                log.warning("%s; starting it again", error)
                _remove_remains(self.name)
                time.sleep(SERVER_PAUSE)

    def _server_command(self) -> list[str]:
        rate, period = str(self._sample_rate), str(self._host.period)
        driver = ["-d", "dummy", "-r", rate, "-p", period]
        return ["jackd", "--no-realtime", "-n", self.name, *driver]

    def _server_is_ready(self) -> bool:
        return server_runs(self.name)

    def _synth_is_ready(self) -> bool:
        # The MIDI library raises exceptions of its own where it cannot reach the server.
        with suppress(Exception):
            return bool(self._ports())
        return False

    def _synth_environment(self) -> dict[str, str]:
        config, data = self._folder / "config", self._folder / "data"
        data.mkdir()
        config.mkdir()
        if self._host.controllers_file is not None:
            path = config / self._host.controllers_file
            path.parent.mkdir(parents=True, exist_ok=True)
            text = controller_map(self._instrument, self._host.unused_controllers)
            path.write_text(text, encoding="ascii")
        return {"XDG_CONFIG_HOME": str(config), "XDG_DATA_HOME": str(data)}

    def _start(self, name: str, command: Sequence[str], extra: Mapping[str, str]) -> None:
        _require(command[0])
        _require("setpriv")
        # setpriv asks the kernel to end the program with us and then becomes it, so the process id
        # is the program's. A preexec_fn could do so too, but is unsafe beside PortAudio's threads.
        wrapped = ["setpriv", "--pdeathsig", "KILL", "--", *command]
        with self._log(name).open("wb") as output:
            process = subprocess.Popen(
                wrapped,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **extra},
                # Ctrl-C is for us: the synth must live until the last note is off.
                start_new_session=True,
            )
        self._processes[name] = process

    def _stop(self) -> None:
        # The server goes first: it waits in vain for a client that has gone without a word.
        with undisturbed():
            for process in self._processes.values():
                process.terminate()
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    log.warning("process %d ignores SIGTERM and is killed", process.pid)
                    process.kill()
                    process.wait()

    def _wait_for(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._host.timeout
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise HostLostError(
                    f"engine.host: {self._title(name)} was not ready after "
                    f"{self._host.timeout:g} s; raise engine.host.timeout or mend the command "
                    f"(its log ends: {self.log_tail(name)})"
                )
            time.sleep(0.05)

    def _title(self, name: str) -> str:
        command = self._server_command() if name == "jackd" else self._host.command
        return f"'{' '.join(command)}'"

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def log_tail(self, name: str) -> str:
        """Return the last lines that a process has printed: "jackd", the server, or "synth"."""
        text = self._log(name).read_text(encoding="utf-8", errors="replace")
        # Some repeat one line for ever.
        lines = [line for line, _ in groupby(map(str.strip, text.splitlines())) if line]
        return " | ".join(lines[-LOG_TAIL:]) or "it is empty"


def server_runs(name: str) -> bool:
    """Return whether a JACK server of this name runs, or was killed and has left its sockets."""
    return any(any(folder.glob(f"jack_{name}_*")) for folder in SHARED_FOLDERS)


def _require(program: str) -> None:
    packages = {"jackd": "jackd2", "setpriv": "util-linux"}
    if shutil.which(program) is None:
        package = packages.get(program, Path(program).name)
        raise NotInstalledError(
            f"engine.host: the program '{program}' is not installed; install it "
            f"(Debian and Ubuntu: apt-get install {package})"
        )


def _claim_name(stack: ExitStack) -> str:
    """Take the first server name that no other process holds, until the stack unwinds."""
    # Imported here because Windows, where this class is of no use, lacks it.
    import fcntl

    # JACK has eight places for servers on a machine and frees that of a killed server only for one
    # of the same name: names must come back. The lock ends with this process, however it ends.
    prefix = f"{SERVER_PREFIX}-{os.getuid()}"
    for number in range(SERVERS):
        path = Path(tempfile.gettempdir()) / f"{prefix}-{number}.lock"
        lock = stack.enter_context(path.open("w"))
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return f"{prefix}-{number}"
    raise SynthinvError(
        f"engine.host: {SERVERS} JACK servers run already, which is the most that JACK allows; "
        "wait for a capture to end, or run fewer at a time"
    )


_undisturbed = 0


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep all other processes of this user from starting and stopping JACK servers and clients.

    All servers of a machine share one registry. While one starts or stops, another that starts
    may come up so that no client can reach it, and a client may fail to open. May be nested.
    """
    import fcntl

    global _undisturbed
    with ExitStack() as stack:
        if not _undisturbed:
            path = Path(tempfile.gettempdir()) / f"synthinv-{os.getuid()}-start.lock"
            fcntl.flock(stack.enter_context(path.open("w")), fcntl.LOCK_EX)
        _undisturbed += 1
        try:
            yield
        finally:
            _undisturbed -= 1


def _remove_remains(name: str) -> None:
    # A server that was killed leaves sockets and semaphores that carry its name, and its synth a
    # semaphore in any case. Other servers' files are not ours to remove; shared memory segments
    # carry no name, and the next server to start frees those of dead ones.
    for folder in SHARED_FOLDERS:
        for path in folder.glob(f"jack_*{name}_*"):
            with suppress(OSError):
                path.unlink()
