"""What methods find for sounds."""

from dataclasses import dataclass

from synthinv.audio.types import Audio
from synthinv.instruments.model import Patches

NO_SOLVER = "none"
"""Stands in tables for the solver of a method that has none."""


@dataclass(frozen=True, eq=False)
class Found:
    """A patch that a method found for a sound.

    Attributes
    ----------
    renders : int
        Renders that it took.
    seconds : float
        Time that it took; where patches are played once for several sounds, a sound's share of it.
    patch : uint8 array [parameters]
        The patch.
    key : int
        MIDI note number.
    held : float
        Seconds for which the key is held.
    note : float32 array [samples]
        The patch, played as long as the sound.
    solver : str
        Digest of the solver's network.
    """

    renders: int
    seconds: float
    patch: Patches
    key: int
    held: float
    note: Audio
    solver: str = NO_SOLVER
