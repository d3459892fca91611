"""Where sound comes from: one protocol, and the engines that fulfil it."""

from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from synthinv.instrument import Instrument
from synthinv.sections import BuiltInEngine, Playing, PlugInEngine

AudioBatch = npt.NDArray[np.float32]


class Engine(Protocol):
    """Plays patches of one instrument; a context manager that frees what it opened."""

    def __enter__(self) -> Self:
        """Open ports, devices and processes."""

    def __exit__(self, *exception: object) -> None:
        """Close them, with every note off."""

    def render(self, patches: npt.NDArray[np.integer]) -> AudioBatch:
        """Play one note per patch.

        Parameters
        ----------
        patches : int array [n, parameters]
            CC values.

        Returns
        -------
        float32 array [n, samples]
            The notes, full scale ±1, each from its note-on.

        Raises
        ------
        NoteError
            If a note cannot be had; it names the note by its index in `patches`.
        SynthinvError
            If the synth or the machine fails for good.
        """


def open_engine(
    playing: Playing, instrument: Instrument, threads: int, seed: np.random.SeedSequence
) -> Engine:
    """Make the engine that the configuration asks for.

    Parameters
    ----------
    playing : Playing
        Engine, note, audio and silence sections of the configuration.
    instrument : Instrument
        What is played.
    threads : int
        CPU threads an offline engine may use; the sound does not depend on it.
    seed : numpy.random.SeedSequence
        Seed of what is free in the built-in synth's sound; other synths bring their own chance.

    Returns
    -------
    Engine
        To be used in a `with` statement.
    """
    # An engine is imported only when it is asked for: numba takes a second, and PortAudio is a
    # system library that the built-in voice must not need.
    if isinstance(playing.engine, BuiltInEngine):
        from synthinv.engines.built_in import BuiltIn

        free = playing.engine.phase == "free"
        phase_seed = seed if free else None
        return BuiltIn(instrument, playing.note, playing.audio, threads, phase_seed)
    if isinstance(playing.engine, PlugInEngine):
        from synthinv.engines.plug_in import PlugIn

        return PlugIn(playing.engine, instrument, playing.note, playing.audio)
    from synthinv.engines.live import Live

    return Live(playing.engine, instrument, playing.note, playing.audio, playing.silence)
