"""The page of a match: players and spectrograms of both sounds, and the knobs."""

import io
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthinv.audio.pitch import nearest_note, note_name
from synthinv.audio.sound_file import fit
from synthinv.capture.check import SOFT_DBFS
from synthinv.common.files import write_text
from synthinv.instruments.model import CC_MAX
from synthinv.matching.result import Knob, Match
from synthinv.pages.html import audio_uri, data_uri, fill
from synthinv.pages.pictures import arc, point, spectrogram, step_shares, time_ticks

RADIUS = 34
"""Radius of a drawn knob."""
# Words for a distance, each with the largest MSS in dB that it describes. The second limit is about
# the one-step error of the built-in synth, the first is half of it, the others are multiples. The
# words apply to every synth, since they depend on hearing alone.
CLOSENESS = (
    (1.0, "hard to tell apart"),
    (2.5, "very close"),
    (5.0, "close"),
    (10.0, "similar"),
)
FAR = "far off; this synth may not be able to make that sound"
SURE, UNSURE = 0.75, 0.35
"""Confidences at and above which a knob is called sure, and below which it is called unsure."""


def write_page(path: Path, name: str, match: Match) -> None:
    """Write `match.html`; `name` is the sound's name."""
    write_text(path, fill("match.html.j2", page(name, match)))


def page(name: str, match: Match) -> dict[str, Any]:
    """Return the variables of the template `match.html.j2`."""
    rate = match.sound.sample_rate
    length = max(len(match.sound.audio), len(match.played))
    sounds = (("The sound", match.sound.audio), ("The patch", match.played))
    return {
        "name": name,
        "pitch_and_length": pitch_and_length(match),
        "key": match.key,
        "key_name": note_name(match.key),
        "mss": match.mss,
        "closeness": closeness(match.mss),
        "peak_dbfs": match.peak_dbfs,
        "soft": match.peak_dbfs < SOFT_DBFS,
        "no_pitch": match.pitch.frequency is None,
        "other_octave": other_octave(match),
        "sounds": [_sound(title, fit(audio, length), rate) for title, audio in sounds],
        "times": time_ticks(length / rate),
        "groups": [
            (group, [_drawn(knob) for knob in members])
            for group, members in groupby(match.knobs, key=lambda knob: knob.group)
        ],
        "knobs": match.knobs,
        "constants": match.instrument.constants,
        "instrument": match.instrument.description or match.instrument.name,
        "midi": data_uri(_midi(match), "audio/midi"),
        "solver": match.solver,
        "plug_in": match.plug_in,
    }


def pitch_and_length(match: Match) -> str:
    """Describe the sound's pitch and length in a few words."""
    length = f"{match.sound.seconds:.2f} s"
    if match.pitch.frequency is None:
        return f"no pitch, {length}"
    number, cents = nearest_note(match.pitch.frequency)
    return f"{note_name(number)} {round(cents):+d} cents, {length}"


def closeness(mss: float) -> str:
    """Return words for a distance in dB."""
    return next((words for most, words in CLOSENESS if mss <= most), FAR)


def other_octave(match: Match) -> str | None:
    """Return the name of the sound's own note if the patch is played at another key."""
    if match.pitch.frequency is None:
        return None
    number = nearest_note(match.pitch.frequency)[0]
    return None if number == match.key else note_name(number)


def certainty(confidence: float) -> str:
    """Return words for a probability."""
    if confidence >= SURE:
        return "sure"
    return "unsure" if confidence < UNSURE else "fairly sure"


def _sound(title: str, audio: npt.NDArray[np.float32], sample_rate: int) -> dict[str, Any]:
    return {
        "title": title,
        "uri": audio_uri(audio, sample_rate),
        "spectrogram": spectrogram(audio, sample_rate),
    }


def _drawn(knob: Knob) -> dict[str, Any]:
    """Return the shapes of a knob's drawing around (0, 0)."""
    steps = [] if knob.positions is None else step_shares(knob.positions)
    share = knob.value / CC_MAX if knob.position is None else steps[knob.position - 1]
    return {
        "knob": knob,
        "label": knob.name.replace("_", " "),
        "certainty": certainty(knob.confidence),
        "track": arc(0, 1, RADIUS),
        "span": None if steps else arc(knob.span[0] / CC_MAX, knob.span[1] / CC_MAX, RADIUS),
        "steps": [point(step, RADIUS) for step in steps],
        "dot": point(share, RADIUS),
        "pointer": (point(share, 9), point(share, 22)),
    }


def _midi(match: Match) -> bytes:
    stream = io.BytesIO()
    match.midi_file().save(file=stream)
    return stream.getvalue()
