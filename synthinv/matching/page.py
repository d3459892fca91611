"""The page of a match: players and spectrograms of the sound and its patches, and the knobs."""

import io
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from synthinv.audio.pitch import note_name
from synthinv.audio.sound_file import fit
from synthinv.common.files import write_text
from synthinv.matching.presets import write_native
from synthinv.matching.result import Knob, Match, match_files
from synthinv.matching.words import (
    certainty,
    closeness,
    cut_short,
    note_length,
    other_note,
    part_compared,
    pitch_and_length,
    soft,
)
from synthinv.pages.html import audio_uri, data_uri, fill
from synthinv.pages.pictures import arc, point, spectrogram, step_shares, time_ticks

RADIUS = 34
"""Radius of a drawn knob."""
POINTER = 9, 22
"""Radii between which its pointer is drawn."""
MOST_DRAWN = 60
"""Knobs of an instrument whose knobs are drawn; those of a larger one are listed."""
MOST_DOTS = 12
"""Choices that are drawn as dots around a knob."""


def write_page(path: Path, matches: Sequence[Match]) -> None:
    """Write `match.html`, which shows the patches for a sound, the best first."""
    write_text(path, fill("match.html.j2", page(matches)))


def page(matches: Sequence[Match]) -> dict[str, Any]:
    """Return the variables of the template `match.html.j2`."""
    best = matches[0]
    rate = best.sound.sample_rate
    length = max(len(sound) for match in matches for sound in (match.sound.audio, match.played))
    return {
        "name": best.name,
        "pitch_and_length": pitch_and_length(best.pitch, best.sound),
        "key_assumed": best.key_assumed,
        "part": part_compared(best.compared, best.sound),
        "compared": best.compared,
        "cut_short": cut_short(*best.spent),
        "sound": _sound("The sound", fit(best.sound.audio, length), rate),
        "patches": [_patch(number, match, best, length) for number, match in enumerate(matches, 1)],
        "times": time_ticks(length / rate),
        "constants": best.instrument.constants,
        "drawn": len(best.knobs) <= MOST_DRAWN,
        "has_controllers": best.instrument.has_controllers,
        "native": match_files(best.instrument, 1).native,
        "instrument": best.instrument.description or best.instrument.name,
        "solver": best.solver,
        "plug_in": best.plug_in,
    }


def _patch(number: int, match: Match, best: Match, length: int) -> dict[str, Any]:
    title = "The patch" if number == 1 else f"Patch {number}"
    return {
        "number": number,
        "title": title,
        "key": match.key,
        "key_name": note_name(match.key),
        "velocity": match.velocity,
        "mss": match.mss,
        "closeness": closeness(match.mss),
        "differs": match.differs,
        "held": note_length(match.held),
        "apart": match.apart(best),
        "turned": [_turned(knob) for knob in match.turned(best)],
        "soft": soft(match.peak_dbfs),
        "other_note": other_note(match.pitch, match.key),
        "sound": _sound(title, fit(match.played, length), match.sound.sample_rate),
        "groups": [
            (group, [_drawn(knob) for knob in members])
            for group, members in groupby(match.knobs, key=lambda knob: knob.group)
        ],
        "knobs": match.knobs,
        "files": _files(match, number),
    }


def _files(match: Match, number: int) -> list[tuple[str, str]]:
    """Return names and contents, as URIs, of the files that set the synth."""
    names = match_files(match.instrument, number)
    found = []
    if names.native is not None:
        content = _native(match, names.native, match.title(number))
        found.append((names.native, data_uri(content, "application/octet-stream")))
    if names.midi is not None:
        found.append((names.midi, data_uri(_midi(match), "audio/midi")))
    return found


def _sound(title: str, audio: npt.NDArray[np.float32], sample_rate: int) -> dict[str, Any]:
    return {
        "title": title,
        "uri": audio_uri(audio, sample_rate),
        "spectrogram": spectrogram(audio, sample_rate),
    }


def _turned(knob: Knob) -> str:
    return f"{knob.name.replace('_', ' ')} ({knob.setting})"


def _drawn(knob: Knob) -> dict[str, Any]:
    """Return the shapes of a knob's drawing around (0, 0)."""
    parameter = knob.parameter
    values = parameter.steps.tolist()
    few = not parameter.continuous and len(values) <= MOST_DOTS
    steps = step_shares(values) if few else []
    share = steps[values.index(knob.value)] if few else _share(knob, knob.value)
    low, high = (_share(knob, end) for end in knob.span)
    return {
        "knob": knob,
        "label": knob.name.replace("_", " "),
        "certainty": certainty(knob.confidence),
        "track": arc(0, 1, RADIUS),
        "span": arc(low, high, RADIUS) if parameter.continuous else None,
        "steps": [point(step, RADIUS) for step in steps],
        "dot": point(share, RADIUS),
        "pointer": (point(share, POINTER[0]), point(share, POINTER[1])),
    }


def _share(knob: Knob, step: int) -> float:
    return step / knob.parameter.highest


def _native(match: Match, name: str, title: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        write_native(path, match.instrument, [match.patch], [title])
        return path.read_bytes()


def _midi(match: Match) -> bytes:
    stream = io.BytesIO()
    match.midi_file().save(file=stream)
    return stream.getvalue()
