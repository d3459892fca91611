"""Vital, rendered offline by `vita`: every note by an instance that has played nothing before."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.common.errors import NoteError, SynthinvError
from synthinv.common.extras import extras_explained
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.engine import VitalConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig
from synthinv.instruments.model import Instrument
from synthinv.instruments.native.preset import to_preset
from synthinv.instruments.native.vital import vital_json

FADE = 320
"""Samples rendered beyond a note's end, as `vita` fades out the last 200 in steps of 64."""


def make(
    playing: PlayingConfig, instrument: Instrument, threads: int, seed: np.random.SeedSequence
) -> "Vital":
    """Create the engine, see `synthinv.engines.opening.open_engine`."""
    assert isinstance(playing.engine, VitalConfig)
    return Vital(playing.engine, instrument, playing.note, playing.audio, threads)


class Vital:
    """Vital, in as many threads as are asked for.

    A note depends on its patch, key, velocity and times alone, as every one has a new instance of
    the synth: what an instance has played before changes what it plays.

    Parameters
    ----------
    engine : VitalConfig
        The `engine` section.
    instrument : Instrument
        What is played; every parameter and constant must be one of Vital's.
    note : NoteConfig
        The note that `render` plays for every patch.
    audio : AudioConfig
        Sample rate in Hz and length of a recording in samples.
    threads : int
        CPU threads; the sound does not depend on it.
    """

    def __init__(
        self,
        engine: VitalConfig,
        instrument: Instrument,
        note: NoteConfig,
        audio: AudioConfig,
        threads: int = 1,
    ) -> None:
        self._engine = engine
        self._instrument = instrument
        self._note = note
        self._audio = audio
        self._threads = max(1, threads)

    @property
    def latency(self) -> int:
        """Latency in samples: 0, as a note sounds from its first sample on."""
        return 0

    def __enter__(self) -> Self:
        """Find out whether `vita` is there, and has the instrument's controls.

        Raises
        ------
        SynthinvError
            If it is not installed, or the instrument has what Vital does not.
        """
        _vita()
        vital_json(to_preset(self._instrument, self._instrument.highest, self._instrument.name))
        return self

    def __exit__(self, *exception: object) -> None:
        """Do nothing: every note's instance is gone with it."""

    def render(
        self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
    ) -> Audio:
        """Play the note once per patch.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.
        progress : callable, optional
            See `Engine.render`.

        Returns
        -------
        float32 array [n, samples]
            The mean of both channels, each note from its note-on.

        Raises
        ------
        NoteError
            If a note is not a sound: it holds values that are not finite.
        SynthinvError
            If a value is no step of its parameter, or a patch does not have the instrument's.
        """
        samples, seconds = self._audio.samples, self._note.seconds
        held = samples if seconds is None else round(seconds * self._audio.sample_rate)
        count = len(patches)
        keys, velocities = np.full(count, self._note.number), np.full(count, self._note.velocity)
        return self.play(patches, keys, velocities, samples, held, progress)

    def play(
        self,
        patches: npt.NDArray[np.integer],
        keys: Sequence[int] | npt.NDArray[np.integer],
        velocities: Sequence[int] | npt.NDArray[np.integer],
        samples: int,
        held: int,
        progress: ProgressHook | None = None,
    ) -> Audio:
        """Play each patch at a key and a velocity of its own.

        Parameters
        ----------
        patches : int array [n, parameters]
            Steps.
        keys, velocities : int arrays [n]
            MIDI notes, 0 to 127, and velocities, 1 to 127.
        samples : int
            Length of each recording.
        held : int
            Samples until the key is let go of, which Vital does at the end of a block of 64;
            `samples` or more: it is held throughout.
        progress : callable, optional
            See `Engine.render`.

        Returns
        -------
        float32 array [n, samples]
            The mean of both channels, each note from its note-on.

        Raises
        ------
        NoteError
            If a note is not a sound: it holds values that are not finite.
        SynthinvError
            If a value is no step of its parameter, or a patch does not have the instrument's.
        """
        patches = self._checked(np.asarray(patches))
        audio = np.zeros((len(patches), samples), dtype=np.float32)

        def fill(index: int) -> None:
            preset = to_preset(self._instrument, patches[index], self._instrument.name)
            press = int(keys[index]), int(velocities[index])
            audio[index] = self._note_of(vital_json(preset), *press, samples, held)

        with ThreadPoolExecutor(self._threads) as pool:
            for done, _ in enumerate(pool.map(fill, range(len(patches))), 1):
                if not np.isfinite(audio[done - 1]).all():
                    raise NoteError(done - 1, "is not finite as Vital renders it")
                if progress is not None:
                    progress(done, len(patches))
        return audio

    def _note_of(self, text: str, key: int, velocity: int, samples: int, held: int) -> Audio:
        rate = self._audio.sample_rate
        synth = _vita().Synth()
        synth.set_sample_rate(rate)
        if not synth.load_json(text):
            raise SynthinvError(
                f"{self._instrument.name}: Vital does not load a patch of it; install another "
                "version of vita"
            )
        if self._engine.settle:
            settle(synth, self._engine.settle, rate)
        # Half a sample more than is meant, as `vita` rounds down, and in single precision.
        length = samples + FADE + (samples >> 20)
        hold = length if held >= samples else max(1, held)
        stereo = synth.render(key, velocity / 127, (hold + 0.5) / rate, (length + 0.5) / rate)
        return np.asarray(stereo[:, :samples].mean(axis=0))

    def _checked(self, patches: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
        instrument = self._instrument
        if patches.ndim != 2 or patches.shape[1] != len(instrument.parameters):
            raise SynthinvError(
                f"{instrument.name}: patches must be [n, {len(instrument.parameters)}], "
                f"not {list(patches.shape)}"
            )
        for note, column in np.argwhere((patches < 0) | (patches > instrument.highest))[:1]:
            parameter = instrument.parameters[column]
            raise SynthinvError(
                f"{instrument.name}: note {note}: {parameter.name} is {patches[note, column]}, "
                f"not a step 0 to {parameter.highest}"
            )
        return patches


def settle(synth: Any, seconds: float, rate: int) -> None:
    """Let a loaded patch settle: levels, cutoffs and delays glide to it from Vital's initial patch.

    `vita` moves only while it plays a note, so one is played that makes no sound: at velocity 0,
    on which the loudness is made to depend, for a block, and without a release, since what is left
    of an envelope would be heard when the next note sounds.

    Parameters
    ----------
    synth : vita.Synth
        An instance that has loaded a patch.
    seconds : float
        How long it is given.
    rate : int
        Its sample rate in Hz.
    """
    controls = synth.get_controls()
    silent = {"velocity_track": 1.0, "env_1_release": 0.0}
    before = {name: controls[name].value() for name in silent}
    for name, value in silent.items():
        controls[name].set(value)
    synth.render(60, 0.0, 1.5 / rate, seconds)
    for name, value in before.items():
        controls[name].set(value)


def _vita() -> Any:
    with extras_explained():
        import vita
    return vita
