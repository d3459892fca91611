"""The choice of the engine that the configuration asks for."""

from importlib import import_module
from typing import cast

import numpy as np

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import EngineConfig
from synthinv.config.sections.playing import PlayingConfig
from synthinv.engines.base import Engine, OfflineEngine
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
        Seed of the built-in synth's oscillator phases; other synths have no use for it.

    Returns
    -------
    Engine
        To be used in a `with` statement.
    """
    # An engine is imported only when it is asked for: numba takes a second, and PortAudio is a
    # system library that the built-in voice must not need.
    module = import_module(f"synthinv.{engine_module(playing.engine)}")
    engine: Engine = module.make(playing, instrument, threads, seed)
    return engine


def open_offline_engine(
    playing: PlayingConfig, instrument: Instrument, threads: int, seed: np.random.SeedSequence
) -> OfflineEngine:
    """Create an engine that can play each patch at a key of its own, see `open_engine`.

    Raises
    ------
    SynthinvError
        If the configuration's engine plays in real time, where every note has the same key.
    """
    if not playing.engine.offline:
        raise SynthinvError(
            f"engine.kind is {playing.engine.kind}, which plays in real time; only offline "
            "engines, such as plug-in, can play notes of many keys, so choose one of them"
        )
    return cast(OfflineEngine, open_engine(playing, instrument, threads, seed))


def engine_module(engine: EngineConfig) -> str:
    """Return the module of an engine, by its name below the package.

    It lies in a package with the name of the engine's kind, and has a function `make` with the
    parameters of `open_engine`.
    """
    return f"engines.{engine.kind.replace('-', '_')}.engine"
