"""The result of a match: the patch found, and how certain each of its knobs is."""

from dataclasses import dataclass

import mido
import numpy as np
import numpy.typing as npt

from synthinv.audio.level import amplitude_to_db, peak
from synthinv.audio.pitch import Pitch
from synthinv.audio.sound_file import Sound
from synthinv.instruments.classes import Classes, Logits, class_values, probabilities
from synthinv.instruments.midi import patch_file
from synthinv.instruments.model import Instrument, Patches

NEAR = 4
"""Distance in CC steps within which the probabilities of values add up to the confidence in one."""
SPAN = (0.1, 0.9)
"""Cumulative probabilities at the ends of a knob's span."""


@dataclass(frozen=True)
class Knob:
    """One knob of a patch that was found.

    Attributes
    ----------
    name, group : str
        As the instrument has them.
    cc, value : int
        Its controller, and the CC value.
    positions : tuple of int or None
        The CC values of its positions, if it has some.
    confidence : float
        The marginal probability that the value is right: that of the position, or of all values no
        more than 4 CC steps away.
    span : (int, int)
        CC values that enclose the middle 80 % of a continuous knob's marginal distribution.
    """

    name: str
    group: str
    cc: int
    value: int
    positions: tuple[int, ...] | None
    confidence: float
    span: tuple[int, int]

    @property
    def position(self) -> int | None:
        """Its position, counted from 1, if it has positions."""
        return None if self.positions is None else self.positions.index(self.value) + 1


@dataclass(frozen=True)
class Match:
    """A patch for a sound.

    Attributes
    ----------
    sound : Sound
        The sound.
    pitch : Pitch
        Its pitch, if it has one.
    instrument : Instrument
        The synth.
    key, velocity, channel : int
        MIDI note number, velocity and channel to play the patch with.
    patch : uint8 array [parameters]
        CC values.
    knobs : tuple of Knob
        The same values, each with its name and confidence.
    mss : float
        Distance between the patch and the sound in dB, see `synthinv.metrics.audio.mss`.
    held : float
        Seconds for which the key is held.
    played : float32 array [samples]
        The patch, played as long as the sound.
    solver : str or None
        Digest of the solver's network.
    plug_in : bool
        Whether the synth is a plug-in, whose parameters are set without MIDI.
    """

    sound: Sound
    pitch: Pitch
    instrument: Instrument
    key: int
    velocity: int
    channel: int
    patch: Patches
    knobs: tuple[Knob, ...]
    mss: float
    held: float
    played: npt.NDArray[np.float32]
    solver: str | None
    plug_in: bool

    @property
    def peak_dbfs(self) -> float:
        """Peak level of the patch in dBFS; −inf for digital silence."""
        return float(amplitude_to_db(peak(self.played)))

    def midi_file(self) -> mido.MidiFile:
        """Return the patch and a note as MIDI, see `synthinv.instruments.midi.patch_file`."""
        controllers = self.instrument.controllers(self.patch)
        return patch_file(controllers, self.key, self.velocity, self.held, self.channel)


def knobs(instrument: Instrument, classes: Classes, marginals: Logits) -> tuple[Knob, ...]:
    """Describe every knob of a patch.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    classes : int64 array [parameters]
        The patch, see `synthinv.instruments.classes.classes_of`.
    marginals : float32 array [1, classes of all knobs]
        The knobs' marginal distributions, as logits.

    Returns
    -------
    tuple of Knob
        In the order of a patch's columns.
    """
    found = []
    for parameter, chosen, chances in zip(
        instrument.parameters,
        classes.tolist(),
        probabilities(instrument, marginals),
        strict=True,
    ):
        values = class_values(parameter)
        near = 0 if parameter.positions else NEAR
        low, high = ((chances[0].cumsum() < share).sum() for share in SPAN)
        found.append(
            Knob(
                name=parameter.name,
                group=parameter.group,
                cc=parameter.cc,
                value=int(values[chosen]),
                positions=parameter.positions,
                confidence=float(
                    chances[0][max(0, chosen - near) : chosen + near + 1].sum().clip(0, 1)
                ),
                span=(int(values[low]), int(values[high])),
            )
        )
    return tuple(found)
