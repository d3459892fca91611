"""An audio input that is recorded without a break."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import numpy as np

from synthinv.audio.level import peak
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import LiveConfig
from synthinv.engines.live.ending import NotInstalledError
from synthinv.engines.live.jack import server_runs

STALL_SECONDS = 2.0
"""A stream that brings nothing for this long has stopped."""
START_ATTEMPTS = 10
START_PAUSE = 0.2
LIST_ATTEMPTS = 5
LIST_PAUSE = 0.3
RESTARTING = ("_initialized", "_initialize", "_terminate")
"""Private names of sounddevice by which PortAudio is started again."""


class StreamStoppedError(Exception):
    """An error for an audio device that delivers no more samples."""


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

    def feed(self, block: Audio, frames: int, times: Any, status: Any) -> None:
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
        """Wait until `count` samples have been received."""
        while self.count < count:
            self.next_block()

    def next_block(self) -> _Block:
        """Wait for the next block of samples."""
        with self._arrival:
            if not self._arrival.wait(STALL_SECONDS):
                raise StreamStoppedError
            return self._latest

    def read(self, start: int, samples: int) -> Audio:
        """Copy the samples from position `start` on, which must have been received."""
        positions = np.arange(start, start + samples)
        return np.take(self._ring, positions, mode="wrap")

    def peak(self, samples: int) -> float:
        """Return the largest magnitude among the latest samples."""
        return float(peak(self.read(self.count - samples, samples)))


@contextmanager
def open_recorder(engine: LiveConfig, sample_rate: int, capacity: int) -> Iterator[Recorder]:
    """Record from the device that the configuration asks for, while the block runs.

    Parameters
    ----------
    engine : LiveConfig
        The `engine` section: `audio_device` and `audio_channel`.
    sample_rate : int
        In Hz.
    capacity : int
        Samples that the recorder keeps.

    Yields
    ------
    Recorder
        The recording.

    Raises
    ------
    SynthinvError
        If PortAudio or the device is missing, or the device cannot record so.
    """
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
    """Import sounddevice, its PortAudio started anew to list the devices of this moment."""
    try:
        import sounddevice as sd
    except OSError:
        raise NotInstalledError(
            "engine.audio_device: the PortAudio library is not installed; install it "
            "(Debian and Ubuntu: apt-get install libportaudio2)"
        ) from None
    with _restarted(sd):
        yield sd


@contextmanager
def _restarted(sd: Any) -> Iterator[None]:
    """Start PortAudio anew, and end it after the block.

    sounddevice starts it at import and lists the devices only then.
    """
    # It has no public function that starts PortAudio again. Its private ones are used here alone.
    missing = [name for name in RESTARTING if not hasattr(sd, name)]
    if missing:
        raise NotInstalledError(
            f"engine.audio_device: sounddevice {sd.__version__} cannot list the current devices, "
            f"as it lacks {missing[0]}; run pip install 'sounddevice~=0.5.6'"
        )
    while sd._initialized:
        sd._terminate()
    sd._initialize()
    for _ in range(LIST_ATTEMPTS - 1):
        # PortAudio leaves JACK out if its server, busy just then, refuses a client.
        if _inputs(sd) or not server_runs(os.environ.get("JACK_DEFAULT_SERVER", "default")):
            break
        time.sleep(LIST_PAUSE)
        sd._terminate()
        sd._initialize()
    try:
        yield
    finally:
        # It keeps a JACK client open, which must be gone before the server is.
        sd._terminate()


def audio_inputs() -> dict[int, str]:
    """List the audio inputs of this moment, as `engine.audio_device` takes them.

    Returns
    -------
    dict of int to str
        Index to name, with the interface behind a comma.

    Raises
    ------
    SynthinvError
        If PortAudio is not installed.
    """
    with _port_audio() as sd:
        return _inputs(sd)


def _inputs(sd: Any) -> dict[int, str]:
    apis = [api["name"] for api in sd.query_hostapis()]
    return {
        index: f"{device['name']}, {apis[device['hostapi']]}"
        for index, device in enumerate(sd.query_devices())
        if device["max_input_channels"] > 0
    }


def _find_device(sd: Any, wanted: str | int | None) -> tuple[int, str]:
    inputs = _inputs(sd)
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
