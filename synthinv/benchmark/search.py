"""Cold patch searches for whole sounds: they know the synth, and start without a solver."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.benchmark.found import Found
from synthinv.benchmark.notes import Target, by_note, playing_at
from synthinv.benchmark.objectives import MakeObjective
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.benchmark import MethodKind
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.engines.base import Engine
from synthinv.engines.opening import open_engine
from synthinv.instruments.model import Instrument
from synthinv.search.blackbox import METHODS
from synthinv.search.objective import quietest_for


@dataclass(frozen=True, eq=False)
class Playing:
    """A synth that plays one note.

    Attributes
    ----------
    engine : Engine
        An open engine.
    instrument : Instrument
        What it plays.
    silence : SilenceConfig
        When a note counts as silent.
    threads : int
        CPU threads for comparisons.
    """

    engine: Engine
    instrument: Instrument
    silence: SilenceConfig
    threads: int

    def quietest_for(self, sound: Audio) -> float:
        """Return the peak below which a note is taken for silence beside a sound [samples]."""
        return quietest_for(sound, self.silence.level_dbfs)


def at_each_note(
    targets: Sequence[Target],
    playing: PlayingConfig,
    instrument: Instrument,
    threads: int,
    seed: np.random.SeedSequence,
) -> Iterator[tuple[Playing, list[int]]]:
    """Open a synth for each note of some sounds.

    Parameters
    ----------
    targets : sequence of Target
        The sounds.
    playing : PlayingConfig
        Engine, recording and silence.
    instrument : Instrument
        What is played.
    threads : int
        CPU threads.
    seed : numpy.random.SeedSequence
        Seed of the oscillators' phases, where the synth has one.

    Yields
    ------
    tuple of Playing and list of int
        The synth, open until the next one is asked for, and the places of the sounds of its note.
    """
    for note, places in by_note(targets).items():
        with open_engine(playing_at(playing, note), instrument, threads, seed) as engine:
            yield Playing(engine, instrument, playing.silence, threads), places


class Recorder:
    """An engine that keeps a record of what it renders.

    Parameters
    ----------
    engine : Engine
        An open engine, which stays open.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._started = time.monotonic()
        self._patches: list[npt.NDArray[np.integer]] = []
        self._times: list[tuple[int, float]] = []

    @property
    def latency(self) -> int:
        """Latency of the engine, see `Engine`."""
        return self._engine.latency

    def __enter__(self) -> Self:
        """Return the recorder."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave the engine open."""

    def render(
        self, patches: npt.NDArray[np.integer], progress: ProgressHook | None = None
    ) -> Audio:
        """Play one note per patch, see `Renderer.render`."""
        # When a batch begins, those before it have been compared.
        self._times.append((sum(map(len, self._patches)), self.seconds))
        self._patches.append(np.array(patches))
        return self._engine.render(patches, progress)

    @property
    def seconds(self) -> float:
        """Seconds since the recorder was made."""
        return time.monotonic() - self._started

    @property
    def patches(self) -> npt.NDArray[np.integer]:
        """All patches, in the order in which they were rendered: int [n, parameters]."""
        return np.concatenate(self._patches)

    def seconds_after(self, renders: int) -> float:
        """Return the time by which a number of renders had been compared, at the latest now."""
        return next((t for count, t in self._times if count >= renders), self.seconds)


def search(
    kind: MethodKind,
    objective: MakeObjective,
    target: Target,
    playing: Playing,
    budgets: Sequence[int],
    seed: np.random.SeedSequence,
    progress: ProgressHook | None = None,
) -> list[Found]:
    """Search for a patch with the largest of some budgets, and return the best after each of them.

    Parameters
    ----------
    kind : str
        One of `synthinv.search.blackbox.METHODS`.
    objective : callable
        Makes what is minimised, see `synthinv.benchmark.objectives`.
    target : Target
        The sound; all of it is compared.
    playing : Playing
        Plays its note.
    budgets : sequence of int
        Numbers of renders, in increasing order.
    seed : numpy.random.SeedSequence
        Seed of the search.
    progress : callable, optional
        Told how many renders are done, and how many there are.

    Returns
    -------
    list of Found
        One for each budget.
    """
    sound, note = target.sound, target.note
    with Recorder(playing.engine) as recorder:
        quietest = playing.quietest_for(sound.audio)
        to_minimise = objective(
            recorder, sound.audio, sound.sample_rate, budgets[-1], playing.threads, quietest
        )
        to_minimise.progress = progress
        rng = np.random.default_rng(seed)
        curve = METHODS[kind](to_minimise, playing.instrument, rng).curve
        times = [recorder.seconds_after(budget) for budget in budgets]
    best = recorder.patches[[int(np.argmax(curve == curve[budget - 1])) for budget in budgets]]
    notes = playing.engine.render(best)
    return [
        Found(budget, seconds, patch.astype(np.uint8), note.key, note.held, audio)
        for budget, seconds, patch, audio in zip(budgets, times, best, notes, strict=True)
    ]
