"""Cold patch searches for whole sounds: they know the synth and the sound, and nothing else."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from synthinv.audio.level import db_to_amplitude, peak
from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.sound_file import Sound
from synthinv.audio.types import Audio
from synthinv.benchmark.objectives import MakeObjective
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.benchmark import MethodKind
from synthinv.engines.base import Engine
from synthinv.instruments.model import Patches
from synthinv.matching.keyboard import Keyboard
from synthinv.matching.matcher import QUIETER
from synthinv.matching.proposals import own_key
from synthinv.search.blackbox import cma_es, random_search
from synthinv.search.objective import PatchSearch

UNPITCHED_KEY = 60
"""Key of a sound without pitch."""

SEARCHES: Mapping[MethodKind, PatchSearch] = {
    "cma_es": cma_es,
    "random": random_search,
    # A library of random patches is searched by playing it, at the sound's own key and length.
    "library": random_search,
}


@dataclass(frozen=True, eq=False)
class Found:
    """A patch that a method found for a sound.

    Attributes
    ----------
    renders : int
        Renders that it took.
    seconds : float
        Time that it took.
    patch : uint8 array [parameters]
        Steps.
    key : int
        MIDI note number.
    held : float
        Seconds for which the key is held.
    note : float32 array [samples]
        The patch, played as long as the sound.
    """

    renders: int
    seconds: float
    patch: Patches
    key: int
    held: float
    note: Audio


def seed_keys(kind: MethodKind, method: str, sound: str) -> tuple[str, ...]:
    """Return the keys of a search's seed; a library's patches are the same for every sound."""
    return (method,) if kind == "library" else (method, sound)


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
        """Play one note per patch, see `Engine.render`."""
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
        """Return the time at which a number of renders had been compared, the end at the latest."""
        return next((t for count, t in self._times if count >= renders), self.seconds)


def search(
    kind: MethodKind,
    objective: MakeObjective,
    sound: Sound,
    keyboard: Keyboard,
    budgets: Sequence[int],
    seed: np.random.SeedSequence,
    progress: ProgressHook | None = None,
) -> list[Found]:
    """Search for a patch with the largest of some budgets, and return the best after each of them.

    The key is the note nearest to the sound's pitch, and is held as long as the sound.

    Parameters
    ----------
    kind : str
        One of `SEARCHES`.
    objective : callable
        Makes what is minimised, see `synthinv.benchmark.objectives`.
    sound : Sound
        The sound; all of it is compared.
    keyboard : Keyboard
        Plays the instrument.
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
    key = own_key(estimate_pitch(sound.audio, sound.sample_rate), UNPITCHED_KEY)
    engine = keyboard.engine(key, len(sound.audio), sound.seconds)
    with Recorder(engine) as recorder:
        quietest = max(
            db_to_amplitude(keyboard.playing.silence.level_dbfs),
            QUIETER * float(peak(sound.audio)),
        )
        to_minimise = objective(
            recorder, sound.audio, sound.sample_rate, budgets[-1], keyboard.threads, quietest
        )
        to_minimise.progress = progress
        rng = np.random.default_rng(seed)
        curve = SEARCHES[kind](to_minimise, keyboard.instrument, rng).curve
        times = [recorder.seconds_after(budget) for budget in budgets]
    best = recorder.patches[[int(np.argmax(curve == curve[budget - 1])) for budget in budgets]]
    notes = engine.render(best)
    return [
        Found(budget, seconds, patch.astype(np.uint8), key, sound.seconds, note)
        for budget, seconds, patch, note in zip(budgets, times, best, notes, strict=True)
    ]
