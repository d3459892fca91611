"""`synthinv audible`: turn every knob, and report which cannot be heard."""

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np

from synthinv.common.seeds import seed_sequence
from synthinv.config.synth import read_synth
from synthinv.engines.opening import open_engine
from synthinv.instruments.model import load_instrument


def register(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("audible", help="check that every knob is audible")
    parser.add_argument("configfile", type=Path, help="configuration with the synth to check")
    parser.add_argument("--patches", type=int, default=8, help="random patches (default: 8)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a table; the exit status is 1 if a knob is never audible."""
    # SciPy takes a second to import, which no other command should wait for.
    from synthinv.evaluate.audibility import audibility, summary

    config = read_synth(options.configfile)
    instrument = load_instrument(config.instrument)
    seed = seed_sequence(config.seed, "audibility")
    threads = os.cpu_count() or 1
    rng = np.random.default_rng(seed)
    patches = np.stack([instrument.sample(rng) for _ in range(max(1, options.patches))])
    with open_engine(config.playing, instrument, threads, seed) as engine:
        rows = audibility(engine, instrument, patches, seed, config.audio.sample_rate)
    table = summary(rows, instrument)
    print(table.to_string(index=False, float_format="%.2f"))
    silent = table.loc[table["differs"] == 0, "name"].tolist()
    if silent:
        print(
            f"not audible in any of {options.patches} patches: {', '.join(silent)}; check their "
            "CCs, or make them constants"
        )
    return int(bool(silent))
