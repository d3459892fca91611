"""A synth whose sound is its knobs, for tests of what a search plays."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from synthinv.engines.base import Engine
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Parameter
from synthinv.metrics.audio import SpectralReference
from synthinv.search.objective import Objective

Steps = npt.NDArray[np.integer]
Heard = Callable[[Steps], npt.NDArray[Any]]


def panel(sections: int, knobs: int, highest: int = 127) -> Instrument:
    """Return an instrument of several sections with so many knobs each."""
    parameters = [
        Parameter(name=f"section{i}_knob{j}", group=f"section{i}", highest=highest)
        for i in range(sections)
        for j in range(knobs)
    ]
    return Instrument(name="panel", parameters=tuple(parameters))


class HeardKnobs:
    """An engine, and the comparison of its notes with a sound.

    Parameters
    ----------
    sound : float array-like [parameters]
        What is heard of the sound.
    heard : callable, optional
        What is heard of patches, in dB, a number for each knob; by default, their steps.

    Attributes
    ----------
    played : list of int arrays [n, parameters]
        The patches that were played, a call at a time.
    """

    def __init__(self, sound: npt.ArrayLike, heard: Heard = np.asarray) -> None:
        self.played: list[Steps] = []
        self._sound, self._heard = np.asarray(sound, dtype=np.float32), heard

    def objective(self, renders: int) -> Objective:
        """Return the distance from the sound, within a budget."""
        return Objective(cast(Engine, self), cast(SpectralReference, self), renders)

    def render(self, patches: Steps, progress: object = None) -> npt.NDArray[np.float32]:
        self.played.append(patches)
        return self._heard(patches).astype(np.float32)

    def differences(self, notes: npt.NDArray[np.float32], threads: int) -> npt.NDArray[np.float32]:
        return notes - self._sound
