"""What a match is called in words, for its page, the command line and notebooks."""

from synthinv.audio.pitch import Pitch, nearest_note, note_name
from synthinv.audio.sound_file import Sound
from synthinv.capture.check import SOFT_DBFS

# Words for a distance, each with the largest MSS in dB that it describes. No listener was asked:
# the limits are about where a model of the ear, Zimtohrli, expects mean opinion scores of 4.5, 4,
# 3.5, 3 and 2.5 out of 5 (docs/decisions/matching.md). They apply to every synth, since they depend
# on hearing alone.
HARDLY_APART = 1.0
CLOSENESS = (
    (HARDLY_APART, "hard to tell apart"),
    (2.5, "very close"),
    (4.0, "close"),
    (6.0, "similar"),
    (10.0, "roughly similar"),
)
FAR = "far off; this synth may not be able to make that sound"
SURE, UNSURE = 0.75, 0.35
"""Confidences at and above which a knob is called sure, and below which it is called unsure."""
SHOWN = 0.1
"""Seconds to which lengths of parts are rounded."""


def closeness(mss: float) -> str:
    """Return words for a distance in dB."""
    return next((words for most, words in CLOSENESS if mss <= most), FAR)


def note_length(seconds: float) -> str:
    """Return a note's length: below a tenth of a second in milliseconds, with two digits."""
    # 99.5 ms would be rounded to three digits.
    return f"{1_000 * seconds:.2g} ms" if seconds < 0.0995 else f"{seconds:.2f} s"


def how_to_play(key: int, velocity: int, held: float) -> str:
    """Say which key, a MIDI note number, to press with which velocity for how many seconds."""
    return f"play {note_name(key)} (MIDI {key}) at velocity {velocity} for {note_length(held)}"


def part_compared(compared: float, sound: Sound) -> str | None:
    """Say which part of a sound was compared; None where that is all of it."""
    if sound.seconds - compared < SHOWN / 2:
        return None
    whole = _more_than(sound) if sound.cut else f"{sound.seconds:.1f} s"
    return f"only the first {compared:.1f} s of {whole} are compared"


def cut_short(renders: int, unplayed: int) -> str | None:
    """Say that a search had too little time; None where it had enough."""
    if not unplayed:
        return None
    return (
        f"the time was over after {renders:,} of {renders + unplayed:,} patches; with more of it, "
        "a closer one may be found"
    )


def soft(peak_dbfs: float) -> str | None:
    """Say that a patch is soft, by its peak level in dBFS; None where it is not."""
    if peak_dbfs >= SOFT_DBFS:
        return None
    return f"is soft, with a peak of {peak_dbfs:.0f} dBFS: turn the synth up"


def certainty(confidence: float) -> str:
    """Return words for a probability."""
    if confidence >= SURE:
        return "sure"
    return "unsure" if confidence < UNSURE else "fairly sure"


def pitch_and_length(pitch: Pitch, sound: Sound) -> str:
    """Describe a sound's pitch and length in a few words."""
    length = _more_than(sound) if sound.cut else note_length(sound.seconds)
    if pitch.frequency is None:
        return f"no pitch, {length}"
    number, cents = nearest_note(pitch.frequency)
    return f"{note_name(number)} {round(cents):+d} cents, {length}"


def other_note(pitch: Pitch, key: int) -> str | None:
    """Return the name of a sound's own note if it is not that of a key; None without a pitch."""
    if pitch.frequency is None:
        return None
    number = nearest_note(pitch.frequency)[0]
    return None if number == key else note_name(number)


def _more_than(sound: Sound) -> str:
    return f"more than {sound.seconds:g} s"
