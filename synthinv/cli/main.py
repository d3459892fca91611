"""Which knobs make this sound? Commands beside the workflow, which `snakemake --cores N` runs."""

import argparse
import io
import os
import sys
from importlib import import_module

from synthinv.common.errors import SynthinvError
from synthinv.common.extras import extras_explained
from synthinv.config.names import MATCHED, synth_names

COMMANDS = {
    "devices": "list MIDI ports and audio inputs",
    "midi-learn": "move one knob at a time, for a synth's MIDI learn",
    "check": "play a note, and report what comes back",
    "audible": "check that every knob is audible",
    "match": "find patches that sound like a sound file",
    "solvers": "list the solvers that come with synthinv",
    "plug-in": "draft an instrument file for a plug-in",
    "compare": "compare two captures of the same patches",
    "progress": "show how far a workflow has come, step by step",
    "verify": "check every result against its manifest",
    "docs": "write the configuration's reference and schema",
}
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : list of str, optional
        Command line without the program's name; by default the real one.

    Returns
    -------
    int
        Exit status: 0, 1 after a message on standard error, or 130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file's name in characters that the output does not have must not end a command.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with extras_explained():
            options = _parser(words[0] if words else "").parse_args(words)
            status: int = options.run(options)
        sys.stdout.flush()
    except SynthinvError as error:
        print(f"synthinv: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; nothing more may be flushed to it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _parser(chosen: str) -> argparse.ArgumentParser:
    """Return a parser that knows all commands by name, and the chosen one's arguments.

    The modules of the others are not imported, so that no command waits for what another one needs.
    """
    synths = f"Synths that come with synthinv: {', '.join([MATCHED, *synth_names()])}."
    parser = argparse.ArgumentParser(prog="synthinv", description=__doc__, epilog=synths)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, summary in COMMANDS.items():
        description = f"{summary[0].upper()}{summary[1:]}."
        command = commands.add_parser(name, help=summary, description=description)
        if name == chosen:
            module = import_module(f"synthinv.cli.commands.{name.replace('-', '_')}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser
