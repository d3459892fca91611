"""Proof that notes of a plug-in that is not loaded anew for each are those of new instances.

A plug-in may carry something over from note to note, or miss a thread of its own in a copy of its
process: it then repeats its notes to the bit, and yet they are wrong.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio
from synthinv.instruments.model import Instrument, Patches

Note = npt.NDArray[np.float32]

PATCHES = 3
NEW_NOTES, OTHER_NOTES = 2 * PATCHES, 3 * PATCHES
"""Notes that are played on new instances, and in the way that is to be proven."""
LEAST_DB = 1.0
"""A smaller difference between two notes does not count."""
REPLAYS = 2.0
"""Notes may differ from new instances' this many times as much as two of the latter do, since a
plug-in's noise and phases may be free."""
LOWEST_HZ = 20.0
PARTS = 4
RANGE_DB = 40.0
"""Octaves this far below a note's loudest one do not count."""


class Deviation(NamedTuple):
    """How far a patch's notes are from those of new instances.

    Attributes
    ----------
    db : float
        Difference of the note that is furthest off, see `difference_db`.
    own_db : float
        Difference of two notes of the patch on new instances.
    """

    db: float
    own_db: float

    @property
    def is_wrong(self) -> bool:
        """Whether the notes are wrong: further off than the plug-in's own variation explains."""
        return self.db > max(LEAST_DB, REPLAYS * self.own_db)


def patches_to_prove(instrument: Instrument) -> Patches:
    """Draw the patches that are compared, the same ones every time."""
    rng = np.random.default_rng(0)
    return np.stack([instrument.sample(rng) for _ in range(PATCHES)])


def deviation(
    patches: Patches,
    new_instances: Callable[[Patches], Audio],
    notes_of: Callable[[Patches], Audio],
    sample_rate: int,
) -> Deviation:
    """Compare notes with those of new instances.

    Every patch is played on two new instances, which shows its own variation. In the way that is to
    be proven, it is played twice in a row, and then once more after another patch, which shows what
    carries over.

    Parameters
    ----------
    patches : uint8 array [n, parameters]
        Steps.
    new_instances, notes_of : callable
        Play patches: each on a new instance, and in the way that is to be proven.
    sample_rate : int
        In Hz.

    Returns
    -------
    Deviation
        That of the patch with the largest difference in comparison with its own.
    """
    count = len(patches)
    fresh = np.split(new_instances(np.concatenate([patches, patches])), 2)
    order = np.concatenate([np.repeat(np.arange(count), 2), np.roll(np.arange(count)[::-1], 1)])
    played = notes_of(patches[order])
    found = []
    for patch in range(count):
        new = [notes[patch] for notes in fresh]
        notes = played[order == patch]
        own = difference_db(new[0], new[1], sample_rate)
        away = max(min(difference_db(note, one, sample_rate) for one in new) for note in notes)
        found.append(Deviation(away, own))
    return max(found, key=lambda each: each.db - REPLAYS * each.own_db)


def difference_db(first: Note, second: Note, sample_rate: int) -> float:
    """Return the mean difference of two notes' octaves, which hardly depends on phases and noise.

    Parameters
    ----------
    first, second : float32 array [samples]
        The notes.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        Decibels, averaged over the octaves of each quarter of the notes.
    """
    levels = [octave_powers(note, sample_rate) for note in (first, second)]
    loudest = max(float(level.max()) for level in levels)
    if loudest == 0:
        return 0.0
    least = loudest * 10 ** (-RANGE_DB / 10)
    loud = np.maximum(*levels) > least
    one, other = (10 * np.log10(np.maximum(level, least)[loud]) for level in levels)
    return float(np.abs(one - other).mean())


def octave_powers(note: Note, sample_rate: int) -> npt.NDArray[np.float64]:
    """Compute the power of every octave in each quarter of a note: float64 [quarters, octaves]."""
    edges = LOWEST_HZ * 2.0 ** np.arange(np.log2(sample_rate / 2 / LOWEST_HZ) + 1)
    powers = []
    for part in np.array_split(note.astype(np.float64), PARTS):
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
        places = np.searchsorted(np.fft.rfftfreq(len(part), 1 / sample_rate), edges)
        powers.append(np.diff(np.concatenate([[0.0], np.cumsum(spectrum)])[places]))
    return np.array(powers)


def identity(*parts: object) -> str:
    """Digest what a proof depends on; a `Path` counts with its files' sizes and times."""
    return hashlib.sha256(json.dumps([_described(part) for part in parts]).encode()).hexdigest()


def _described(part: object) -> object:
    if not isinstance(part, Path):
        return part
    files = sorted(part.rglob("*")) if part.is_dir() else [part]
    stats = [(str(file), file.stat()) for file in files]
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]


def is_proven(proof: str) -> bool:
    """Decide whether a proof was found before, by this process or another one."""
    return proof in _found or _record(proof).exists()


def remember(proof: str, lasting: bool) -> None:
    """Remember a proof in this process, and, if it is a lasting one, for those to come."""
    _found.add(proof)
    if lasting:
        # Whoever cannot write there finds the proof again.
        try:
            _record(proof).parent.mkdir(parents=True, exist_ok=True)
            _record(proof).touch()
        except OSError:
            pass


_found: set[str] = set()


def _record(proof: str) -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(cache) / "synthinv" / "plug-ins" / proof
