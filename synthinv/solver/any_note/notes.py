"""Fresh notes of random patches, keys, velocities and lengths, without end."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.level import db_to_amplitude, is_silent, peak
from synthinv.audio.presses import PressedNotes
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.model import Instrument, Patches
from synthinv.solver.any_note.augmentation import augmented
from synthinv.solver.any_note.patches import draw_patches, refuse_unknown_knobs

AHEAD = 3
"""Batches that are rendered ahead of their use."""

NotesWithPatches = tuple[PressedNotes, Patches]


class VariedNotes:
    """An endless iterator over batches of fresh notes and their patches.

    The batches are rendered ahead of their use in threads of their own, each from its own seed, and
    are the same for the same configuration. `close` ends the threads.

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
        If the engine is not the built-in one, a kind of patches names unknown knobs, or all notes
        of a batch are silent.
    """

    def __init__(
        self, playing: PlayingConfig, instrument: Instrument, solver: SolverConfig, seed: int
    ) -> None:
        if not isinstance(playing.engine, BuiltInConfig):
            raise SynthinvError(
                f"engine.kind is {playing.engine.kind}, and a solver for any note is trained on "
                "the built-in voice alone; set engine.kind to built-in, or solver.architecture to "
                "solver"
            )
        assert solver.varied is not None
        # Here, since solvers for other synths do not depend on the built-in one.
        from synthinv.engines.built_in.engine import BuiltIn

        self._free = playing.engine.phase == "free"
        refuse_unknown_knobs(instrument, solver.varied)
        self.playing, self.instrument = playing, instrument
        self.varied, self.batch_size, self.seed = solver.varied, solver.batch_size, seed
        self._engine = BuiltIn(instrument, playing.note, playing.audio)
        self._pool = ThreadPoolExecutor(solver.threads)
        self._next = 0
        self._ahead: deque[Future[NotesWithPatches]] = deque()

    def skip(self, batches: int) -> None:
        """Leave out batches, without rendering them; to be called before the first one is used."""
        assert not self._ahead
        self._next += batches

    def __iter__(self) -> Self:
        """Return the iterator itself."""
        return self

    def __next__(self) -> NotesWithPatches:
        """Return the next batch."""
        while len(self._ahead) < AHEAD:
            self._ahead.append(self._pool.submit(self.batch, self._next))
            self._next += 1
        return self._ahead.popleft().result()

    def close(self) -> None:
        """End the threads, without waiting for batches that nobody will use."""
        self._pool.shutdown(cancel_futures=True)

    def batch(self, index: int) -> NotesWithPatches:
        """Render a batch, given its number."""
        rng = np.random.default_rng(seed_sequence(self.seed, "varied-notes", index))
        patches = draw_patches(self.instrument, self.varied, self.batch_size, rng)
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
        rate = self.playing.audio.sample_rate
        return augmented(notes[loud], self.varied.augmentation, rate, rng), patches[loud]

    def _group(self, patches: Patches, rng: np.random.Generator) -> PressedNotes:
        """Render notes of one length, released at one time, each with a key of its own."""
        varied, rate = self.varied, self.playing.audio.sample_rate
        length = round(_log_uniform(varied.seconds, rng) * rate)
        throughout = rng.random() < varied.held_throughout
        share = 1.0 if throughout else _log_uniform(varied.held, rng)
        held = max(1, round(share * length))
        keys, velocities = (
            rng.integers(low, high, len(patches), endpoint=True)
            for low, high in (varied.keys, varied.velocities)
        )
        audio = self._render(patches, keys, velocities, length, held, rng)
        ones = np.ones(len(patches), np.int64)
        return PressedNotes(audio, length * ones, held * ones, keys)

    def _render(
        self,
        patches: Patches,
        keys: npt.NDArray[np.int64],
        velocities: npt.NDArray[np.int64],
        samples: int,
        held: int,
        rng: np.random.Generator,
    ) -> Audio:
        """Play patches, each with its own key and velocity: [n, samples]."""
        from synthinv.engines.built_in.voice import OSCILLATORS, render_voices

        # Drawn in either case, so that the phases do not decide on the other notes.
        phases = rng.integers(2**32, size=(len(patches), OSCILLATORS), dtype=np.uint32)
        return render_voices(
            self._engine.controls(patches),
            keys,
            velocities,
            samples,
            self.playing.audio.sample_rate,
            held=held,
            phases=phases if self._free else None,
        )


def _joined(groups: list[PressedNotes]) -> PressedNotes:
    longest = max(group.audio.shape[1] for group in groups)
    padded = [np.pad(g.audio, ((0, 0), (0, longest - g.audio.shape[1]))) for g in groups]
    lengths, held, keys = (
        np.concatenate([getattr(group, name) for group in groups])
        for name in ("lengths", "held", "keys")
    )
    return PressedNotes(np.concatenate(padded), lengths, held, keys)


def _log_uniform(ends: tuple[float, float], rng: np.random.Generator) -> float:
    low, high = np.log(ends)
    return float(np.exp(rng.uniform(low, high)))
