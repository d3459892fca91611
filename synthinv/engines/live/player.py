"""One synth, played over MIDI and recorded in real time (thesis, sections 3.1 and 3.2).

Sound is recorded without a break from the moment the player opens. A note-on is sent just after a
block of samples has arrived, so it always lands at the start of the next one, and the time from
there to the first audible sample (the loop's latency) is measured once and cut off.
"""

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from types import FrameType
from typing import Literal, Self

import mido
import numpy as np
import numpy.typing as npt

from synthinv.audio.level import db_to_amplitude, is_clipped, is_silent, peak
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import LiveConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, SilenceConfig
from synthinv.engines.live.audio_input import (
    STALL_SECONDS,
    Recorder,
    StreamStoppedError,
    open_recorder,
)
from synthinv.engines.live.ending import HostLostError
from synthinv.engines.live.jack import JackSession, undisturbed
from synthinv.engines.live.midi_output import FLUSH_SECONDS, midi_backend, open_port
from synthinv.instruments.midi import note_off, note_on, patch_messages, silence_messages
from synthinv.instruments.model import Instrument

log = logging.getLogger(__name__)

Fault = Literal["silent", "clipped", "cut short", "interrupted by a dropped buffer"]

CALIBRATION_NOTES = 12
CALIBRATION_ONSETS = 8
"""Onsets to measure, enough to include a fast attack: of four patches, all may rise slowly."""
CALIBRATION_ATTEMPTS = 5
CALIBRATION_SECONDS = 0.5
"""Length of a calibration note, and so the longest latency that can be measured."""
SOUND_SECONDS = 20.0
"""How long a synth that runs already may be silent at first, as where it loads its sounds."""
ONSET_SECONDS = 0.002
"""A sound that is louder than the line's noise for this long is an onset, and no click."""
QUIET_SECONDS = 0.01
"""A tail has faded when the last samples of this length are quiet."""
QUIET_LEVEL = db_to_amplitude(-100)
"""What counts as quiet on a line without noise: −100 dBFS."""
NOISE_MARGIN = 4.0
REST_SECONDS = 0.03
"""How long an instrument's rest values are pressed."""
CRASH_SECONDS = 1.0
"""How long a synth whose ports are gone may take to end, where it has crashed."""
PRESS_ATTEMPTS = 8
PROOF_ATTEMPTS = 3
"""Times a patch that is known to sound is played before the synth counts as silent for good."""


