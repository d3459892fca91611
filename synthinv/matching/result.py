"""The result of a match: the patch found, and how certain each of its knobs is."""

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import mido
import numpy as np
import numpy.typing as npt

from synthinv.audio.level import amplitude_to_db, peak
from synthinv.audio.pitch import Pitch, nearest_note, note_name
from synthinv.audio.sound_file import Sound, fit
from synthinv.audio.write import write_sound
from synthinv.common.files import replacing, write_json
from synthinv.instruments.classes import Classes, Logits, class_values, probabilities
from synthinv.instruments.midi import patch_file
from synthinv.instruments.model import Instrument, Patches
from synthinv.matching.missing import what_differs
from synthinv.matching.words import HARDLY_APART, closeness, held_for
from synthinv.metrics.audio import mss
from synthinv.search.cube import points_of

NEAR = 4
"""Distance in steps within which the probabilities of values add up to the confidence in one."""
SPAN = (0.1, 0.9)
"""Cumulative probabilities at the ends of a knob's span."""
MOST_KNOBS, FEW_SHARES = 3, 0.1
"""Knobs that are named as those in which two patches differ most, and by how much they have to:
the share of all patches that lie between the two."""


@dataclass(frozen=True)
class Knob:
    """One knob of a patch that was found.

    Attributes
    ----------
    name, group : str
        As the instrument has them.
    cc : int or None
        Its controller, if it has one.
    value : int
        Its step, such as a CC value.
    positions : tuple of int or None
        The CC values of its positions, if it has some.
    confidence : float
        The marginal probability that the value is right: that of the position, or of all values no
        more than 4 steps away.
    span : (int, int)
        CC values that enclose the middle 80 % of a continuous knob's marginal distribution.
    """

    name: str
    group: str
    cc: int | None
    value: int
    positions: tuple[int, ...] | None
    confidence: float
    span: tuple[int, int]

    @property
    def position(self) -> int | None:
        """Its position, counted from 1, if it has positions."""
        return None if self.positions is None else self.positions.index(self.value) + 1

    def __str__(self) -> str:
        return f"{self.name.replace('_', ' ')} {self.setting}"

    @property
    def setting(self) -> str:
        """Where it stands, in words: its position, or its value."""
        if self.positions is None:
            return str(self.value)
        return f"position {self.position} of {len(self.positions)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the knob as it is written to JSON."""
        return {
            "name": self.name,
            "group": self.group,
            "cc": self.cc,
            "value": self.value,
            "position": self.position,
            "positions": None if self.positions is None else len(self.positions),
            "confidence": round(self.confidence, 4),
        }


