"""`synthinv audible`: turn every knob, and report which cannot be heard."""

import argparse
import os

import numpy as np

from synthinv.capture.check import least_seconds
from synthinv.common.durations import duration
from synthinv.common.errors import SynthinvError
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.playing import PlayingConfig
from synthinv.config.synth import SYNTH_HELP, as_synth
from synthinv.engines.opening import open_engine
from synthinv.evaluate.audibility import Summary, audibility, notes_per_patch, summary
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument

ENOUGH_PATCHES = 24
"""A knob that is audible in one patch of eight is audible in none of these with 4 % probability."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument("synth", metavar="NAME_OR_FILE", help=SYNTH_HELP)
    parser.add_argument(
        "--patches",
        type=int,
        default=8,
        metavar="N",
        help="random patches whose knobs are turned (default: 8)",
    )


def run(options: argparse.Namespace) -> int:
    """Print a table; the exit status is 1 if a knob is never audible."""
    config = as_synth(options.synth)
    instrument = load_instrument(config.instrument)
    seed = seed_sequence(config.seed, "audibility")
    threads = os.cpu_count() or 1
    rng = np.random.default_rng(seed)
    if options.patches < 1:
        raise SynthinvError(f"--patches: is {options.patches}; give a number of at least 1")
    patches = np.stack([instrument.sample(rng) for _ in range(options.patches)])
    print(_announce(len(patches), instrument, config.playing), flush=True)
    with (
        open_engine(config.playing, instrument, threads, seed) as engine,
        progress_shown("playing") as progress,
    ):
        rows = audibility(engine, instrument, patches, seed, config.audio.sample_rate, progress)
    found = summary(rows, instrument)
    print("\n".join(_table(found)))
    silent = [knob.name for knob in found if knob.differs == 0]
    if silent:
        print(_advice(silent, options.patches))
    return int(bool(silent))


def _announce(patches: int, instrument: Instrument, playing: PlayingConfig) -> str:
    notes = patches * notes_per_patch(instrument)
    seconds = notes * least_seconds(playing)
    time = f", at least {duration(seconds)}" if seconds else ""
    return f"{_counted(patches)}, {len(instrument.parameters)} knobs: {notes} notes{time}"


def _advice(silent: list[str], patches: int) -> str:
    """Say what to do about knobs that are audible in no patch, in one sentence."""
    tried = _counted(patches)
    if patches < ENOUGH_PATCHES:
        todo = (
            f"{tried} can miss a knob that only some patches use, so try --patches {ENOUGH_PATCHES}"
        )
    else:
        todo = "check their cc or native in the instrument file, or make them constants"
    return f"not audible in {'any of ' * (patches > 1)}{tried}: {', '.join(silent)}; {todo}"


def _counted(patches: int) -> str:
    return f"{patches} patch{'es' * (patches > 1)}"


def _table(found: list[Summary]) -> list[str]:
    """Lay out the knobs in columns that end below each other."""
    cells = [
        [f"{value:.2f}" if isinstance(value, float) else str(value) for value in knob]
        for knob in found
    ]
    lines = [list(Summary._fields), *cells]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        " ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    ]
