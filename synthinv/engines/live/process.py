"""A player in a process of its own, which can be given up when the audio system hangs.

The libraries of a sound system wait for one another, and for ever if a server dies at the wrong
moment. So the player runs in a child process, and the parent waits for it with a deadline. They
exchange pickles over the child's standard input and output, which nothing else reads or writes.
"""

import logging
import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import LiveConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, SilenceConfig
from synthinv.engines.live.audio_input import STALL_SECONDS
from synthinv.engines.live.ending import HostLostError, NotInstalledError, how_it_ended
from synthinv.engines.live.player import (
    CALIBRATION_NOTES,
    CALIBRATION_SECONDS,
    PROOF_ATTEMPTS,
    Fault,
    Player,
    sound_seconds,
)
from synthinv.instruments.model import Instrument

log = logging.getLogger(__name__)

CLOSE_SECONDS = 8.0
"""How long a player may take to end its note and stop its host."""
OPEN_SECONDS = 120.0
"""How long it may wait for the locks of other jobs."""
SPARE_SECONDS = 5.0
LAST_OUTPUT = 300
"""Characters of a player's output that a message quotes."""
CLEARED_SECONDS = 5.0


class PlayerLostError(Exception):
    """An error for a player that has ended, hangs, or reports that it cannot go on.

    Parameters
    ----------
    reason : str
        What happened.
    setting : bool
        It may be a wrong setting, with which every other player would fail as well.
    """

    def __init__(self, reason: str, setting: bool = False) -> None:
        super().__init__(reason)
        self.setting = setting


