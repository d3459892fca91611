"""Notes to be compared with one sound: at any key, as long as the sound, and transposed."""

from functools import cached_property
from math import ceil

import numpy as np
import numpy.typing as npt

from synthinv.audio.pitch import OCTAVE
from synthinv.audio.presses import KeyPress
from synthinv.audio.release import estimate_release
from synthinv.audio.resampling import resample
from synthinv.audio.sound_file import Sound, fit
from synthinv.audio.types import Audio
from synthinv.config.sections.playing import PlayingConfig
from synthinv.engines.base import Renderer
from synthinv.instruments.model import Patches
from synthinv.matching.keyboard import Keyboard

COMPARED_SECONDS = 4.0
"""Longest part of a sound that patches are compared with, from its onset."""
LEAST_HELD = 0.01
"""Least seconds for which a key is held: nobody presses one more briefly, nor do synths tell it
apart, which work in blocks of a few milliseconds."""
TAIL_SECONDS = 0.05
"""Length of a patch's recording after the sound's end."""

Samples = npt.NDArray[np.float32]


class Player:
    """A keyboard that plays patches so that they can be compared with one sound.

    Parameters
    ----------
    keyboard : Keyboard
        Plays the instrument.
    sound : Sound
        The sound, at the solver's sample rate.
    trained_on : PlayingConfig or None
        The one note that the solver was trained on; None for a solver for any note.
    held : float, optional
        Seconds for which the key was held, where that is known.

    Attributes
    ----------
    compared : int
        Samples that are compared: the sound and a short tail, 4 seconds at most.
    """

    def __init__(
        self,
        keyboard: Keyboard,
        sound: Sound,
        trained_on: PlayingConfig | None,
        held: float | None = None,
    ) -> None:
        self.keyboard, self.sound, self._known_held = keyboard, sound, held
        self._trained_on = trained_on
        self._longest = None if trained_on is None else trained_on.note.seconds
        self._tail = round(TAIL_SECONDS * sound.sample_rate)
        longest = round(COMPARED_SECONDS * sound.sample_rate)
        self.compared = min(len(sound.audio) + self._tail, longest)

    @property
    def holds(self) -> list[float | None]:
        """Times in seconds for which the key may have been held; None is the compared part or more.

        Only a release within that part is a way of its own: later, patches would sound the same.
        """
        if self._known_held is not None:
            return [self._known_held]
        within = self._released is not None and not self._released_late
        return [None, self._released] if within else [None]

    def held(self, press: KeyPress) -> float:
        """Return the seconds for which a key is held.

        Where it is not known for how long, that is at most as long as in the one note.
        """
        if self._known_held is not None:
            return max(LEAST_HELD, self._known_held)
        whole = self._released if self._released_late else None
        held = press.held or whole or self.sound.seconds
        return max(LEAST_HELD, held if self._longest is None else min(held, self._longest))

    def compared_sound(self) -> Samples:
        """Return the part of the sound that patches are compared with: float32 [compared]."""
        return fit(self.sound.audio, self.compared)

    def compared_engine(self, press: KeyPress) -> Renderer:
        """Get an engine ready whose notes have the length that is compared."""
        return self.keyboard.engine(press.key, self.compared, self.held(press))

    def play_for_solver(self, patches: Patches, press: KeyPress) -> Audio:
        """Play uint8 patches [n, parameters] for as long as `transposed` needs."""
        samples = self._samples_at(press.key)
        return self.keyboard.engine(press.key, samples, self.held(press)).render(patches)

    def play_whole(self, patches: Patches, press: KeyPress) -> Audio:
        """Play uint8 patches [n, parameters] as long as the whole sound, and its tail."""
        samples = len(self.sound.audio) + self._tail
        return self.keyboard.engine(press.key, samples, self.held(press)).render(patches)

    def transposed_sound(self, key: int) -> Audio:
        """Transpose the sound from a key to the solver's note: float32 [1, samples]."""
        return self.transposed(fit(self.sound.audio, self._samples_at(key)), key)

    def transposed(self, note: Samples, key: int) -> Audio:
        """Transpose a note [samples] from a key to the solver's note: float32 [1, samples]."""
        samples = self._one_note.audio.samples
        resampled: Audio = fit(resample(note, 1 / self._ratio(key)), samples)
        return resampled[np.newaxis]

    @cached_property
    def _released(self) -> float | None:
        """When the key was released, as the sound's level shows, if that is not known already."""
        if self._longest is not None:
            return None
        released = estimate_release(self.sound.audio, self.sound.sample_rate)
        return None if released is None else round(released, 3)

    @property
    def _released_late(self) -> bool:
        """Whether that is after the part that is compared."""
        released = self._released
        return released is not None and released * self.sound.sample_rate >= self.compared

    def _samples_at(self, key: int) -> int:
        """Count the samples at a key that fill the solver's input once they are transposed."""
        return ceil(self._one_note.audio.samples * max(1, self._ratio(key)))

    def _ratio(self, key: int) -> float:
        """Return how many times faster a note at a key must run to be at the solver's note."""
        return float(2 ** ((self._one_note.note.number - key) / OCTAVE))

    @property
    def _one_note(self) -> PlayingConfig:
        assert self._trained_on is not None, "a solver for any note hears the sound as it is"
        return self._trained_on
