"""An instrument played at any key, held for any time, to match sounds of any pitch."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.engine import EngineConfig
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.engines.base import Engine, OfflineEngine, Renderer
from synthinv.engines.configured_note import ConfiguredNote
from synthinv.engines.opening import open_engine, open_offline_engine
from synthinv.instruments.load import hold
from synthinv.instruments.model import Instrument
from synthinv.solver.checkpoint import TrainedSolver


@dataclass(frozen=True)
class NoteOf:
    """One note of an offline engine, which plays it with every patch.

    Attributes
    ----------
    engine : OfflineEngine
        The engine, open.
    playing : PlayingConfig
        The note, and the length of its recordings.
    """

    engine: OfflineEngine
    playing: PlayingConfig

    def render(
        self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
    ) -> Audio:
        """Play the note with each patch, see `synthinv.engines.base.Renderer.render`."""
        note = ConfiguredNote.of(self.playing.note, self.playing.audio, len(patches))
        return self.engine.play(patches, *note, progress=progress)


class Keyboard:
    """An instrument to be played at any key; a context manager that closes its engine.

    Parameters
    ----------
    playing : PlayingConfig
        Engine, velocity, sample rate and silence, see `played_for`.
    instrument : Instrument
        The instrument.
    threads : int
        CPU threads.
    seed : numpy.random.SeedSequence
        Seed of the phases that the built-in synth draws.
    """

    def __init__(
        self,
        playing: PlayingConfig,
        instrument: Instrument,
        threads: int,
        seed: np.random.SeedSequence,
    ) -> None:
        self.playing, self.instrument, self.threads = playing, instrument, threads
        self._seed = seed
        self._stack = ExitStack()
        self._offline: OfflineEngine | None = None
        self._live: Engine | None = None
        self._settings: PlayingConfig | None = None

    def __enter__(self) -> Self:
        """Return the keyboard; its engine is opened for the first note."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the engine."""
        self._close()

    def engine(self, key: int, samples: int, held: float) -> Renderer:
        """Get an engine ready to play a key.

        Parameters
        ----------
        key : int
            MIDI note number.
        samples : int
            Length of the recordings.
        held : float
            Seconds for which the key is held, if that is shorter than the recordings.

        Returns
        -------
        Renderer
            What plays it, valid until the next call.
        """
        settings = playing_at(self.playing, key, samples, held)
        if self.playing.engine.offline:
            return NoteOf(self._opened_offline(), settings)
        # A live engine takes seconds to open, so it is kept while the settings stay the same.
        if self._live is None or settings != self._settings:
            self._close()
            engine = open_engine(settings, self.instrument, self.threads, self._seed)
            self._live, self._settings = self._stack.enter_context(engine), settings
        return self._live

    def _opened_offline(self) -> OfflineEngine:
        if self._offline is None:
            arguments = self.playing, self.instrument, self.threads, self._seed
            self._offline = self._stack.enter_context(open_offline_engine(*arguments))
        return self._offline

    def _close(self) -> None:
        # First, so that an engine that fails to close, or has no successor, is not used again.
        self._offline = self._live = None
        self._stack.close()


def playing_at(playing: PlayingConfig, key: int, samples: int, held: float) -> PlayingConfig:
    """Return settings with which an engine plays a key, see `Keyboard.engine`."""
    audio = playing.audio.model_copy(update={"samples": samples})
    seconds = held if held * audio.sample_rate < samples else None
    note = playing.note.model_copy(update={"number": key, "seconds": seconds})
    return playing.model_copy(update={"audio": audio, "note": note})


def played_for(
    solver: TrainedSolver, engine: EngineConfig, silence: SilenceConfig
) -> PlayingConfig:
    """Return settings with which an engine plays the note that a solver was trained on."""
    playing = solver.playing
    return PlayingConfig(engine=engine, note=playing.note, audio=playing.audio, silence=silence)


def as_trained(instrument: Instrument, solver: TrainedSolver) -> Instrument:
    """Return the instrument with the knobs held that were held while a solver was trained."""
    held = {c.name: c.value for c in solver.instrument.constants if c.name in instrument.names}
    return hold(instrument, held)
