"""The result of a match: the patch found, and how certain each of its knobs is."""

import os
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import mido
import numpy as np
import numpy.typing as npt

from synthinv.audio.level import amplitude_to_db, peak
from synthinv.audio.pitch import Pitch, nearest_note, note_name
from synthinv.audio.sound_file import Sound, fit
from synthinv.audio.write import write_sound
from synthinv.common.errors import SynthinvError
from synthinv.common.files import replacing, write_json
from synthinv.instruments.classes import (
    Classes,
    Logits,
    Probabilities,
    patches_of,
    probabilities,
)
from synthinv.instruments.midi import patch_file
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.preset import native_value
from synthinv.instruments.parameters import CC_MAX, Parameter
from synthinv.matching.missing import what_differs
from synthinv.matching.presets import suffix, write_native
from synthinv.matching.words import HARDLY_APART, closeness, how_to_play
from synthinv.metrics.audio import mss
from synthinv.search.cube import points_of

NEAR = 4
"""Steps on either side whose probabilities count towards the confidence in a value, for a knob of
128 steps; for others, as large a share of the travel."""
SPAN = (0.1, 0.9)
"""Cumulative probabilities at the ends of a knob's span."""
MOST_KNOBS, FEW_SHARES = 3, 0.1
"""Most knobs that are named as those in which two patches differ, and by how much they have to
differ: the share of all patches that lie between the two."""


@dataclass(frozen=True)
class Knob:
    """One knob of a patch that was found.

    Attributes
    ----------
    parameter : Parameter
        The instrument's parameter.
    value : int
        Its step, such as a CC value.
    confidence : float
        The marginal probability that the value is right: that of the position or choice, or of all
        steps nearby, no further away than 4/127 of its travel.
    span : (int, int)
        Steps that enclose the middle 80 % of a continuous knob's marginal distribution.
    active : bool
        Whether it has an effect: no other knob switches it off.
    """

    parameter: Parameter
    value: int
    confidence: float
    span: tuple[int, int]
    active: bool = True

    @property
    def name(self) -> str:
        """Name, unique within the instrument."""
        return self.parameter.name

    @property
    def group(self) -> str:
        """Section of the synth it belongs to."""
        return self.parameter.group

    @property
    def position(self) -> int | None:
        """Its position, counted from 1, if it has positions."""
        positions = self.parameter.positions
        return None if positions is None else positions.index(self.value) + 1

    @property
    def choice(self) -> str | None:
        """Its choice or position by name, if these have names."""
        parameter, position = self.parameter, self.position
        if position is None:
            return None if parameter.choices is None else parameter.choices[self.value]
        names = parameter.position_names
        return None if names is None else names[position - 1]

    @property
    def native(self) -> float | None:
        """The synth's own value, if it differs from the step."""
        return None if self.parameter.range is None else native_value(self.parameter, self.value)

    def __str__(self) -> str:
        return f"{self.name.replace('_', ' ')} {self.setting}"

    @property
    def setting(self) -> str:
        """Where it stands, in words: its choice, its position, or its value on the synth."""
        if self.choice is not None:
            return self.choice
        if self.parameter.positions is not None:
            return f"position {self.position} of {len(self.parameter.positions)}"
        native = self.value if self.native is None else self.native
        # Three digits, and no exponent of large numbers.
        return f"{native:.3g}" if abs(native) < 1_000 else f"{native:.0f}"

    def to_dict(self) -> dict[str, Any]:
        """Return the knob as it is written to JSON."""
        positions = self.parameter.positions
        return {
            "name": self.name,
            "group": self.group,
            "cc": self.parameter.cc,
            "value": self.value,
            "highest": self.parameter.highest,
            "position": self.position,
            "positions": None if positions is None else len(positions),
            "choice": self.choice,
            "native": self.native,
            "active": self.active,
            "confidence": round(self.confidence, 4),
        }


