"""`synthinv match`: a sound file in, a patch that sounds like it out."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthinv.commands.configuration import read_configuration
from synthinv.errors import SynthinvError
from synthinv.instrument import Instrument, load_instrument
from synthinv.sections import BuiltInEngine, Engine, Playing, Refinement
from synthinv.seeds import seed_sequence

if TYPE_CHECKING:
    from synthinv.matching import Match
    from synthinv.models import Model

DEFAULT_INSTRUMENT = "minimoog-1osc"
REFINE_SECONDS = 5.0
"""A slow synth or machine gets so much time for its renders; the built-in one needs about one."""


def register(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("match", help="find a patch that sounds like a sound file")
    parser.add_argument("sound", type=Path, help="WAV, AIFF, FLAC, Ogg or MP3 file of one note")
    synth = parser.add_mutually_exclusive_group()
    synth.add_argument(
        "--config", type=Path, help="configuration with the synth (default: the built-in one)"
    )
    synth.add_argument("--instrument", type=Path, help="instrument file, on the built-in synth")
    parser.add_argument(
        "--model",
        type=Path,
        metavar="DIR",
        help="folder of a trained solver (default: the one that comes with synthinv)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where to write (default: SOUND-patch, here)"
    )
    parser.add_argument(
        "--renders",
        type=int,
        default=200,
        metavar="N",
        help="patches to play after the solver's own answers (default: 200)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the patch, and print what was found."""
    # PyTorch takes a second to import, which no other command should wait for.
    from synthinv.match_files import PAGE, write_match
    from synthinv.match_page import write_page
    from synthinv.matching import Matcher, Player
    from synthinv.sound_file import read_sound

    model, playing, instrument = _synth(options)
    sound = read_sound(options.sound, model.audio.sample_rate)
    draws, phases = seed_sequence(0, "match").spawn(2)
    refinement = Refinement(renders=max(1, options.renders), seconds=REFINE_SECONDS)
    with Player(playing, instrument, os.cpu_count() or 1, phases) as player:
        match = Matcher(model, player, sound).match(refinement, draws)
    folder = options.out or Path(f"{options.sound.stem}-patch")
    write_match(folder, options.sound.name, match)
    write_page(folder / PAGE, options.sound.name, match)
    _print_summary(options.sound, folder, match)
    return 0


def _synth(options: argparse.Namespace) -> "tuple[Model, Playing, Instrument]":
    """Load the solver, and what plays its answers."""
    from synthinv.models import load_model, packaged_model

    engine: Engine = BuiltInEngine(kind="built-in")
    instrument, silence = None, {}
    if options.config is not None:
        config = read_configuration(options.config)
        engine, instrument = config.engine, load_instrument(config.instrument)
        silence = {"silence": config.silence}
    elif options.instrument is not None:
        instrument = load_instrument(options.instrument)
    name = DEFAULT_INSTRUMENT if instrument is None else instrument.name
    folder = options.model or packaged_model(name)
    model = load_model(folder)
    instrument = instrument or model.instrument
    if _knobs(instrument) != _knobs(model.instrument):
        raise SynthinvError(
            f"{folder}: was trained for the knobs of '{model.instrument.name}', not for those of "
            f"'{instrument.name}'; name another folder with --model"
        )
    playing = Playing(engine=engine, note=model.note, audio=model.audio, **silence)
    return model, playing, instrument


def _knobs(instrument: Instrument) -> list[tuple[str, tuple[int, ...] | None]]:
    return [(parameter.name, parameter.positions) for parameter in instrument.parameters]


def _print_summary(path: Path, folder: Path, match: "Match") -> None:
    from synthinv.match_page import closeness, heard
    from synthinv.pitch import note_name

    print(f"{path.name}: {heard(match)}")
    print(
        f"play {note_name(match.key)} (MIDI {match.key}): {closeness(match.mss)} "
        f"({match.mss:.1f} dB apart)"
    )
    print(
        f"{folder}: match.html to look and listen, patch.mid for the synth, patch.json, match.wav"
    )
    if match.pitch.frequency is None:
        print(
            f"synthinv: {path}: no pitch was found, so {note_name(match.key)} was assumed",
            file=sys.stderr,
        )
