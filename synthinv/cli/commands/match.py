"""`synthinv match`: a sound file in, patches that sound like it out."""

import argparse
import errno
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ConfigDict

from synthinv.audio.pitch import note_name
from synthinv.cli.keys import key
from synthinv.common.errors import SynthinvError, in_brief
from synthinv.common.progress import progress_shown
from synthinv.common.validation import validated
from synthinv.config.names import MATCHED
from synthinv.config.sections.match import MatchConfig
from synthinv.config.synth import SYNTH_HELP, SynthConfig, as_synth
from synthinv.matching.api import match
from synthinv.matching.files import bank_name, write_matches
from synthinv.matching.result import Match, match_files
from synthinv.matching.words import (
    closeness,
    cut_short,
    how_to_play,
    part_compared,
    pitch_and_length,
    soft,
)

CANDIDATES = 5
"""Patches found by default: they take no more renders than one."""
SECONDS, LIVE_SECONDS = 12.0, 60.0
"""Seconds where the configuration sets no limit; on two fast cores, the default renders need fewer.
A synth that is played live has longer, for some twenty notes."""

WRITTEN = re.compile(r"match(-\d+)?\.wav")
"""Names of the sounds of patches, which a later match into the same folder replaces or deletes."""


class _Limits(MatchConfig):
    """The limits of a match under the names of their options, which errors then have."""

    model_config = ConfigDict(alias_generator="--{}".format)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument("sound", type=Path, help="WAV, AIFF, FLAC, Ogg or MP3 file of one note")
    parser.add_argument(
        "--synth",
        metavar="NAME_OR_FILE",
        help=f"{SYNTH_HELP} (default: the synth of the solver that is named, or else the built-in "
        f"one, {MATCHED})",
    )
    parser.add_argument(
        "--solver",
        type=Path,
        metavar="NAME_OR_DIR",
        help="name of a solver that comes with synthinv, or folder of a trained one, such as "
        "results/train/solver (default: the one that comes with synthinv for the synth)",
    )
    parser.add_argument(
        "--candidates",
        type=int,
        metavar="N",
        help="how many patches to find at most, each of which sounds different (default: the "
        f"configuration's match.candidates, or {CANDIDATES}; 1 for a synth that is played live)",
    )
    parser.add_argument(
        "--key",
        type=key,
        metavar="NOTE",
        help="note at which the patch is to sound like the sound, such as C4, F#3 or 60 (default: "
        "the note nearest to its pitch, or one an octave or two from it that comes closer)",
    )
    parser.add_argument(
        "--renders",
        type=int,
        metavar="N",
        help="how many patches to play in all (default: the configuration's match.renders, or as "
        "many as two cores play in about ten seconds; 200 for a synth that is played live, and for "
        "a plug-in that is not played in copies)",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="seconds after which no more patches are played (default: the configuration's "
        f"match.seconds, or {SECONDS:g}; {LIVE_SECONDS:g} for a synth that is played live)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder to write to (default: SOUND-patch in the working folder)",
    )


def run(options: argparse.Namespace) -> int:
    """Find patches, write them, and print a summary."""
    folder: Path = options.out or Path(f"{options.sound.stem}-patch")
    _require_usable(folder)
    _require_apart(options.sound, folder)
    _require_in_range(options, "candidates", "renders", "seconds")
    synth = None if options.synth is None else as_synth(options.synth)
    candidates, seconds = options.candidates, options.seconds
    if candidates is None and (synth is None or _leaves_candidates_open(synth)):
        candidates = CANDIDATES
    if seconds is None and (synth is None or synth.match.seconds is None):
        seconds = SECONDS if synth is None or synth.engine.offline else LIVE_SECONDS
    with progress_shown("matching", "render") as progress:
        matches = match(
            options.sound,
            synth=synth,
            solver=options.solver,
            candidates=candidates,
            key=options.key,
            renders=options.renders,
            seconds=seconds,
            progress=progress,
        )
    write_matches(folder, matches)
    _print_summary(str(folder), matches)
    return 0


def _require_usable(folder: Path) -> None:
    """Refuse a folder that cannot be written to, which would only show after the search."""
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not there.is_dir():
            raise SynthinvError(f"--out: {there} is a file; name a folder")
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "Permission denied")
    except OSError as error:
        raise SynthinvError(
            f"--out: {folder} cannot be written to ({in_brief(error)}); name another folder"
        ) from None


def _require_apart(sound: Path, folder: Path) -> None:
    """Refuse a folder in which a patch's sound would replace the sound file, or delete it."""
    # What a link leads to would be replaced or deleted as well.
    there = {sound.absolute(), Path(os.path.realpath(sound))}
    if any(WRITTEN.fullmatch(s.name) and s.parent.resolve() == folder.resolve() for s in there):
        raise SynthinvError(
            f"--out: {folder} holds {sound.name} itself, which the match would replace or delete; "
            "name another folder"
        )


def _require_in_range(options: argparse.Namespace, *names: str) -> None:
    """Refuse numbers that a match cannot have."""
    given = {f"--{name}": getattr(options, name) for name in names}
    validated(_Limits, {name: v for name, v in given.items() if v is not None}, "match")


def _leaves_candidates_open(synth: SynthConfig) -> bool:
    return synth.engine.offline and "candidates" not in synth.match.model_fields_set


def _print_summary(folder: str, matches: Sequence[Match]) -> None:
    best, *others = matches
    print(f"{best.name}: {pitch_and_length(best.pitch, best.sound)}")
    part = part_compared(best.compared, best.sound)
    if part:
        print(part)
    play = how_to_play(best.key, best.velocity, best.held)
    print(f"{play}: {closeness(best.mss)} ({best.mss:.1f} dB from the sound)")
    if best.differs:
        print(f"what differs most: {' '.join(best.differs)}")
    quiet = soft(best.peak_dbfs)
    if quiet:
        print(f"the patch {quiet}")
    if others:
        distances = ", ".join(f"{match.mss:.1f}" for match in others)
        which = "that sounds" if len(others) == 1 else "that sound"
        print(f"{len(others)} more {which} different: {distances} dB from the sound")
    short = cut_short(*best.spent)
    if short:
        print(f"{short} (--seconds)")
    print(
        f"{folder}: match.html to look and listen, {_for_the_synth(matches)}patch.json, match.wav"
    )
    if best.key_assumed:
        print(
            f"synthinv: {best.name}: no pitch was found, so {note_name(best.key)} was chosen",
            file=sys.stderr,
        )


def _for_the_synth(matches: Sequence[Match]) -> str:
    """List the files that set the synth: its own, or else MIDI."""
    names = match_files(matches[0].instrument, 1)
    own = (names.native, bank_name(matches))
    files = [name for name in (own if names.native else (names.midi,)) if name is not None]
    return f"{' and '.join(files)} for the synth, " if files else ""
