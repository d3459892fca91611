"""The note of the configuration, which `render` plays for every patch."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthinv.config.sections.playing import AudioConfig, NoteConfig


class ConfiguredNote(NamedTuple):
    """The configured note once per patch, in the order of the arguments of `OfflineEngine.play`.

    Attributes
    ----------
    keys, velocities : int array [n]
        MIDI note numbers and velocities, all equal.
    samples : int
        Length of every recording.
    held : int
        Samples after which the keys are released.
    """

    keys: npt.NDArray[np.integer]
    velocities: npt.NDArray[np.integer]
    samples: int
    held: int

    @classmethod
    def of(cls, note: NoteConfig, audio: AudioConfig, patches: int) -> "ConfiguredNote":
        """Repeat the note of the configuration.

        Parameters
        ----------
        note : NoteConfig
            The note; without `seconds`, its key is held for the whole recording.
        audio : AudioConfig
            Sample rate in Hz and length of a recording in samples.
        patches : int
            How often.

        Returns
        -------
        ConfiguredNote
            The notes.
        """
        held = audio.samples if note.seconds is None else round(note.seconds * audio.sample_rate)
        keys, velocities = np.full(patches, note.number), np.full(patches, note.velocity)
        return cls(keys, velocities, audio.samples, held)
