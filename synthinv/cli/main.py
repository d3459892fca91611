"""Which knobs make this sound? Tools beside the workflow, which is run by `snakemake --cores N`."""

import argparse
import sys

from synthinv.cli.commands import (
    audible,
    check,
    compare,
    devices,
    docs,
    match,
    midi_learn,
    plug_in,
    progress,
    verify,
)
from synthinv.common.errors import SynthinvError

COMMANDS = (
    *(devices, midi_learn, check, audible, match, plug_in),
    *(compare, progress, verify, docs),
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : list of str, optional
        Command line without the program's name; by default the real one.

    Returns
    -------
    int
        Exit status: 0, or 1 after a message on standard error.
    """
    parser = argparse.ArgumentParser(prog="synthinv", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.register(commands)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except SynthinvError as error:
        print(f"synthinv: {error}", file=sys.stderr)
        return 1
    return status
