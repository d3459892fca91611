"""An instrument played at any key, held for any time, to match sounds of any pitch."""

from contextlib import ExitStack
from typing import Self

import numpy as np

from synthinv.config.sections.engine import EngineConfig
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.engines.base import Engine
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import hold
from synthinv.instruments.model import Instrument
from synthinv.solver.checkpoint import TrainedSolver


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
        self._engine: Engine | None = None
        self._settings: PlayingConfig | None = None

    def __enter__(self) -> Self:
        """Return the keyboard; its engine is opened for the first note."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the engine."""
        self._close()

    def engine(self, key: int, samples: int, held: float) -> Engine:
        """Open the engine for a key.

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
        Engine
            An open engine, valid until the next call.
        """
        settings = playing_at(self.playing, key, samples, held)
        # A live engine takes seconds to open, so it is kept while the settings stay the same.
        if self._engine is None or settings != self._settings:
            self._close()
            engine = open_engine(settings, self.instrument, self.threads, self._seed)
            self._engine, self._settings = self._stack.enter_context(engine), settings
        return self._engine

    def _close(self) -> None:
        # First, so that an engine that fails to close, or has no successor, is not used again.
        self._engine = None
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
