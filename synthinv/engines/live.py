"""A synth played over MIDI and recorded as it sounds, in real time (thesis, sections 3.1 and 3.2).

Sound is recorded without a break from the moment the engine opens. A note-on is sent just after a
block of samples has arrived, so it always lands at the start of the next one, and the time from
there to the first audible sample (the loop's latency) is measured once and cut off.
"""

import logging
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import (
    AbstractContextManager,
    ExitStack,
    closing,
    contextmanager,
    nullcontext,
    suppress,
)
from types import FrameType
from typing import Any, Literal, NamedTuple, Self

import mido
import numpy as np
import numpy.typing as npt

from synthinv.engines import AudioBatch
from synthinv.engines.jack import JackSession, undisturbed
from synthinv.errors import NoteError, SynthinvError
from synthinv.instrument import Instrument
from synthinv.midi import note_on, patch_messages, silence_messages
from synthinv.sections import Audio, LiveEngine, Note, Silence

log = logging.getLogger(__name__)

Sound = npt.NDArray[np.float32]
Fault = Literal["silent", "clipped", "cut short", "interrupted by a dropped buffer"]

STALL_SECONDS = 2.0
"""A stream that brings nothing for this long has stopped."""
CALIBRATION_NOTES = 12
CALIBRATION_ONSETS = 4
CALIBRATION_SECONDS = 0.5
"""Length of a calibration note, and so the longest latency that can be measured."""
QUIET_SECONDS = 0.01
"""A tail has faded when the last samples of this length are quiet."""
QUIET_LEVEL = 1e-5
"""What counts as quiet on a line without noise: −100 dBFS."""
NOISE_MARGIN = 4.0
FLUSH_SECONDS = 0.05
"""MIDI drivers send from a queue; closing the port too early would drop the last messages."""
PRESS_ATTEMPTS = 8
DROPOUT_PAUSE = 0.1
LONGEST_PAUSE = 2.0
START_ATTEMPTS = 10
START_PAUSE = 0.2