@dataclass(frozen=True, eq=False, repr=False)
class Match:
    """A patch for a sound.

    Printed, it is a few lines: the key to play, the distance, and the knobs.

    Attributes
    ----------
    name : str
        What the sound is called.
    sound : Sound
        The sound.
    pitch : Pitch
        Its pitch, if it has one.
    instrument : Instrument
        The synth.
    key, velocity, channel : int
        MIDI note number, velocity and channel to play the patch with.
    key_assumed : bool
        Whether the key was assumed, as the sound has no pitch and no key was given.
    patch : uint8 array [parameters]
        CC values.
    knobs : tuple of Knob
        The same values, each with its name and confidence.
    mss : float
        Distance between the patch and the sound in dB, see `synthinv.metrics.audio.mss`.
    compared : float
        Seconds from the sound's onset that the patch was compared with.
    held : float
        Seconds for which the key is held.
    played : float32 array [samples]
        The patch, played as long as the sound, at the sound's sample rate.
    solver : str or None
        Digest of the solver's network.
    plug_in : bool
        Whether the synth is a plug-in, whose parameters are set without MIDI.
    """

    name: str
    sound: Sound
    pitch: Pitch
    instrument: Instrument
    key: int
    key_assumed: bool
    velocity: int
    channel: int
    patch: Patches
    knobs: tuple[Knob, ...]
    mss: float
    compared: float
    held: float
    played: npt.NDArray[np.float32]
    solver: str | None
    plug_in: bool

    def __repr__(self) -> str:
        synth = self.instrument.name
        return f"<Match of {self.name!r}: {synth} at MIDI {self.key}, {self.mss:.2f} dB>"

    def __str__(self) -> str:
        lines = [
            f"{self.name}: play {note_name(self.key)} (MIDI {self.key}) {held_for(self.held)}, "
            f"{closeness(self.mss)} ({self.mss:.1f} dB)"
        ]
        for group, members in groupby(self.knobs, key=lambda knob: knob.group):
            lines.append(f"  {group}: {', '.join(str(knob) for knob in members)}")
        return "\n".join(lines)

    @property
    def whole(self) -> bool:
        """Whether all of the sound was compared."""
        return self.compared >= self.sound.seconds

    @cached_property
    def differs(self) -> tuple[str, ...]:
        """In what the patch plainly differs from the sound, in sentences, what matters most first.

        None where they can hardly be told apart.
        """
        if self.mss <= HARDLY_APART:
            return ()
        sound, played = self._compared(self.sound.audio), self._compared(self.played)
        return what_differs(sound, played, self.sound.sample_rate, self.pitch.frequency)

    def apart(self, other: "Match") -> float:
        """Return the MSS in dB between this patch and another one for the same sound."""
        own, theirs = self._compared(self.played), self._compared(other.played)
        return mss(own, theirs, self.sound.sample_rate)

    def turned(self, other: "Match") -> tuple[Knob, ...]:
        """Return the knobs, three at most, that are turned furthest from another patch's."""
        mine, theirs = points_of(self.instrument, np.stack([self.patch, other.patch]))
        shares = np.abs(mine - theirs)
        furthest = np.argsort(-shares, kind="stable")[:MOST_KNOBS]
        return tuple(self.knobs[i] for i in furthest if shares[i] > FEW_SHARES)

    def _compared(self, audio: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the part of a sound that is compared."""
        return fit(audio, round(self.compared * self.sound.sample_rate))

    @property
    def peak_dbfs(self) -> float:
        """Peak level of the patch in dBFS; −inf for digital silence."""
        return float(amplitude_to_db(peak(self.played)))

    def midi_file(self) -> mido.MidiFile:
        """Return the patch and a note as MIDI, see `synthinv.instruments.midi.patch_file`."""
        controllers = self.instrument.controllers(self.patch)
        return patch_file(controllers, self.key, self.velocity, self.held, self.channel)

    def to_dict(self) -> dict[str, Any]:
        """Return the sound, the key, every knob and constant, as they are written to JSON."""
        return {
            "sound": {"name": self.name, "seconds": round(self.sound.seconds, 4), **self._pitch()},
            "instrument": self.instrument.name,
            "solver": self.solver,
            "mss": round(self.mss, 4),
            "compared": round(self.compared, 4),
            "differs": list(self.differs),
            "peak_dbfs": round(self.peak_dbfs, 1) if self.played.any() else None,
            "key": self.key,
            "key_name": note_name(self.key),
            "velocity": self.velocity,
            "held": round(self.held, 3),
            "knobs": [knob.to_dict() for knob in self.knobs],
            "constants": [
                {"name": constant.name, "cc": constant.cc, "value": constant.value}
                for constant in self.instrument.constants
            ],
        }

    def save(self, folder: str | Path, number: int = 1) -> None:
        """Write the patch as JSON and MIDI, and its sound as WAV.

        Parameters
        ----------
        folder : str or Path
            Folder to write to, which is created: `patch.json`, `patch.mid` and `match.wav`.
        number : int
            From 2 on, the number of a further patch for the same sound: `patch-2.json`,
            `patch-2.mid` and `match-2.wav`.
        """
        patch, midi, wav = (Path(folder, name) for name in file_names(number))
        write_json(patch, self.to_dict())
        with replacing(midi) as partial:
            self.midi_file().save(partial)
        write_sound(wav, self.played, self.sound.sample_rate)

    def _pitch(self) -> dict[str, Any]:
        frequency = self.pitch.frequency
        if frequency is None:
            return {"frequency": None, "note": None, "cents": None}
        number, cents = nearest_note(frequency)
        return {
            "frequency": round(frequency, 2),
            "note": note_name(number),
            "cents": round(cents, 1),
        }


def file_names(number: int) -> tuple[str, str, str]:
    """Return the names of a patch's files: JSON, MIDI and WAV; patches count from 1."""
    suffix = "" if number == 1 else f"-{number}"
    return f"patch{suffix}.json", f"patch{suffix}.mid", f"match{suffix}.wav"


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
