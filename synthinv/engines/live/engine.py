"""A synth played over MIDI and recorded as it sounds, in real time (thesis, sections 3.1 and 3.2).

`player` plays a note, and `process` runs it in a process of its own; this module decides which
notes to play again, and restarts a private synth that has died.
"""

import logging
import time
from contextlib import ExitStack
from typing import Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.level import peak
from synthinv.audio.types import Audio
from synthinv.common.errors import NoteError, SynthinvError
from synthinv.common.progress import ProgressHook, announced
from synthinv.config.sections.engine import LiveConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig, SilenceConfig
from synthinv.engines.checks import not_open, require_steps
from synthinv.engines.live.player import QUIET_SECONDS, Fault, sigterm_as_exit
from synthinv.engines.live.process import PlayerLostError, PlayerProcess
from synthinv.instruments.model import Instrument

log = logging.getLogger(__name__)

DROPOUT_PAUSE = 0.1
LONGEST_PAUSE = 2.0
MOST_STALLS = 3
"""Notes in a row that are cut short before the player is given up."""


def make(
    playing: PlayingConfig, instrument: Instrument, threads: int, seed: np.random.SeedSequence
) -> "Live":
    """Create the engine, see `synthinv.engines.opening.open_engine`."""
    assert isinstance(playing.engine, LiveConfig)
    if not instrument.has_controllers:
        raise SynthinvError(
            f"{instrument.name}: has knobs without cc, and a live synth is played by controllers; "
            "give each knob one"
        )
    return Live(playing.engine, instrument, playing.note, playing.audio, playing.silence)