class Live:
    """Plays patches on a synth over MIDI and records the return.

    Every note is sent its controllers, left to settle, pressed, recorded, and silenced with
    note-off and all-notes-off; the next one waits until its tail has faded. A note that comes back
    silent, clipped, short or with a dropped buffer is played again.

    However a block ends, note-off and all-notes-off are the last messages sent: they are sent on
    every exception, `KeyboardInterrupt` included. SIGTERM, which would end Python without a word,
    is turned into `SystemExit` while the engine is open (in the main thread, unless the program
    has a handler of its own). Nothing can be sent on SIGKILL, but a synth started by `engine.host`
    ends with it.

    Parameters
    ----------
    engine : LiveEngine
        The `engine` section: ports, device, times, retries.
    instrument : Instrument
        What is played.
    note : Note
        The note played for every patch.
    audio : Audio
        Sample rate in Hz and length of a recording in samples.
    silence : Silence
        The peak level in dBFS below which a note counts as silent.
    """

    def __init__(
        self,
        engine: LiveEngine,
        instrument: Instrument,
        note: Note,
        audio: Audio,
        silence: Silence | None = None,
    ) -> None:
        self._engine = engine
        self._instrument = instrument
        self._note = note
        self._audio = audio
        self._silent_below = 10 ** ((silence or Silence()).level_dbfs / 20)
        self._quiet = QUIET_LEVEL
        self._latency = 0
        self._host: JackSession | None = None
        self._stack = ExitStack()

    @property
    def latency(self) -> int:
        """Samples from the block after a note-on to the first audible one; they are cut off."""
        return self._latency

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
        stack.enter_context(_sigterm_as_exit())
        if self._engine.host is not None:
            self._host = stack.enter_context(
                JackSession(
                    self._engine.host,
                    self._instrument,
                    self._audio.sample_rate,
                    lambda: _midi_backend(self._midi_api).get_output_names(),
                )
            )
        # The port is opened before the recording starts and closed after it has stopped: rtmidi
        # holds Python's lock while JACK waits for the recording's callback, and that callback
        # waits for the lock.
        self._port = stack.enter_context(_open_port(self._engine, self._midi_api))
        self._recorder = stack.enter_context(self._open_recorder())
        stack.callback(self._hush)

    def _close(self) -> None:
        with self._alone():
            self._stack.close()

    def _alone(self) -> AbstractContextManager[None]:
        """Open and close undisturbed by the servers of other jobs, if this job starts its own."""
        return nullcontext() if self._engine.host is None else undisturbed()

    def render(self, patches: npt.NDArray[np.integer]) -> AudioBatch:
        """Play one note per patch, in real time.

        Parameters
        ----------
        patches : int array [n, parameters]
            CC values.

        Returns
        -------
        float32 array [n, samples]
            The notes, full scale ±1, each from its note-on. One that was silent or clipped in
            every attempt is returned as it is, with a warning in the log.

        Raises
        ------
        NoteError
            If a note came back short or interrupted in every attempt.
        """
        audio = np.zeros((len(patches), self._audio.samples), dtype=np.float32)
        for index, patch in enumerate(patches):
            audio[index] = self._play(index, self._instrument.controllers(patch))
        return audio

    def _play(self, index: int, controllers: dict[int, int]) -> Sound:
        levels = dropouts = 0
        while True:
            sound, fault = self._take(controllers, self._audio.samples)
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
            if fault == "cut short" and self._host is not None:
                self._host.check()
            if dropouts > self._engine.dropout_retries:
                raise NoteError(
                    index,
                    f"was {fault} {dropouts} times; lighten the machine's load, lengthen the "
                    "audio device's buffer or raise engine.dropout_retries",
                )
            # What loads the machine may be over soon.
            time.sleep(min(dropouts * DROPOUT_PAUSE, LONGEST_PAUSE))

    def _take(self, controllers: dict[int, int], samples: int) -> tuple[Sound, Fault | None]:
        """Play and record one note once, and leave the synth silent."""
        recorder = self._recorder
        try:
            for message in patch_messages(controllers, self._engine.midi_channel):
                self._port.send(message)
            recorder.wait(recorder.count + self._in_samples(self._engine.settle))
            self._prime()
            first = self._press()
            start = first + self._latency
            if self._note.seconds is not None:
                recorder.wait(min(first + self._in_samples(self._note.seconds), start + samples))
                self._silence()
            recorder.wait(start + samples)
            sound, dropped = recorder.read(start, samples), recorder.dropped > first
        except _StreamStoppedError:
            return np.zeros(samples, dtype=np.float32), "cut short"
        finally:
            self._silence()
        with suppress(_StreamStoppedError):  # the next note will notice
            self._wait_for_fade()
        if dropped:
            return sound, "interrupted by a dropped buffer"
        return sound, self._level_fault(sound)

    def _level_fault(self, sound: Sound) -> Fault | None:
        peak = float(np.abs(sound).max())
        if peak < self._silent_below:
            return "silent"
        return "clipped" if peak >= 1 else None

    def _prime(self) -> None:
        """Press the note once, unrecorded: synths glide to a new patch only while they sound."""
        if self._engine.primer > 0:
            self._port.send(self._note_on)
            self._recorder.wait(self._recorder.count + self._in_samples(self._engine.primer))
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
        """Measure the line's noise and the latency of the loop."""
        window = self._in_samples(0.1)
        self._quiet = QUIET_LEVEL
        self._hush()
        with suppress(_StreamStoppedError):
            self._recorder.wait(self._recorder.count + window)
            self._quiet = max(QUIET_LEVEL, NOISE_MARGIN * self._recorder.peak(window))
        rng, lags = np.random.default_rng(0), list[int]()
        for _ in range(CALIBRATION_NOTES):
            controllers = self._instrument.controllers(self._instrument.sample(rng))
            sound, fault = self._take(controllers, self._in_samples(CALIBRATION_SECONDS))
            audible = np.flatnonzero(np.abs(sound) > self._quiet)
            if fault in (None, "silent", "clipped") and len(audible):
                lags.append(int(audible[0]))
            if len(lags) == CALIBRATION_ONSETS:
                break
        if not lags:
            if self._host is not None:
                self._host.check()
            raise SynthinvError(
                f"engine.audio_device: no sound came back from '{self._recorder.name}' while "
                f"{CALIBRATION_NOTES} patches were played on '{self._engine.midi_port}'; check "
                "that the synth listens to that port and is heard on that device and channel"
            )
        # A slow attack is heard late; the earliest onset is the one nearest to the latency.
        self._latency = min(lags)
        milliseconds = 1000 * self._latency / self._audio.sample_rate
        log.info("loop latency %d samples (%.1f ms)", self._latency, milliseconds)

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

    def _open_recorder(self) -> AbstractContextManager["Recorder"]:
        longest = max(self._audio.samples, self._in_samples(CALIBRATION_SECONDS))
        capacity = longest + self._in_samples(CALIBRATION_SECONDS + STALL_SECONDS)
        return _open_recorder(self._engine, self._audio.sample_rate, capacity)