class Player:
    """A synth that is played over MIDI, note by note, and recorded.

    Each note is sent its controllers, left to settle, pressed, recorded, and silenced with
    note-off, all-sound-off and all-notes-off; the next one waits until its tail has faded.

    However a block ends, these three are the last messages sent: on every exception,
    `KeyboardInterrupt` included. SIGTERM, which would end Python without a word, is turned into
    `SystemExit` while the player is open. Nothing can be sent on SIGKILL, but a synth started by
    `engine.host` ends with it.

    Parameters
    ----------
    engine : LiveConfig
        The `engine` section: ports, device, times.
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
        self._engine = engine
        self._instrument = instrument
        self._note = note
        self._audio = audio
        self._quietest = db_to_amplitude((silence or SilenceConfig()).level_dbfs)
        self._quiet = QUIET_LEVEL
        self._latency = 0
        self._known: npt.NDArray[np.integer] | None = None
        self._host: JackSession | None = None
        self._stack = ExitStack()

    @property
    def host_pids(self) -> tuple[int, ...]:
        """Process ids of the host, if the player has started one."""
        return () if self._host is None else self._host.pids

    @property
    def latency(self) -> int:
        """Samples from the block after a note-on to the first audible one; they are cut off."""
        return self._latency

    @property
    def quiet(self) -> float:
        """Magnitude that the noise of the line stays below."""
        return self._quiet

    def __enter__(self) -> Self:
        """Start the host if there is one, open port and device, and measure the latency.

        Raises
        ------
        SynthinvError
            If a library, program, port or device is missing, the device cannot record at the
            sample rate, or no sound comes back.
        """
        try:
            with self._alone():
                self._open()
            self._calibrate()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        """End every note, close port and device, and stop the host."""
        self._close()

    def _open(self) -> None:
        stack = self._stack
        stack.enter_context(sigterm_as_exit())
        if self._engine.host is not None:
            self._host = stack.enter_context(
                JackSession(
                    self._engine.host,
                    self._instrument,
                    self._audio.sample_rate,
                    lambda: midi_backend(self._midi_api).get_output_names(),
                )
            )
        # The port is opened before the recording starts and closed after it has stopped: rtmidi
        # holds Python's lock while JACK waits for the recording's callback, and that callback
        # waits for the lock.
        try:
            if self._midi_api == "UNIX_JACK" and not self._engine.virtual_port:
                self._wait_for_connections()
            self._port = stack.enter_context(open_port(self._engine, self._midi_api))
            self._recorder = stack.enter_context(self._open_recorder())
        except SynthinvError:
            # A synth that has crashed after it showed its ports is the cause of their absence.
            if self._host is not None:
                self._host.check(CRASH_SECONDS)
            raise
        stack.callback(self._hush)

    def _wait_for_connections(self) -> None:
        """Wait until the synth's ports can be connected.

        A JACK client shows its ports a moment before that. PortAudio sees that it has failed, and
        tries again; RtMidi does not, and no note would ever reach the synth.
        """
        with self._open_recorder():
            log.debug("the ports can be connected")

    def _close(self) -> None:
        with self._alone():
            self._stack.close()

    def _alone(self) -> AbstractContextManager[None]:
        """Keep other jobs' servers from starting or stopping, if this job has one of its own."""
        return nullcontext() if self._engine.host is None else undisturbed()

    def take(self, patch: npt.NDArray[np.integer]) -> tuple[Audio, Fault | None]:
        """Play and record one note once, and leave the synth silent.

        Parameters
        ----------
        patch : int array [parameters]
            Steps.

        Returns
        -------
        float32 array [samples] and str or None
            The note, full scale ±1, from its note-on; and its fault, if it has one.

        Raises
        ------
        SynthinvError
            If no sound arrives any more because the host has ended.
        """
        return self._take(patch, self._audio.samples)

    def responds(self) -> bool:
        """Check whether the synth still plays a patch that sounded at the start.

        Raises
        ------
        SynthinvError
            If the host has ended.
        """
        assert self._known is not None, "the player is open"
        return any(self._lag(self._known) is not None for _ in range(PROOF_ATTEMPTS))

    def _lag(self, patch: npt.NDArray[np.integer], attempts: int = 1) -> int | None:
        """Play a patch and return the samples before its onset, None if it is silent.

        It is played again after a dropped buffer, in `attempts` attempts at most.
        """
        for _ in range(attempts):
            sound, fault = self._take(patch, self._in_samples(CALIBRATION_SECONDS))
            if fault != "interrupted by a dropped buffer":
                break
        lag = onset(sound, self._quiet, self._in_samples(ONSET_SECONDS))
        return lag if fault in (None, "silent", "clipped") else None

    def _take(self, patch: npt.NDArray[np.integer], samples: int) -> tuple[Audio, Fault | None]:
        recorder = self._recorder
        begin = recorder.count
        try:
            # Whatever else has been sent to the synth meanwhile ends here.
            self._silence()
            if self._instrument.rest:
                self._turn(self._instrument.resting(patch))
                self._prime(REST_SECONDS)
            self._turn(patch)
            recorder.wait(recorder.count + self._in_samples(self._engine.settle))
            self._prime(self._engine.primer)
            first = self._press()
            start = first + self._latency
            if self._note.seconds is not None:
                recorder.wait(min(first + self._in_samples(self._note.seconds), start + samples))
                # No more than the key's release: what rings on belongs to the note.
                self._port.send(note_off(self._note.number, self._engine.midi_channel))
            recorder.wait(start + samples)
            sound = recorder.read(start, samples)
        except StreamStoppedError:
            if self._host is not None:
                self._host.check()
            return np.zeros(samples, dtype=np.float32), "cut short"
        finally:
            self._silence()
        with suppress(StreamStoppedError):  # the next note will notice
            self._wait_for_fade()
        if self._host is not None:
            # The server outlives its synth, and records silence from the middle of a note on.
            self._host.check()
        # A dropped buffer takes messages with it. Before the note, that may have been a controller,
        # or the end of the last press, which the note then goes on from.
        if recorder.dropped > begin:
            return sound, "interrupted by a dropped buffer"
        return sound, self._level_fault(sound)

    def _turn(self, patch: npt.NDArray[np.integer]) -> None:
        controllers = self._instrument.controllers(patch)
        for message in patch_messages(controllers, self._engine.midi_channel):
            self._port.send(message)

    def _level_fault(self, sound: Audio) -> Fault | None:
        loudest = peak(sound)
        if is_silent(loudest, self._quietest):
            return "silent"
        return "clipped" if is_clipped(loudest) else None

    def _prime(self, seconds: float) -> None:
        """Press the note once, unrecorded: synths glide to a new patch only while they sound."""
        if seconds > 0:
            # From block to block, as the note itself: what is left in a filter that rings depends
            # on how long the press was.
            first = self._press()
            self._recorder.wait(first + self._in_samples(seconds))
            self._silence()
            self._wait_for_fade()

    def _press(self) -> int:
        """Send the note-on at the start of a block; return the sample count it takes effect at."""
        for _ in range(PRESS_ATTEMPTS):
            first, arrived, length = self._recorder.next_block()
            self._port.send(self._note_on)
            # Sent within half a block, it is certain to be in time for the next one. If this
            # process was held up, it may have landed a block later: take it back and try again.
            late = time.perf_counter() - arrived > length / self._audio.sample_rate / 2
            if not late and self._recorder.count == first:
                return first
            self._silence()
            self._wait_for_fade()
        first, _, _ = self._recorder.next_block()
        self._port.send(self._note_on)
        log.warning("the machine is too busy to time a note-on; it may be a block late")
        return first

    def _wait_for_fade(self) -> None:
        """Wait until the tail of a note is quiet, for `release` seconds at most."""
        recorder, window = self._recorder, self._in_samples(QUIET_SECONDS)
        until = recorder.count + self._in_samples(self._engine.release)
        # What arrives first was played before the note-off took effect.
        recorder.wait(min(recorder.count + self._latency + window, until))
        while recorder.count < until and recorder.peak(window) > self._quiet:
            recorder.next_block()

    def _calibrate(self) -> None:
        """Measure the line's noise and the latency of the loop, once the synth sounds.

        Raises
        ------
        HostLostError
            If no sound comes back for some time.
        """
        self._measure_noise()
        until = time.monotonic() + sound_seconds(self._engine)
        while not (lags := self._measure_lags()):
            if self._host is not None:
                self._host.check()
            if time.monotonic() > until:
                raise HostLostError(self._no_sound())
            log.warning("the synth is silent so far; the same patches are played again")
        # A slow attack has a late onset; the earliest onset is the one nearest to the latency.
        self._latency = min(lags)
        milliseconds = 1000 * self._latency / self._audio.sample_rate
        log.info("loop latency %d samples (%.1f ms)", self._latency, milliseconds)

    def _measure_noise(self) -> None:
        window = self._in_samples(0.1)
        self._quiet = QUIET_LEVEL
        self._hush()
        with suppress(StreamStoppedError):
            self._recorder.wait(self._recorder.count + window)
            self._quiet = max(QUIET_LEVEL, NOISE_MARGIN * self._recorder.peak(window))

    def _measure_lags(self, once_more: bool = True) -> list[int]:
        """Play some patches and return the samples before their onsets; none if all are silent.

        They are the same patches in every session, so that all sessions measure the same latency.
        If the first ones were lost because the synth has only begun to sound, all are played once
        more.
        """
        rng, lags = np.random.default_rng(0), dict[int, int]()
        patches = [self._instrument.sample(rng) for _ in range(CALIBRATION_NOTES)]
        for index, patch in enumerate(patches):
            lag = self._lag(patch, CALIBRATION_ATTEMPTS)
            if lag is not None:
                lags[index] = lag
                if lag == min(lags.values()):
                    self._known = patch
            # No later note can begin before the block itself.
            if lag == 0 or len(lags) == CALIBRATION_ONSETS:
                break
        lost = lags and 0 not in lags and self._lag(patches[0], CALIBRATION_ATTEMPTS) is not None
        if lost and once_more:
            log.info("the synth has only begun to sound; its latency is measured again")
            return self._measure_lags(once_more=False)
        return list(lags.values())

    def _no_sound(self) -> str:
        engine = self._engine
        look = (
            "check that the synth receives from that port and plays into that device and channel"
            if engine.host is None
            else "check that it loads a sound that listens to this channel, and raise "
            "engine.host.timeout if it needs longer"
        )
        ends = "" if self._host is None else f" (its log ends: {self._host.log_tail('synth')})"
        return (
            f"engine.audio_device: no sound came back from '{self._recorder.name}' for "
            f"{sound_seconds(engine):.0f} s while {CALIBRATION_NOTES} patches were played on "
            f"'{engine.midi_port}', channel {engine.midi_channel}{ends}; {look}"
        )

    def _silence(self) -> None:
        for message in silence_messages(self._note.number, self._engine.midi_channel):
            self._port.send(message)

    def _hush(self) -> None:
        self._silence()
        time.sleep(FLUSH_SECONDS)

    def _in_samples(self, seconds: float) -> int:
        return round(seconds * self._audio.sample_rate)

    @property
    def _note_on(self) -> mido.Message:
        return note_on(self._note.number, self._note.velocity, self._engine.midi_channel)

    @property
    def _midi_api(self) -> str | None:
        if self._engine.midi_api is None and self._engine.host is not None:
            return "UNIX_JACK"
        return self._engine.midi_api

    def _open_recorder(self) -> AbstractContextManager[Recorder]:
        longest = max(self._audio.samples, self._in_samples(CALIBRATION_SECONDS))
        capacity = longest + self._in_samples(CALIBRATION_SECONDS + STALL_SECONDS)
        return open_recorder(self._engine, self._audio.sample_rate, capacity)


def sound_seconds(engine: LiveConfig) -> float:
    """Return the seconds for which an open synth may be silent at first."""
    return SOUND_SECONDS if engine.host is None else engine.host.timeout


def onset(sound: Audio, quiet: float, length: int) -> int | None:
    """Find where a sound begins.

    Parameters
    ----------
    sound : float32 array [samples]
        A recording.
    quiet : float
        Magnitude that the line's noise stays below.
    length : int
        Samples for which a sound must go on; a click is shorter.

    Returns
    -------
    int or None
        Its first sample above `quiet` of which the same is true on average for `length` samples.
    """
    magnitude = np.abs(sound)
    sums = np.cumsum(np.concatenate([[0.0], magnitude > quiet]))
    lasting = sums[length:] - sums[:-length] > length / 2
    found = np.flatnonzero((magnitude[: len(lasting)] > quiet) & lasting)
    return int(found[0]) if len(found) else None


@contextmanager
def sigterm_as_exit() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that notes are ended and processes stopped.

    Only in the main thread, and unless the program has a handler of its own.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    untouched = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not untouched or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