class Spent(NamedTuple):
    """What a search was spent on.

    Attributes
    ----------
    renders : int
        Patches that were played.
    unplayed : int
        Patches for which there was no time.
    """

    renders: int
    unplayed: int


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
        Whether the key was chosen without a pitch, as the sound has none and no key was given.
    patch : uint8 array [parameters]
        Steps, such as CC values.
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
    spent : Spent
        What the search for it was spent on.
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
    spent: Spent
    solver: str | None
    plug_in: bool

    def __repr__(self) -> str:
        synth = self.instrument.name
        return f"<Match of {self.name!r}: {synth} at MIDI {self.key}, {self.mss:.2f} dB>"

    def __str__(self) -> str:
        lines = [
            f"{self.name}: {how_to_play(self.key, self.velocity, self.held)}, "
            f"{closeness(self.mss)} ({self.mss:.1f} dB)"
        ]
        active = (knob for knob in self.knobs if knob.active)
        for group, members in groupby(active, key=lambda knob: knob.group):
            lines.append(f"  {group}: {', '.join(str(knob) for knob in members)}")
        return "\n".join(lines)

    @cached_property
    def differs(self) -> tuple[str, ...]:
        """In what the patch plainly differs from the sound, in sentences, what matters most first.

        Empty where the two can hardly be told apart.
        """
        if self.mss <= HARDLY_APART:
            return ()
        sound, played = self._compared(self.sound.audio), self._compared(self.played)
        cut = self.sound.seconds > self.compared
        return what_differs(sound, played, self.sound.sample_rate, self.pitch.frequency, cut)

    def apart(self, other: "Match") -> float:
        """Return the MSS in dB between this patch and another one for the same sound."""
        own, theirs = self._compared(self.played), self._compared(other.played)
        return mss(own, theirs, self.sound.sample_rate)

    def turned(self, other: "Match") -> tuple[Knob, ...]:
        """Return the knobs, three at most, that are turned furthest from another patch's."""
        patches = np.stack([self.patch, other.patch])
        mine, theirs = points_of(self.instrument, patches)
        shares = np.abs(mine - theirs) * self.instrument.active(patches).any(axis=0)
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
            "sound": {
                "name": self.name,
                "seconds": round(self.sound.seconds, 6),
                "cut": self.sound.cut,
                **self._pitch(),
            },
            "instrument": self.instrument.name,
            "solver": self.solver,
            "mss": round(self.mss, 4),
            "compared": round(self.compared, 4),
            **self.spent._asdict(),
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

    def title(self, number: int) -> str:
        """Return what the patch is called on the synth, by its number among those of the sound."""
        stem = Path(self.name).stem
        # In front, since synths cut long names.
        return stem if number == 1 else f"{number} {stem}"

    def save(self, folder: str | Path, number: int = 1) -> None:
        """Write the patch as JSON, MIDI and the synth's own preset file, and its sound as WAV.

        Parameters
        ----------
        folder : str or Path
            Folder to write to, which is created: `patch.json`, `match.wav`; `patch.mid` if the
            synth's knobs have controllers; and `patch.syx`, `patch.vital` or `patch.bank` if the
            synth has such files.
        number : int
            From 2 on, the number of a further patch for the same sound: `patch-2.json`,
            `match-2.wav` and so on.

        Raises
        ------
        SynthinvError
            If the folder is no path, or a file cannot be written.
        """
        if not isinstance(folder, str | os.PathLike):
            raise SynthinvError(
                f"folder: is of type {type(folder).__name__}; give the folder to write to"
            )
        files = match_files(self.instrument, number)
        write_json(Path(folder, files.patch), self.to_dict())
        if files.midi is not None:
            with replacing(Path(folder, files.midi)) as partial:
                self.midi_file().save(partial)
        if files.native is not None:
            own = Path(folder, files.native)
            write_native(own, self.instrument, [self.patch], [self.title(number)])
        write_sound(Path(folder, files.wav), self.played, self.sound.sample_rate)

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


class MatchFiles(NamedTuple):
    """Names of a patch's files: JSON, MIDI, the synth's own and WAV; None for those it lacks."""

    patch: str
    midi: str | None
    native: str | None
    wav: str


def match_files(instrument: Instrument, number: int) -> MatchFiles:
    """Return the names of a patch's files; patches count from 1."""
    own = suffix(instrument)
    return MatchFiles(
        file_name("patch", number, ".json"),
        file_name("patch", number, ".mid") if instrument.has_controllers else None,
        None if own is None else file_name("patch", number, own),
        file_name("match", number, ".wav"),
    )


def file_name(stem: str, number: int, suffix: str) -> str:
    """Return the name of a file of a patch; patches count from 1, and the first has no number."""
    return f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}"


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
    (patch,) = patches_of(instrument, classes[np.newaxis])
    distributions = probabilities(instrument, marginals)
    return tuple(
        _knob(*each)
        for each in zip(
            instrument.parameters,
            classes.tolist(),
            distributions,
            instrument.active(patch).tolist(),
            strict=True,
        )
    )


def _knob(parameter: Parameter, chosen: int, chances: Probabilities, active: bool) -> Knob:
    values, shares = parameter.steps, chances[0]
    near = round(NEAR * parameter.highest / CC_MAX) if parameter.continuous else 0
    low, high = (int((shares.cumsum() < share).sum()) for share in SPAN)
    return Knob(
        parameter=parameter,
        value=int(values[chosen]),
        confidence=float(shares[max(0, chosen - near) : chosen + near + 1].sum().clip(0, 1)),
        span=(int(values[low]), int(values[high])),
        active=active,
    )
