"""Notes that are kept in memory, to be trained on again and again."""

import numpy as np
import numpy.typing as npt

from synthinv.audio.level import peak
from synthinv.audio.presses import PressedNotes
from synthinv.instruments.model import Patches
from synthinv.solver.any_note.augmentation import QUIETEST

FULL_SCALE = 32_767
"""Largest number of 16 bits, to which each note's peak is scaled."""


class StoredNotes:
    """Some notes and their patches, in 16 bits and without the padding after short ones.

    Parameters
    ----------
    notes : PressedNotes
        The notes.
    patches : uint8 array [n, parameters]
        Their patches.
    """

    def __init__(self, notes: PressedNotes, patches: Patches) -> None:
        self._peaks = np.maximum(peak(notes.audio), QUIETEST)
        self._audio: list[npt.NDArray[np.int16]] = [
            np.rint(note[:length] * (FULL_SCALE / top)).astype(np.int16)
            for note, length, top in zip(notes.audio, notes.lengths, self._peaks, strict=True)
        ]
        self._lengths, self._held, self._keys = notes.lengths, notes.held, notes.keys
        self._patches = patches

    def restored(self) -> tuple[PressedNotes, Patches]:
        """Return the notes, to within 90 dB of their peaks, and their patches."""
        audio = np.zeros((len(self._audio), self._lengths.max()), np.float32)
        for row, note, top in zip(audio, self._audio, self._peaks, strict=True):
            row[: len(note)] = note * np.float32(top / FULL_SCALE)
        notes = PressedNotes(audio, self._lengths, self._held, self._keys)
        return notes, self._patches
