"""Vital in a process of its own, which plays every note in a copy of itself.

What an instance of the synth has played before changes what it plays, and a new one often takes
longer than its note. So one is loaded once, and the process is copied (fork) for every note, which
sounds the same; where that cannot be done, every note has a new instance.
"""

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from synthinv.engines.copies import Loaded, serve

COPIES = sys.platform == "linux"
"""Whether notes are played in copies of the process; on macOS, copies may not go on."""
COPY_SECONDS = 600
"""Seconds after which a copy that has not played its note is ended."""
FADE = 320
"""Samples rendered beyond a note's end, as `vita` fades out the last 200 in steps of 64."""


class Request(NamedTuple):
    """A note to be played.

    Attributes
    ----------
    settings : mapping
        Vital's controls by name, and its `modulations`, as under `settings` of a .vital file.
    key, velocity : int
        MIDI note and velocity.
    samples : int
        Length of the recording.
    held : int
        Samples until the key is let go of; `samples` or more: it is held throughout.
    """

    settings: Mapping[str, Any]
    key: int
    velocity: int
    samples: int
    held: int


class Player:
    """One instance of Vital, for one note.

    Parameters
    ----------
    rate : int
        Sample rate in Hz.
    settle : float
        Seconds between turning the controls and the note.
    text : str
        Text of a .vital file, for what controls do not set: wavetables, noise, shapes of LFOs, and
        the oversampling.
    """

    def __init__(self, rate: int, settle: float, text: str) -> None:
        # Here, since the engine imports this module, and is itself imported without the extra.
        import vita

        self._rate = rate
        self._settle = settle
        self._synth = vita.Synth()
        self._synth.set_sample_rate(rate)
        if not self._synth.load_json(text):
            raise RuntimeError("Vital does not load its patch")
        self._controls = self._synth.get_controls()

    def play(self, note: Request) -> npt.NDArray[np.float32]:
        """Play a note.

        Parameters
        ----------
        note : Request
            The note.

        Returns
        -------
        float32 array [samples]
            The mean of both channels, from note-on.
        """
        self._turn(note.settings)
        if self._settle > 0:
            self._let_settle()
        # And a few samples more for very long notes, whose seconds are rounded in single precision.
        length = note.samples + FADE + (note.samples >> 20)
        held = length if note.held >= note.samples else max(1, note.held)
        sound = self._render(note.key, note.velocity / 127, held, length)
        return np.ascontiguousarray(sound[:, : note.samples].mean(axis=0))

    def _turn(self, settings: Mapping[str, Any]) -> None:
        self._synth.clear_modulations()
        for slot in settings["modulations"]:
            if slot["source"]:
                self._synth.connect_modulation(slot["source"], slot["destination"])
        for name, value in settings.items():
            if name != "modulations":
                self._controls[name].set(float(value))

    def _let_settle(self) -> None:
        """Let levels, cutoffs and delays glide to where they are now, as Vital makes them do.

        `vita` moves only while it plays a note, so one is played that makes no sound: at velocity
        0, on which the loudness is made to depend, for one block, and without a release, as what is
        left of an envelope would be heard when the next note sounds.
        """
        silent = {"velocity_track": 1.0, "env_1_release": 0.0}
        before = {name: self._controls[name].value() for name in silent}
        for name, value in silent.items():
            self._controls[name].set(value)
        self._render(60, 0.0, 1, round(self._settle * self._rate))
        for name, value in before.items():
            self._controls[name].set(value)

    def _render(
        self, key: int, velocity: float, held: int, samples: int
    ) -> npt.NDArray[np.float32]:
        # Half a sample more than is meant, as `vita` rounds down, and in single precision.
        held_seconds, seconds = ((n + 0.5) / self._rate for n in (held, samples))
        return np.asarray(self._synth.render(key, velocity, held_seconds, seconds))


def load(*arguments: Any) -> Loaded:
    """Load Vital, given the arguments of `Player`; it is asked for what a `Request` holds."""
    player = Player(*arguments)
    if COPIES:
        return Loaded(None, lambda *request: player.play(Request(*request)))
    return Loaded(None, lambda *request: Player(*arguments).play(Request(*request)))


if __name__ == "__main__":
    serve(load, COPY_SECONDS, COPIES)