class Live:
    """A synth that is played over MIDI and recorded in real time.

    A note that comes back silent, clipped, short or with a dropped buffer is played again. When the
    synth or the server of `engine.host` dies or hangs, both are started again, and the note that
    was interrupted is played anew; likewise when even a patch that is known to sound stays silent.

    However a block ends, on an exception, `KeyboardInterrupt` and SIGTERM included, note-off,
    all-sound-off and all-notes-off are the last messages sent. Even when this process is killed the
    player ends its note and its host.

    Parameters
    ----------
    engine : LiveConfig
        The `engine` section: ports, device, times, retries.
    instrument : Instrument
        What is played.
    note : NoteConfig
        The note played for every patch.
    audio : AudioConfig
        Sample rate in Hz and length of a recording in samples.
    silence : SilenceConfig
        The peak level in dBFS below which a note counts as silent.
    """

    def __init__(
        self,
        engine: LiveConfig,
        instrument: Instrument,
        note: NoteConfig,
        audio: AudioConfig,
        silence: SilenceConfig | None = None,
    ) -> None:
        self._engine, self._instrument = engine, instrument
        self._setting = (engine, instrument, note, audio, silence or SilenceConfig())
        self._samples = audio.samples
        self._tail = round(QUIET_SECONDS * audio.sample_rate)
        self._restarts = 0
        self._open = False
        self._stack = ExitStack()

    @property
    def latency(self) -> int:
        """Samples from the block after a note-on to the first audible one, as measured."""
        return self._player.latency

    def __enter__(self) -> Self:
        """Start the host if there is one, open port and device, and measure the latency.

        Raises
        ------
        SynthinvError
            If a library, program, port or device is missing, the device cannot record at the
            sample rate, or no sound comes back.
        """
        with ExitStack() as stack:
            stack.enter_context(sigterm_as_exit())
            self._player = self._first_player()
            self._stack = stack.pop_all()
        self._open = True
        return self

    def _first_player(self) -> PlayerProcess:
        host = self._engine.host
        while True:
            try:
                with announced("starting the synth, and measuring its latency"):
                    return PlayerProcess(*self._setting)
            except PlayerLostError as error:
                allowed = 0 if host is None else host.restarts
                # A wrong setting stays wrong. But even names that are right may find nothing where
                # a server is slow to come up.
                if self._restarts >= (min(allowed, 1) if error.setting else allowed):
                    raise SynthinvError(str(error)) from None
                self._restarts += 1
                log.warning("%s; starting the synth again", error)

    def __exit__(self, *exception: object) -> None:
        """End every note, close port and device, and stop the host."""
        self._open = False
        with self._stack:
            self._player.close(at_once=any(exception))

    def render(
        self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
    ) -> Audio:
        """Play one note per patch, in real time.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.
        progress : callable, optional
            See `Renderer.render`.

        Returns
        -------
        float32 array [n, samples]
            The notes, full scale ±1, each from its note-on. One that was silent or clipped in
            every attempt is returned as it is, with a warning in the log.

        Raises
        ------
        NoteError
            If a note came back short or interrupted in every attempt.
        SynthinvError
            If a value is not a step of its parameter, a patch does not have the instrument's
            parameters, or the synth or the device is lost and could not be started again.
        """
        patches = np.asarray(patches)
        require_steps(self._instrument, patches)
        if not self._open:
            raise not_open()
        audio = np.zeros((len(patches), self._samples), dtype=np.float32)
        index = 0
        while index < len(patches):
            audio[index] = self._play(index, patches[index])
            is_last = index == len(patches) - 1
            if self._proves_life(audio[index], is_last) or self._responds(index):
                index += 1
            else:
                # The note before may have been cut off when the synth fell silent.
                index = max(0, index - 1)
            if progress is not None:
                progress(index, len(patches))
        return audio

    def _proves_life(self, sound: Audio, is_last: bool) -> bool:
        """Decide whether a note shows that the synth has sounded since the notes before it ended.

        A synth that hangs or has lost a connection returns digital silence, without the faint sound
        that most silent patches have. A failure in the middle of a note shows in the next note, so
        only the last one has to sound to its end.
        """
        part = sound[-self._tail :] if is_last else sound
        return bool(peak(part) > self._player.quiet)

    def _responds(self, index: int) -> bool:
        """Check that the synth still plays; if it does not, start it again."""
        try:
            if self._player.responds():
                return True
            reason = "the synth is silent whatever is played"
        except PlayerLostError as error:
            reason = str(error)
        self._restart(index, reason)
        return False

    def _play(self, index: int, patch: npt.NDArray[np.integer]) -> Audio:
        levels = dropouts = stalls = 0
        while True:
            sound, fault = self._take(index, patch)
            if fault is None:
                return sound
            log.info("note %d was %s", index, fault)
            if fault in ("silent", "clipped"):
                levels += 1
                if levels > self._engine.retries:
                    log.warning("note %d was %s %d times and is kept so", index, fault, levels)
                    return sound
                continue
            dropouts += 1
            stalls = stalls + 1 if fault == "cut short" else 0
            if stalls == MOST_STALLS:
                self._restart(index, "nothing arrives from the audio device any more")
                stalls = 0
            if dropouts > self._engine.dropout_retries:
                raise NoteError(
                    index,
                    f"was {fault} {dropouts} times; lighten the machine's load, lengthen the "
                    "audio device's buffer or raise engine.dropout_retries",
                )
            # What loads the machine may be over soon.
            time.sleep(min(dropouts * DROPOUT_PAUSE, LONGEST_PAUSE))

    def _take(self, index: int, patch: npt.NDArray[np.integer]) -> tuple[Audio, Fault | None]:
        while True:
            try:
                return self._player.take(patch)
            except PlayerLostError as error:
                self._restart(index, str(error))

    def _restart(self, index: int, reason: str) -> None:
        """Start a new player with a new host, or give up."""
        host = self._engine.host
        while True:
            self._player.kill()
            if host is None:
                raise SynthinvError(
                    f"note {index}: the synth or the audio device was lost ({reason}); check that "
                    "both still run, then run again"
                )
            self._restarts += 1
            if self._restarts > host.restarts:
                raise SynthinvError(
                    f"note {index}: the synth was lost {self._restarts} times, the last time "
                    f"because {reason}; mend engine.host.command or raise engine.host.restarts"
                )
            log.warning("note %d: %s; starting the synth again", index, reason)
            try:
                self._player = PlayerProcess(*self._setting)
            except PlayerLostError as error:
                reason = str(error)
            else:
                return
