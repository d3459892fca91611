"""The choice of the engine that the configuration asks for."""

import numpy as np

from synthinv.config.sections.engine import BuiltInConfig, PlugInConfig
from synthinv.config.sections.playing import PlayingConfig
from synthinv.engines.base import Engine
from synthinv.instruments.model import Instrument


def open_engine(
    playing: PlayingConfig, instrument: Instrument, threads: int, seed: np.random.SeedSequence
) -> Engine:
    """Create the engine that the configuration asks for.

    Parameters
    ----------
    playing : PlayingConfig
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
    if isinstance(playing.engine, BuiltInConfig):
        from synthinv.engines.built_in.engine import BuiltIn

        free = playing.engine.phase == "free"
        phase_seed = seed if free else None
        return BuiltIn(instrument, playing.note, playing.audio, threads, phase_seed)
    if isinstance(playing.engine, PlugInConfig):
        from synthinv.engines.plug_in.engine import PlugIn

        return PlugIn(playing.engine, instrument, playing.note, playing.audio)
    from synthinv.engines.live.engine import Live

    return Live(playing.engine, instrument, playing.note, playing.audio, playing.silence)
