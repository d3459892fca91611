"""Training data of a solver: fresh notes from an engine, or stored notes in every order."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count, islice
from pathlib import Path

import numpy as np

from synthinv.audio.level import db_to_amplitude, is_silent, peak
from synthinv.audio.presses import Notes
from synthinv.audio.types import Audio
from synthinv.capture.shards import read_shard
from synthinv.common.errors import SynthinvError
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.engines.base import Engine
from synthinv.engines.opening import open_engine
from synthinv.instruments.model import Instrument, Patches
from synthinv.solver.any_note.notes import VariedNotes

RUN = ("final",)
"""Keys of the notes' seed. The solver's name is not among them, so solvers that differ in a setting
are trained on the same notes."""

NotesWithPatches = tuple[Notes, Patches]
FixedNotes = tuple[Audio, Patches]
"""Notes of one key and length, and their patches."""


@contextmanager
def training_notes(
    shards: Sequence[Path],
    playing: PlayingConfig,
    instrument: Instrument,
    solver: SolverConfig,
    seed: int,
) -> Iterator[Iterator[NotesWithPatches]]:
    """Open the source of a solver's notes.

    Parameters
    ----------
    shards : sequence of Path
        Manifests of the capture shards to train on; none for fresh notes of random patches.
    playing : PlayingConfig
        How fresh notes are played, and which are silent.
    instrument : Instrument
        The instrument whose knobs are predicted.
    solver : SolverConfig
        Batch size, and threads to render with.
    seed : int
        The configuration's seed.

    Yields
    ------
    iterator of (float32 array [n, samples] or PressedNotes, uint8 array [n, parameters])
        Batches of notes and their patches without end, the same for the same seed.

    Raises
    ------
    SynthinvError
        If a solver for any note is to be trained on shards, whose notes have one key and length.
    """
    if solver.varied is not None:
        if shards:
            raise SynthinvError(
                "a solver for any note is trained on fresh notes; set its train to null"
            )
        with closing(VariedNotes(playing, instrument, solver, seed)) as varied:
            yield varied
        return
    if shards:
        with closing(stored_notes(shards, instrument, solver.batch_size, seed)) as notes:
            yield notes
        return
    free = seed_sequence(seed, "phase", "solver", *RUN)
    with (
        open_engine(playing, instrument, solver.threads, free) as engine,
        # Closed before the engine, since its thread renders.
        closing(
            fresh_notes(engine, instrument, playing.silence, solver.batch_size, seed, RUN)
        ) as notes,
    ):
        yield notes


def fresh_notes(
    engine: Engine,
    instrument: Instrument,
    silence: SilenceConfig,
    batch_size: int,
    seed: int,
    run: tuple[str | int, ...],
) -> Generator[FixedNotes, None, None]:
    """Render random patches without end, one batch ahead in a thread of its own.

    Parameters
    ----------
    engine : Engine
        An open engine.
    instrument : Instrument
        The instrument that is played.
    silence : SilenceConfig
        When a note counts as silent.
    batch_size : int
        Patches per batch; those whose notes are silent are left out.
    seed : int
        The configuration's seed.
    run : tuple of str or int
        Name of the training, which seeds the patches.

    Yields
    ------
    tuple of float32 array [n, samples] and uint8 array [n, parameters]
        Notes and their patches, the same for the same seed.

    Raises
    ------
    SynthinvError
        If `silence.draws` batches in a row are silent.
    """
    quietest = db_to_amplitude(silence.level_dbfs)

    def render(index: int) -> FixedNotes:
        rng = np.random.default_rng(seed_sequence(seed, "solver", *run, index))
        patches = np.stack([instrument.sample(rng) for _ in range(batch_size)])
        notes = engine.render(patches)
        audible = ~is_silent(peak(notes), quietest)
        return notes[audible], patches[audible]

    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(render, 0)
        silent = 0
        for index in count(1):
            batch = following.result()
            following = thread.submit(render, index)
            if len(batch[1]):
                silent = 0
                yield batch
                continue
            silent += 1
            if silent == silence.draws:
                raise SynthinvError(
                    f"{silent * batch_size} random patches of {instrument.name} in a row stay "
                    f"below {silence.level_dbfs:g} dBFS; check its knobs and constants, or change "
                    "silence.level_dbfs"
                )


def stored_notes(
    shards: Sequence[Path], instrument: Instrument, batch_size: int, seed: int
) -> Generator[FixedNotes, None, None]:
    """Read the notes of shards again and again, each time in another order.

    Two shards are in memory at a time: the one in use, and the next, which is read meanwhile.

    Parameters
    ----------
    shards : sequence of Path
        Their manifests.
    instrument : Instrument
        The instrument that was played.
    batch_size : int
        Notes per batch.
    seed : int
        The configuration's seed.

    Yields
    ------
    tuple of float32 array [batch_size, samples] and uint8 array [batch_size, parameters]
        Notes and their patches.

    Raises
    ------
    SynthinvError
        If a shard is missing or damaged, or has other knobs.
    """
    rng = np.random.default_rng(seed_sequence(seed, "solver-order", *RUN))
    endless = (shards[index] for _ in count() for index in rng.permutation(len(shards)))
    left: list[FixedNotes] = []
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(_shuffled, next(endless), instrument, rng)
        while True:
            parts = zip(*left, following.result(), strict=True)
            notes, patches = (np.concatenate(part) for part in parts)
            # One job at a time, and no other draw meanwhile, or the order would depend on timing.
            following = thread.submit(_shuffled, next(endless), instrument, rng)
            whole = len(notes) - len(notes) % batch_size
            for start in range(0, whole, batch_size):
                batch = slice(start, start + batch_size)
                yield notes[batch], patches[batch]
            # Copies, or the whole shard would stay in memory.
            left = [(notes[whole:].copy(), patches[whole:].copy())]


def skipped(batches: Iterable[NotesWithPatches], done: int) -> Iterator[NotesWithPatches]:
    """Skip the batches that a training has been trained on.

    Parameters
    ----------
    batches : iterable of (notes, patches)
        Batches from the first one on.
    done : int
        Batches to skip.

    Returns
    -------
    iterator of (notes, patches)
        The others. Most sources have to make those that are skipped, too.
    """
    if isinstance(batches, VariedNotes):
        batches.skip(done)
        return batches
    return islice(batches, done, None)


def _shuffled(path: Path, instrument: Instrument, rng: np.random.Generator) -> FixedNotes:
    shard = read_shard(path)
    if shard.names != instrument.names:
        raise SynthinvError(f"{path}: its knobs are not those of {instrument.name}; run again")
    order = rng.permutation(len(shard.audio))
    return shard.audio[order], shard.patches[order]