class _StreamStoppedError(Exception):
    """The audio device delivers no more samples."""


class _Block(NamedTuple):
    end: int  # samples received once it had arrived
    arrived: float  # time.perf_counter() of its arrival, in seconds
    length: int  # samples


class Recorder:
    """The latest samples of an endless recording, by their position in it.

    Parameters
    ----------
    name : str
        What messages call the device.
    channel : int
        Column of the incoming blocks to keep, from 0.
    capacity : int
        Samples kept.
    """

    def __init__(self, name: str, channel: int, capacity: int) -> None:
        self.name = name
        self.dropped = -1
        """Position of the latest gap in the recording, −1 if there was none."""
        self._channel = channel
        self._ring = np.zeros(capacity, dtype=np.float32)
        self._latest = _Block(0, 0.0, 0)
        self._arrival = threading.Condition()

    @property
    def count(self) -> int:
        """Samples received so far."""
        return self._latest.end

    def feed(self, block: Sound, frames: int, times: Any, status: Any) -> None:
        """Take a block of samples [frames, channels]; the callback of a sounddevice stream."""
        count = self.count
        positions = np.arange(count, count + frames)
        np.put(self._ring, positions, block[:, self._channel], mode="wrap")
        with self._arrival:
            if status.input_overflow:
                self.dropped = count + frames
            self._latest = _Block(count + frames, time.perf_counter(), frames)
            self._arrival.notify_all()

    def wait(self, count: int) -> None:
        """Return as soon as `count` samples have been received."""
        while self.count < count:
            self.next_block()

    def next_block(self) -> _Block:
        """Wait for the next block of samples."""
        with self._arrival:
            if not self._arrival.wait(STALL_SECONDS):
                raise _StreamStoppedError
            return self._latest

    def read(self, start: int, samples: int) -> Sound:
        """Copy the samples from position `start` on, which must have been received."""
        positions = np.arange(start, start + samples)
        return np.take(self._ring, positions, mode="wrap")

    def peak(self, samples: int) -> float:
        """Largest magnitude among the latest samples."""
        return float(np.abs(self.read(self.count - samples, samples)).max())


@contextmanager
def _open_recorder(engine: LiveEngine, sample_rate: int, capacity: int) -> Iterator[Recorder]:
    with _port_audio() as sd:
        device, name = _find_device(sd, engine.audio_device)
        channels = int(sd.query_devices(device)["max_input_channels"])
        if engine.audio_channel > channels:
            raise SynthinvError(
                f"engine.audio_channel is {engine.audio_channel}, but '{name}' has {channels} "
                f"input channels; name one from 1 to {channels}"
            )
        recorder = Recorder(name, engine.audio_channel - 1, capacity)
        settings = {
            "device": device,
            "channels": engine.audio_channel,
            "samplerate": sample_rate,
            "dtype": "float32",
        }
        try:
            sd.check_input_settings(**settings)
        except sd.PortAudioError as error:
            rate = sd.query_devices(device)["default_samplerate"]
            raise SynthinvError(
                f"audio.sample_rate: '{name}' cannot record at {sample_rate} Hz "
                f"({_port_audio_reason(error)}); its own rate is {rate:g} Hz"
            ) from None
        with closing(_start_stream(sd, settings, recorder)):
            yield recorder


