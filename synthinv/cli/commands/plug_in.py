"""`synthinv plug-in`: list a plug-in's parameters as the draft of an instrument file."""

import argparse
import json
import re
from pathlib import Path
from typing import Any

from synthinv.engines.plug_in.engine import Host, PlugInKnob
from synthinv.instruments.controllers import FREE


def register(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("plug-in", help="draft an instrument file for a plug-in")
    parser.add_argument("path", help="the plug-in's file or bundle")
    parser.add_argument("--state", help="state file to load first")
    parser.add_argument("--edit", action="store_true", help="show its window until it is closed")
    parser.add_argument("--save", type=Path, metavar="FILE", help="save its state for engine.state")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the draft; show the plug-in and save its state if asked to."""
    host = Host(options.path, options.state, sample_rate=44_100, block=512)
    if options.edit:
        host.edit()
    if options.save is not None:
        host.save_state(options.save)
    print(draft(Path(options.path).stem, host.knobs()), end="")
    return 0


def draft(name: str, knobs: list[PlugInKnob]) -> str:
    """Return an instrument file with all parameters of a plug-in as constants, at their values.

    Parameters
    ----------
    name : str
        Name of the instrument.
    knobs : list of PlugInKnob
        The plug-in's parameters.

    Returns
    -------
    str
        YAML. Parameters beyond the number of MIDI controllers are commented out.
    """
    lines = [
        "# Move the knobs to be found from the constants to the parameters, and take out `value`.",
        f"name: {name}",
        "parameters:",
        "  # - {name: cutoff, group: filter, cc: 1, plug_in: Filter 1 Cutoff}",
        "constants:",
    ]
    taken: set[str] = set()
    for place, knob in enumerate(knobs):
        unique = _identifier(knob.name)
        if unique in taken:
            unique = f"{unique[:34]}_{knob.number}"
        taken.add(unique)
        repeats = sum(other.name == knob.name for other in knobs) > 1
        plug_in = knob.number if repeats else json.dumps(knob.name)
        value = round(127 * knob.value)
        cc = FREE[place % len(FREE)]
        fields = f"name: {unique}, cc: {cc}, value: {value}, plug_in: {plug_in}"
        comment = "" if place < len(FREE) else "# "
        lines.append(f"  {comment}- {{{fields}}}  # {' '.join(knob.text.split())}")
    return "\n".join(lines) + "\n"


def _identifier(name: str) -> str:
    words = "_".join(re.findall("[a-z0-9]+", name.lower())) or "knob"
    return (words if words[0].isalpha() else f"knob_{words}")[:40]