class PlayerProcess:
    """A `Player` in a child process.

    Parameters
    ----------
    engine, instrument, note, audio, silence
        As for `Player`.

    Raises
    ------
    PlayerLostError
        If the player cannot be opened.
    NotInstalledError
        If it cannot be opened because a program or a library is missing.
    """

    def __init__(
        self,
        engine: LiveConfig,
        instrument: Instrument,
        note: NoteConfig,
        audio: AudioConfig,
        silence: SilenceConfig,
    ) -> None:
        length = audio.samples / audio.sample_rate
        rests = rest_seconds(engine)
        self._take_seconds = length + rests + SPARE_SECONDS
        self._proof_seconds = PROOF_ATTEMPTS * (CALIBRATION_SECONDS + rests) + SPARE_SECONDS
        # Waits of its own: for the locks of other jobs, the server, the synth, and calibration.
        start = opening_seconds(engine) + (engine.connect if engine.virtual_port else 0.0)
        start += 0.0 if engine.host is None else 2 * engine.host.timeout
        # Sound systems print what concerns nobody as long as all goes well.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `kill` and `close`)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "synthinv.engines.live.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            # Ctrl-C is for the parent, which then ends this one.
            start_new_session=True,
        )
        self.latency = 0
        self.quiet = 0.0
        self._host_pids: tuple[int, ...] = ()
        self._messages: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            setting = (engine, instrument, note, audio, silence)
            self.latency, self.quiet, self._host_pids = self._ask(setting, start)
        except BaseException:
            self.kill()
            raise

    def take(self, patch: npt.NDArray[np.integer]) -> tuple[Audio, Fault | None]:
        """Play and record one note once, see `Player.take`.

        Raises
        ------
        PlayerLostError
            If no reply comes in time, or never will.
        """
        taken: tuple[Audio, Fault | None] = self._ask(patch, self._take_seconds)
        return taken

    def responds(self) -> bool:
        """Check whether the synth still plays, see `Player.responds`.

        Raises
        ------
        PlayerLostError
            If no reply comes in time, or never will.
        """
        responds: bool = self._ask(None, self._proof_seconds)
        return responds

    def close(self, at_once: bool = False) -> None:
        """Let the player end its note, close its ports and stop its host; kill it if it hangs.

        Parameters
        ----------
        at_once : bool
            Do not wait for the note that is sounding.
        """
        if self._process.stdin is not None and not self._process.stdin.closed:
            try:
                self._process.stdin.close()
            except OSError:  # it has ended
                log.debug("the player had ended before it was closed")
        if at_once:
            self._process.terminate()
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("the player does not close and is killed")
            self.kill()
        self._output.close()

    def kill(self) -> None:
        """Kill the player; the kernel ends its host with it."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            with suppress(OSError):  # what was not sent is lost with its reader
                self._process.stdin.close()
        self._output.close()
        # JACK takes a server for running until the system has cleared it away.
        deadline = time.monotonic() + CLEARED_SECONDS
        while any(Path(f"/proc/{pid}").exists() for pid in self._host_pids):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)

    def _ask(self, request: object, seconds: float) -> Any:
        """Send a request, and wait some seconds for its reply."""
        assert self._process.stdin is not None
        try:
            pickle.dump((seconds, request), self._process.stdin)
            self._process.stdin.flush()
        except OSError:
            raise PlayerLostError(self._end()) from None
        while True:
            try:
                kind, content = self._messages.get(timeout=seconds)
            except queue.Empty:
                raise PlayerLostError(
                    f"the player has not replied for {seconds:.0f} s; the sound system hangs"
                ) from None
            if kind == "log":
                log.log(*content)
            elif kind == "missing":
                raise NotInstalledError(content)
            elif kind in ("lost", "failed"):
                raise PlayerLostError(content, setting=kind == "failed")
            elif kind == "ended":
                raise PlayerLostError(self._end())
            else:
                return content

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as replies:
            try:
                while True:
                    self._messages.put(pickle.load(replies))
            except (EOFError, OSError, pickle.UnpicklingError):
                self._messages.put(("ended", None))

    def _end(self) -> str:
        try:
            status = self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            return "the player has closed its connection"
        printed = self._printed()
        log.debug("the player printed: %s", printed)
        last = f" (its output ends: {printed[-LAST_OUTPUT:]})" if printed else ""
        return f"the player {how_it_ended(status)}{last}"

    def _printed(self) -> str:
        """Return what the player and its libraries have printed, on one line."""
        self._output.seek(0)
        return " | ".join(self._output.read().decode(errors="replace").splitlines())


def rest_seconds(engine: LiveConfig) -> float:
    """Return the seconds that a note may take at most, besides its own."""
    return engine.settle + 3 * engine.release + 2 * engine.primer + STALL_SECONDS


def opening_seconds(engine: LiveConfig) -> float:
    """Return the seconds that a player may take to open: until the synth sounds, and two rounds."""
    rounds = 2 * CALIBRATION_NOTES * (CALIBRATION_SECONDS + rest_seconds(engine))
    return OPEN_SECONDS + sound_seconds(engine) + rounds


class _Watched(Player):
    """A player that the system ends if it keeps the lock for longer than its host may take."""

    @contextmanager
    def _alone(self) -> Iterator[None]:
        host = self._engine.host
        with super()._alone():
            if host is not None:
                # Servers and clients that hang do so while they are opened or closed.
                _die_in(host.timeout)
            yield
        _die_in(opening_seconds(self._engine))


class _Forward(logging.Handler):
    """A handler that sends log records to the parent."""

    def __init__(self, replies: Any) -> None:
        super().__init__()
        self._replies = replies

    def emit(self, record: logging.LogRecord) -> None:
        _reply(self._replies, "log", (record.levelno, record.getMessage()))


def _reply(stream: Any, kind: str, content: object) -> None:
    pickle.dump((kind, content), stream)
    stream.flush()


def main() -> None:
    """Play what the parent asks for, until it closes the connection."""
    requests = sys.stdin.buffer
    # What libraries print must not come between the replies.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.basicConfig(level=logging.INFO, handlers=[_Forward(replies)])
    try:
        with _Watched(*_next(requests)) as player:
            _reply(replies, "open", (player.latency, player.quiet, player.host_pids))
            try:
                _serve(player, requests, replies)
            finally:
                _die_in(CLOSE_SECONDS)
    except NotInstalledError as error:
        _reply(replies, "missing", str(error))
    except HostLostError as error:
        _reply(replies, "lost", str(error))
    except SynthinvError as error:
        _reply(replies, "failed", str(error))
    except BrokenPipeError:
        # The parent was killed; the player has ended its note all the same.
        os._exit(1)


def _serve(player: Player, requests: Any, replies: Any) -> None:
    while True:
        try:
            patch = _next(requests)
        except EOFError:
            return
        try:
            reply = player.responds() if patch is None else player.take(patch)
        except SynthinvError as error:
            # Sent before anything is closed, which may hang.
            _reply(replies, "lost", str(error))
            return
        _reply(replies, "played", reply)


def _next(requests: Any) -> Any:
    _die_in(0)
    seconds, request = pickle.load(requests)
    _die_in(seconds)
    return request


def _die_in(seconds: float) -> None:
    """Have the system end this process after some seconds, or take that back with 0.

    A parent kills a player that hangs. If the parent was killed itself, the player would hang for
    ever, and keep the lock for which all other players wait. No thread of Python could help it:
    what hangs may hold Python's own lock.
    """
    if hasattr(signal, "alarm"):
        signal.alarm(math.ceil(seconds + SPARE_SECONDS) if seconds else 0)


if __name__ == "__main__":
    main()
