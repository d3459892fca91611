"""Notes of random patches, keys, velocities and lengths, without end."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Self

import numpy as np

from synthinv.audio.level import db_to_amplitude, is_silent, peak
from synthinv.audio.presses import PressedNotes
from synthinv.common.errors import SynthinvError
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.engines.opening import open_offline_engine
from synthinv.instruments.model import Instrument, Patches
from synthinv.solver.any_note.augmentation import augmented, log_uniform
from synthinv.solver.any_note.patches import PatchDraws
from synthinv.solver.any_note.stored import StoredNotes

AHEAD = 3
"""Batches that are rendered ahead of their use."""

PressedNotesWithPatches = tuple[PressedNotes, Patches]


class VariedNotes:
    """An endless iterator over batches of notes and their patches.

    A thread renders the batches ahead of their use, each from its own seed. They are the same for
    the same configuration. `close` ends the thread and closes the engine.

    Parameters
    ----------
    playing : PlayingConfig
        Engine, sample rate, and which notes are silent; these are left out.
    instrument : Instrument
        The instrument that is played.
    solver : SolverConfig
        The notes to render, and threads that render them.
    seed : int
        The configuration's seed.

    Raises
    ------
    SynthinvError
        If the engine plays in real time, a kind of patches names unknown knobs or presets that
        cannot be read, or all notes of a batch are silent.
    """

    def __init__(
        self, playing: PlayingConfig, instrument: Instrument, solver: SolverConfig, seed: int
    ) -> None:
        assert solver.varied is not None
        self.playing, self.instrument = playing, instrument
        self.varied, self.batch_size, self.seed = solver.varied, solver.batch_size, seed
        self._patches = PatchDraws(instrument, solver.varied, solver.kinds)
        self._uses, kept = solver.varied.uses, solver.varied.kept // solver.batch_size
        self._apart = max(1, (kept - 1) // max(1, self._uses - 1))
        self._stored: dict[int, StoredNotes] = {}
        self._stack = ExitStack()
        free = seed_sequence(seed, "varied-phase")
        engine = open_offline_engine(playing, instrument, solver.threads, free)
        self._engine = self._stack.enter_context(engine)
        self._pool = ThreadPoolExecutor(1)
        self._next = 0
        self._ahead: deque[Future[PressedNotesWithPatches]] = deque()

    def skip(self, batches: int) -> None:
        """Leave out batches, without rendering them; to be called before the first one is used."""
        assert not self._ahead
        self._next += batches

    def __iter__(self) -> Self:
        """Return the iterator itself."""
        return self

    def __next__(self) -> PressedNotesWithPatches:
        """Return the next batch."""
        while len(self._ahead) < AHEAD:
            self._ahead.append(self._pool.submit(self.batch, self._next))
            self._next += 1
        return self._ahead.popleft().result()

    def close(self) -> None:
        """End the thread, without waiting for batches that nobody will use, and the engine."""
        self._pool.shutdown(cancel_futures=True)
        self._stack.close()

    def batch(self, index: int) -> PressedNotesWithPatches:
        """Render a batch, given its number, or take one that has been rendered already."""
        rate, shares = self.playing.audio.sample_rate, self.varied.augmentation
        if self._uses == 1:
            rng = np.random.default_rng(seed_sequence(self.seed, "varied-notes", index))
            notes, patches = self._rendered(rng)
            return augmented(notes, shares, rate, rng), patches
        notes, patches = self._kept(index)
        rng = np.random.default_rng(seed_sequence(self.seed, "varied-recordings", index))
        return augmented(notes, shares, rate, rng), patches

    def _kept(self, index: int) -> PressedNotesWithPatches:
        """Return notes of which every `uses` batches some are new and some are used a last time.

        The uses of a note are spread evenly over the time for which it is kept.
        """
        oldest, use = divmod(index, self._uses)
        source = oldest + (self._uses - 1 - use) * self._apart
        if source not in self._stored:
            rng = np.random.default_rng(seed_sequence(self.seed, "varied-notes", source))
            self._stored[source] = StoredNotes(*self._rendered(rng))
        notes = self._stored[source].restored()
        if use == self._uses - 1:
            del self._stored[source]
        return notes

    def _rendered(self, rng: np.random.Generator) -> PressedNotesWithPatches:
        """Render a batch, and leave out the silent notes."""
        patches = self._patches(self.batch_size, rng)
        starts = range(0, self.batch_size, self.varied.group)
        groups = [self._group(patches[s : s + self.varied.group], rng) for s in starts]
        notes = _joined(groups)
        loud = ~is_silent(peak(notes.audio), db_to_amplitude(self.playing.silence.level_dbfs))
        if not loud.any():
            raise SynthinvError(
                f"{self.batch_size} random patches of {self.instrument.name} in a row stay below "
                f"{self.playing.silence.level_dbfs:g} dBFS; check solver.varied, or change "
                "silence.level_dbfs"
            )
        # Of a parameter without effect, a network could only learn how it is drawn.
        return notes[loud], self.instrument.canonical(patches[loud])

    def _group(self, patches: Patches, rng: np.random.Generator) -> PressedNotes:
        """Render notes of one length, released at one time, each with a key of its own."""
        varied, rate = self.varied, self.playing.audio.sample_rate
        length = round(log_uniform(varied.seconds, rng) * rate)
        throughout = rng.random() < varied.held_throughout
        share = 1.0 if throughout else log_uniform(varied.held, rng)
        held = max(1, round(share * length))
        keys, velocities = (
            rng.integers(low, high, len(patches), endpoint=True)
            for low, high in (varied.keys, varied.velocities)
        )
        audio = self._engine.play(patches, keys, velocities, length, held, rng)
        ones = np.ones(len(patches), np.int64)
        return PressedNotes(audio, length * ones, held * ones, keys)


def _joined(groups: list[PressedNotes]) -> PressedNotes:
    longest = max(group.audio.shape[1] for group in groups)
    padded = [np.pad(g.audio, ((0, 0), (0, longest - g.audio.shape[1]))) for g in groups]
    lengths, held, keys = (
        np.concatenate([getattr(group, name) for group in groups])
        for name in ("lengths", "held", "keys")
    )
    return PressedNotes(np.concatenate(padded), lengths, held, keys)
