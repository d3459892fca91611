"""A match on disk: the patch as JSON and MIDI, its sound, and a page that shows them."""

from pathlib import Path
from typing import Any

from synthinv.audio.pitch import nearest_note, note_name
from synthinv.audio.write import write_sound
from synthinv.common.files import replacing, write_json
from synthinv.matching.page import write_page
from synthinv.matching.result import Match

PATCH, MIDI, WAV, PAGE = "patch.json", "patch.mid", "match.wav", "match.html"


def write_match(folder: Path, name: str, match: Match) -> None:
    """Write `patch.json`, `patch.mid`, `match.wav` and `match.html`.

    Parameters
    ----------
    folder : Path
        Folder to write to, which is created.
    name : str
        The sound's name.
    match : Match
        The match.
    """
    write_json(folder / PATCH, describe(name, match))
    with replacing(folder / MIDI) as partial:
        match.midi_file().save(partial)
    write_sound(folder / WAV, match.played, match.sound.sample_rate)
    write_page(folder / PAGE, name, match)


def describe(name: str, match: Match) -> dict[str, Any]:
    """Return a match as it is written to JSON: the sound, the key, every knob and constant."""
    return {
        "sound": {"name": name, "seconds": round(match.sound.seconds, 4), **_pitch(match)},
        "instrument": match.instrument.name,
        "solver": match.solver,
        "mss": round(match.mss, 4),
        "peak_dbfs": round(match.peak_dbfs, 1) if match.played.any() else None,
        "key": match.key,
        "key_name": note_name(match.key),
        "velocity": match.velocity,
        "knobs": [
            {
                "name": knob.name,
                "group": knob.group,
                "cc": knob.cc,
                "value": knob.value,
                "position": knob.position,
                "positions": None if knob.positions is None else len(knob.positions),
                "confidence": round(knob.confidence, 4),
            }
            for knob in match.knobs
        ],
        "constants": [
            {"name": constant.name, "cc": constant.cc, "value": constant.value}
            for constant in match.instrument.constants
        ],
    }


def _pitch(match: Match) -> dict[str, Any]:
    frequency = match.pitch.frequency
    if frequency is None:
        return {"frequency": None, "note": None, "cents": None}
    number, cents = nearest_note(frequency)
    return {
        "frequency": round(frequency, 2),
        "note": note_name(number),
        "cents": round(cents, 1),
    }
