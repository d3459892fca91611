"""Notes of different keys and lengths, and how they were played."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio

LONGEST_SECONDS = 4.0
"""Longest sound that a solver for any note takes in."""


@dataclass(frozen=True)
class KeyPress:
    """How a note is played.

    Attributes
    ----------
    key : int
        MIDI note number.
    held : float or None
        Seconds for which the key is held; None for the whole sound.
    """

    key: int
    held: float | None = None


@dataclass(frozen=True)
class PressedNotes:
    """Notes of different keys and lengths; behaves as an array of them.

    Attributes
    ----------
    audio : float32 array [n, samples]
        The notes, with zeros after the ends of the shorter ones.
    lengths, held : int64 array [n]
        Samples of each note, and those for which its key is held.
    keys : int64 array [n]
        MIDI note numbers.
    """

    audio: Audio
    lengths: npt.NDArray[np.int64]
    held: npt.NDArray[np.int64]
    keys: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of notes."""
        return len(self.lengths)

    def __getitem__(self, rows: "slice | npt.NDArray[np.generic]") -> "PressedNotes":
        """Return some of the notes."""
        return PressedNotes(self.audio[rows], self.lengths[rows], self.held[rows], self.keys[rows])

    def __iter__(self) -> Iterator["PressedNotes"]:
        """Yield the notes one by one, each without what follows its end."""
        for row, length in enumerate(self.lengths):
            one = self[row : row + 1]
            yield PressedNotes(one.audio[:, :length], one.lengths, one.held, one.keys)


Notes = Audio | PressedNotes
"""Notes of one key and length, float32 [n, samples], or of different ones."""


def pressed(notes: Audio, press: KeyPress, sample_rate: int) -> PressedNotes:
    """Describe notes of one length that are all played in the same way.

    Parameters
    ----------
    notes : float32 array [n, samples]
        The notes.
    press : KeyPress
        How they are played.
    sample_rate : int
        In Hz.

    Returns
    -------
    PressedNotes
        The notes; a key is held for a sample or more, and to the end of the sound at the latest.
    """
    count, samples = notes.shape
    seconds = np.inf if press.held is None else press.held
    held = round(min(max(1, seconds * sample_rate), samples))
    ones = np.ones(count, np.int64)
    return PressedNotes(notes, samples * ones, held * ones, press.key * ones)
