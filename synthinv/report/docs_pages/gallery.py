"""Write docs/gallery.md and its sounds from what `snakemake gallery` found (`make gallery`)."""

import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import soundfile

from synthinv.audio.pitch import note_name
from synthinv.audio.sound_file import read_sound
from synthinv.common.files import FIELDS, read_manifest, replacing, understood, write_text
from synthinv.matching.words import CLOSENESS, closeness
from synthinv.pages.html import fill_markdown
from synthinv.pipeline import paths

SAMPLE_RATE = 44_100
PEAK = 0.5
"""Peak of every sound, −6 dBFS, since the distance does not depend on the level."""
FAILED = CLOSENESS[-1][0]
"""Distance in dB above which a match has failed: `closeness` calls it far off."""
MISSED = CLOSENESS[1][0]
"""Distance in dB above which a patch is not that of a sound that the synth itself made: it is not
even very close."""


@dataclass(frozen=True)
class Player:
    """A sound on the page.

    Attributes
    ----------
    title : str
        What it is.
    file : str
        Its file, relative to the page.
    distance : str
        How far it is from the original; empty for the original.
    """

    title: str
    file: str
    distance: str


@dataclass(frozen=True)
class Entry:
    """A sound of the gallery, and what was found for it; `own` if the built-in synth made it."""

    title: str
    own: bool
    detected: str
    players: tuple[Player, ...]
    match_mss: float
    thesis_mss: float


def main(results: Path, docs: Path) -> None:
    """Write `gallery.md` into a folder, and the sounds into `gallery` beside it.

    Parameters
    ----------
    results : Path
        Results folder in which `snakemake gallery` has finished.
    docs : Path
        Folder to write into.
    """
    manifest = results / paths.GALLERY
    found = read_manifest(manifest)
    with understood(manifest, *FIELDS):
        entries = [_entry(sound) for sound in found["sounds"]]
        text = page(entries, found)
    write_text(docs / "gallery.md", text)
    for sound in found["sounds"]:
        for role, pattern in (
            ("original", paths.GALLERY_SOUND),
            ("match", paths.MATCH_WAV),
            ("thesis", paths.GALLERY_PREDICTION_WAV),
        ):
            _copy_sound(
                results / pattern.format(sound=sound["name"]), docs / _file(sound["name"], role)
            )


def page(entries: list[Entry], found: dict[str, Any]) -> str:
    """Fill in the page.

    Parameters
    ----------
    entries : list of Entry
        The sounds.
    found : dict
        The fields of `gallery.json`.

    Returns
    -------
    str
        Markdown, with players in HTML.
    """
    return fill_markdown(
        "gallery.md.j2",
        {
            "entries": entries,
            "candidates": found["candidates"],
            "renders": found["renders"],
            "failed": [entry for entry in entries if entry.match_mss > FAILED],
            "missed": [entry for entry in entries if entry.own and entry.match_mss > MISSED],
            "closer": sum(entry.match_mss < entry.thesis_mss for entry in entries),
            "median_match": median(entry.match_mss for entry in entries),
            "median_thesis": median(entry.thesis_mss for entry in entries),
            "one_patch": len({tuple(s["prediction"]["patch"].values()) for s in found["sounds"]})
            == 1,
            "patch": found["sounds"][0]["prediction"]["patch"],
        },
    )


def _entry(sound: dict[str, Any]) -> Entry:
    match, thesis = sound["match"], sound["prediction"]
    note = match["sound"]["note"]
    return Entry(
        title=sound["title"],
        own=sound["source"] == "built-in",
        detected="no pitch" if note is None else note,
        players=(
            Player("original", _file(sound["name"], "original"), ""),
            Player(
                f"match, played at {note_name(match['key'])}",
                *_found(sound, "match", match),
            ),
            Player("the thesis's network", *_found(sound, "thesis", thesis)),
        ),
        match_mss=match["mss"],
        thesis_mss=thesis["mss"],
    )


def _found(sound: dict[str, Any], role: str, found: dict[str, Any]) -> tuple[str, str]:
    words = closeness(found["mss"]).partition(";")[0]
    return _file(sound["name"], role), f"{words}, {found['mss']:.1f} dB"


def _file(name: str, role: str) -> str:
    return f"gallery/{name}-{role}.flac"


def _copy_sound(source: Path, target: Path) -> None:
    """Write a sound as the page plays it: 16 bits, at the common level."""
    audio = read_sound(source, SAMPLE_RATE).audio
    level = audio * (PEAK / float(np.abs(audio).max()))
    with replacing(target) as partial:
        soundfile.write(partial, level, SAMPLE_RATE, subtype="PCM_16", format="FLAC")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
