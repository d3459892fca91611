"""One DX7: the synthesis of Dexed, played a note at a time."""

from typing import Self

import numpy as np

from synthinv.audio.types import Audio
from synthinv.common.extras import extras_explained
from synthinv.instruments.native.dx7 import SINGLE, VALUES, single_voice
from synthinv.instruments.native.preset import Preset

LEVEL = np.float32(0.125)
"""Factor for Dexed's samples, in which each of up to six carriers reaches 1."""
ALL_OPERATORS = 0x3F
"""The byte after a voice in Dexed, in which a set bit lets its operator sound: all six."""


class Voice(bytes):
    """A voice as Dexed reads it: a single voice's bytes, then one for which operators are on."""

    @classmethod
    def of(cls, preset: Preset) -> Self:
        """Lay a preset out, with values above the panel's highest lowered to it.

        Parameters
        ----------
        preset : Preset
            The preset.

        Returns
        -------
        Voice
            Its bytes.

        Raises
        ------
        SynthinvError
            If the DX7 has no such value.
        """
        voice = bytearray(single_voice(preset))
        for value in VALUES.values():
            voice[value.place] = min(voice[value.place], value.highest)
        return cls(bytes([*voice, ALL_OPERATORS]))

    def to_sysex(self) -> bytes:
        """Return its bytes; Dexed asks for them by this name."""
        assert len(self) == SINGLE + 1
        return bytes(self)


class Player:
    """A DX7 that keeps nothing from one note to the next.

    Parameters
    ----------
    sample_rate : int
        In Hz. In one process, Dexed refuses to play at two rates at the same time.

    Raises
    ------
    SynthinvError
        If dexed-py is not installed.
    """

    def __init__(self, sample_rate: int) -> None:
        with extras_explained():
            import dexed

        self._sample_rate = sample_rate
        self._synth = dexed.DexedSynth(sample_rate)

    def play(self, voice: Voice, key: int, velocity: int, held: int, samples: int) -> Audio:
        """Play a note.

        Parameters
        ----------
        voice : Voice
            What is played.
        key, velocity : int
            MIDI note number and velocity.
        held, samples : int
            Samples for which the key is held, which Dexed rounds to the end of one of its blocks of
            64, and length of the recording.

        Returns
        -------
        float32 array [samples]
            The note; one carrier alone has a peak of `LEVEL`.
        """
        rate = self._sample_rate
        self._synth.load_patch(voice)
        sound = self._synth.render(key, velocity, held / rate, samples / rate)
        return np.asarray(sound, dtype=np.float32) * LEVEL
