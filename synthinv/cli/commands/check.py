"""`synthinv check`: play a note on the configured synth, and report what comes back."""

import argparse
import os
from pathlib import Path

from synthinv.audio.write import sound_format, write_sound
from synthinv.capture.check import note_is_silent, play_audible, report
from synthinv.cli.keys import key
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.synth import SYNTH_HELP, as_synth
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import load_instrument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument("synth", metavar="NAME_OR_FILE", help=SYNTH_HELP)
    parser.add_argument(
        "--key",
        type=key,
        metavar="NOTE",
        help="note to play, such as C4, F#3 or 60 (default: the configuration's)",
    )
    parser.add_argument(
        "--patch",
        choices=("middle", "random"),
        default="middle",
        help="every knob in the middle, or random patches, of which the loudest is reported "
        "(default: middle)",
    )
    parser.add_argument(
        "--wav", type=Path, metavar="FILE", help="write the recording to this file, .wav or .flac"
    )


def run(options: argparse.Namespace) -> int:
    """Print a report; the exit status is 1 if no sound came back."""
    if options.wav is not None:
        sound_format(options.wav)  # refused before the note is played
    config = as_synth(options.synth)
    playing = _with_key(config.playing, options.key)
    instrument = load_instrument(config.instrument)
    # The purpose is the command's former name: another one would draw other patches.
    seed = seed_sequence(config.seed, "try")
    random = options.patch == "random"
    with (
        open_engine(playing, instrument, os.cpu_count() or 1, seed) as engine,
        progress_shown("playing") as progress,
    ):
        trial = play_audible(engine, instrument, seed, playing.silence, random, progress)
        latency = engine.latency / playing.audio.sample_rate
    print("\n".join(report(trial, playing, latency, config.match.transposition)))
    if options.wav is not None:
        write_sound(options.wav, trial.sound, playing.audio.sample_rate)
    return int(note_is_silent(trial.sound, playing.silence))


def _with_key(playing: PlayingConfig, number: int | None) -> PlayingConfig:
    if number is None:
        return playing
    note = playing.note.model_copy(update={"number": number})
    return playing.model_copy(update={"note": note})