def _start_stream(sd: Any, settings: dict[str, Any], recorder: Recorder) -> Any:
    attempt = 0
    while True:
        attempt += 1
        stream = None
        try:
            stream = sd.InputStream(**settings, latency="low", callback=recorder.feed)
            stream.start()
            return stream
        except sd.PortAudioError as error:
            if stream is not None:
                stream.close()
            if attempt == START_ATTEMPTS:
                raise SynthinvError(
                    f"engine.audio_device: recording from '{recorder.name}' does not start "
                    f"({_port_audio_reason(error)}); check that no other program holds it"
                ) from None
            # A JACK client shows its ports a moment before they can be connected.
            time.sleep(START_PAUSE)


def _port_audio_reason(error: Exception) -> str:
    return str(error.args[0] if error.args else error).rsplit(": ", 1)[-1]


@contextmanager
def _port_audio() -> Iterator[Any]:
    """PortAudio, started afresh so that it sees the devices and the JACK server of this moment."""
    try:
        import sounddevice as sd
    except OSError:
        raise SynthinvError(
            "engine.audio_device: the PortAudio library is not installed; install it "
            "(Debian and Ubuntu: apt-get install libportaudio2)"
        ) from None
    # It starts at import and lists its devices only then; its own way to start again is private.
    while sd._initialized:
        sd._terminate()
    sd._initialize()
    try:
        yield sd
    finally:
        # It keeps a JACK client open, which must be gone before the server is.
        sd._terminate()


def _find_device(sd: Any, wanted: str | int | None) -> tuple[int, str]:
    apis = [api["name"] for api in sd.query_hostapis()]
    inputs = {
        index: f"{device['name']}, {apis[device['hostapi']]}"
        for index, device in enumerate(sd.query_devices())
        if device["max_input_channels"] > 0
    }
    if wanted is None:
        wanted = int(sd.default.device[0])
    if isinstance(wanted, int):
        matches = [index for index in inputs if index == wanted]
    else:
        names = [name.rsplit(", ", 1)[0] for name in inputs.values()]
        exact = [index for index, name in zip(inputs, names, strict=True) if name == wanted]
        matches = exact or [i for i, name in inputs.items() if wanted.lower() in name.lower()]
    if len(matches) == 1:
        return matches[0], inputs[matches[0]]
    known = "; ".join(f"{index}: {name}" for index, name in inputs.items()) or "none"
    problem = "several audio inputs match" if matches else "there is no audio input"
    choice = "the default" if wanted == -1 else repr(wanted)
    raise SynthinvError(
        f"engine.audio_device: {problem} {choice}; name one of those that exist ({known})"
    )


def _midi_backend(api: str | None) -> mido.Backend:
    name = "mido.backends.rtmidi" + (f"/{api}" if api else "")
    try:
        return mido.Backend(name, load=True)
    except ImportError as error:
        raise SynthinvError(
            f"engine.midi_api: the MIDI library cannot be loaded ({error}); install python-rtmidi "
            "and, on Debian and Ubuntu, apt-get install libjack-jackd2-0 libasound2"
        ) from None


def _open_port(engine: LiveEngine, api: str | None) -> mido.ports.BaseOutput:
    """Open the MIDI output port that the configuration asks for, or create it."""
    backend = _midi_backend(api)
    import rtmidi

    try:
        if engine.virtual_port:
            port = backend.open_output(engine.midi_port, virtual=True)
            time.sleep(engine.connect)
            return port
        names: list[str] = backend.get_output_names()
        return backend.open_output(_find_port(engine.midi_port, names))
    except (ValueError, OSError, rtmidi.RtMidiError, RuntimeError) as error:
        raise SynthinvError(
            f"engine.midi_port: '{engine.midi_port}' cannot be opened with the MIDI interface "
            f"'{api or 'default'}' ({error}); check engine.midi_api, and that its server runs"
        ) from None


def _find_port(wanted: str, names: Sequence[str]) -> str:
    matches = [n for n in names if n == wanted] or [n for n in names if wanted in n]
    if len(matches) == 1:
        return matches[0]
    problem = "several MIDI ports match" if matches else "there is no MIDI port"
    known = ", ".join(f"'{name}'" for name in names) or "none"
    raise SynthinvError(
        f"engine.midi_port: {problem} '{wanted}'; name one of those that exist ({known})"
    )


@contextmanager
def _sigterm_as_exit() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that notes are ended and processes stopped."""

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
