"""`synthinv match`: a sound file in, a patch that sounds like it out."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from synthinv.cli.configuration import read_synth
from synthinv.common.errors import SynthinvError
from synthinv.common.seeds import DEFAULT, seed_sequence
from synthinv.common.validation import validated
from synthinv.config.sections.engine import BuiltInConfig, EngineConfig
from synthinv.config.sections.match import MatchConfig
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.config.sections.solver import RefinementConfig
from synthinv.config.synth import SynthConfig
from synthinv.instruments.model import Instrument, load_instrument

if TYPE_CHECKING:
    from synthinv.matching.result import Match
    from synthinv.solver.checkpoint import TrainedSolver

DEFAULT_INSTRUMENT = "minimoog-1osc"
REFINE_SECONDS = 5.0
"""Seconds for the renders where the configuration sets no limit; the built-in synth needs 1 s."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument("sound", type=Path, help="WAV, AIFF, FLAC, Ogg or MP3 file of one note")
    synth = parser.add_mutually_exclusive_group()
    synth.add_argument(
        "--config", type=Path, help="configuration with the synth (default: the built-in one)"
    )
    synth.add_argument("--instrument", help="instrument of the built-in synth, or a file")
    parser.add_argument(
        "--model",
        type=Path,
        metavar="DIR",
        help="folder of a trained solver, such as results/train/solver (default: the one that "
        "comes with synthinv)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where to write (default: SOUND-patch, here)"
    )
    parser.add_argument(
        "--renders",
        type=int,
        metavar="N",
        help="patches to play after the solver's own predictions (default: the configuration's "
        "match.renders, 200)",
    )


def run(options: argparse.Namespace) -> int:
    """Find a patch, write it, and print a summary."""
    # PyTorch takes a second to import, which no other command should wait for.
    from synthinv.audio.sound_file import read_sound
    from synthinv.common.compute import use_threads
    from synthinv.matching.files import write_match
    from synthinv.matching.keyboard import Keyboard
    from synthinv.matching.matcher import Matcher

    threads = os.cpu_count() or 1
    use_threads(threads)
    config = None if options.config is None else read_synth(options.config)
    solver, playing, instrument = _synth(options, config)
    sound = read_sound(options.sound, playing.audio.sample_rate)
    # The same patch as `snakemake match` finds, on a machine that is fast enough.
    seed, matching = (DEFAULT, MatchConfig()) if config is None else (config.seed, config.match)
    draws, phases = seed_sequence(seed, "match").spawn(2)
    budget = {
        "renders": matching.renders if options.renders is None else options.renders,
        "seconds": matching.seconds or REFINE_SECONDS,
    }
    refinement = validated(RefinementConfig, budget, "--renders")
    with Keyboard(playing, instrument, threads, phases) as keyboard:
        match = Matcher(solver, keyboard, sound).match(refinement, draws)
    folder = options.out or Path(f"{options.sound.stem}-patch")
    # Some systems allow names that are not valid text.
    name, place = (
        str(path).encode(errors="replace").decode() for path in (options.sound.name, folder)
    )
    write_match(folder, name, match)
    _print_summary(name, place, match)
    return 0


def _synth(
    options: argparse.Namespace, config: SynthConfig | None
) -> "tuple[TrainedSolver, PlayingConfig, Instrument]":
    """Load the solver, and the synth that plays its predictions."""
    from synthinv.matching.keyboard import as_trained, played_for
    from synthinv.solver.checkpoint import load_solver
    from synthinv.solver.registry import shipped_solver, solver_in

    engine: EngineConfig | None = None
    instrument, silence = None, SilenceConfig()
    if config is not None:
        engine, silence = config.engine, config.silence
        instrument = load_instrument(config.instrument)
    elif options.instrument is not None:
        engine, instrument = BuiltInConfig(), load_instrument(options.instrument)
    if options.model is not None:
        manifest = solver_in(options.model)
    else:
        manifest = shipped_solver(DEFAULT_INSTRUMENT if instrument is None else instrument.name)
    solver = load_solver(manifest)
    if engine is None:
        engine = solver.playing.engine
        # Another engine is a program to be started, and a file from elsewhere must not choose it.
        if engine.external:
            raise SynthinvError(
                f"{manifest}: the solver was trained on a synth other than the built-in one; name "
                "the configuration that plays it with --config"
            )
    instrument = solver.instrument if instrument is None else as_trained(instrument, solver)
    return solver, played_for(solver, engine, silence), instrument


def _print_summary(name: str, folder: str, match: "Match") -> None:
    from synthinv.audio.pitch import note_name
    from synthinv.matching.page import closeness, pitch_and_length

    print(f"{name}: {pitch_and_length(match)}")
    print(
        f"play {note_name(match.key)} (MIDI {match.key}): {closeness(match.mss)} "
        f"({match.mss:.1f} dB apart)"
    )
    print(
        f"{folder}: match.html to look and listen, patch.mid for the synth, patch.json, match.wav"
    )
    if match.pitch.frequency is None:
        print(
            f"synthinv: {name}: no pitch was found, so {note_name(match.key)} was assumed",
            file=sys.stderr,
        )
