"""The note that patches are played as, to be compared with a sound of the benchmark."""

from collections.abc import Sequence
from dataclasses import dataclass

from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.sound_file import Sound
from synthinv.config.benchmark import BenchmarkSound
from synthinv.config.sections.playing import PlayingConfig
from synthinv.matching import keyboard
from synthinv.matching.proposals import own_key

UNPITCHED_KEY = 60
"""Key of a sound without pitch."""


@dataclass(frozen=True)
class Note:
    """A note.

    Attributes
    ----------
    key, velocity : int
        MIDI note number and velocity.
    held : float
        Seconds for which the key is held.
    samples : int
        Length of its recording.
    """

    key: int
    velocity: int
    held: float
    samples: int


@dataclass(frozen=True, eq=False)
class Target:
    """A sound to find a patch for.

    Attributes
    ----------
    name : str
        Its name.
    sound : Sound
        The part of it that is compared.
    note : Note
        The note that a patch is played as.
    """

    name: str
    sound: Sound
    note: Note


def target_of(sound: BenchmarkSound, part: Sound, known: bool, velocity: int) -> Target:
    """Return a sound to find a patch for.

    Parameters
    ----------
    sound : BenchmarkSound
        The sound.
    part : Sound
        Its recording.
    known : bool
        Whether its note is known. If not, the key is the one nearest to the sound's pitch, held
        as long as the sound.
    velocity : int
        MIDI velocity of a note that is not known.

    Returns
    -------
    Target
        The sound and its note.
    """
    samples = len(part.audio)
    if known:
        return Target(sound.name, part, Note(*sound.note, samples))
    key = own_key(estimate_pitch(part.audio, part.sample_rate), UNPITCHED_KEY)
    return Target(sound.name, part, Note(key, velocity, part.seconds, samples))


def by_note(targets: Sequence[Target]) -> dict[Note, list[int]]:
    """Return, for each note, the places of its sounds in the sequence."""
    places: dict[Note, list[int]] = {}
    for place, target in enumerate(targets):
        places.setdefault(target.note, []).append(place)
    return places


def playing_at(playing: PlayingConfig, note: Note) -> PlayingConfig:
    """Return settings with which an engine plays a note."""
    struck = playing.note.model_copy(update={"velocity": note.velocity})
    at_velocity = playing.model_copy(update={"note": struck})
    return keyboard.playing_at(at_velocity, note.key, note.samples, note.held)
