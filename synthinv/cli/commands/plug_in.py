"""`synthinv plug-in`: list a plug-in's parameters as the draft of an instrument file."""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from synthinv.common.files import replacing
from synthinv.common.progress import progress_shown
from synthinv.engines.plug_in.host import Called, Host, PlugInKnob
from synthinv.instruments.controllers import FREE
from synthinv.instruments.parameters import CC_MAX

FIRST_LINE = (
    "# Under parameters, take the # off the lines of the knobs to be found, and delete these "
    "knobs' lines under constants."
)
NOT_TEXT = frozenset({"false", "no", "null", "off", "on", "true", "yes"})
"""Words that YAML does not read as text."""
CALLED = Called("path", "--state", place="")
MOST_POSITIONS = 16
"""A knob with more texts is taken for a continuous one, which shows rounded numbers."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument("path", help="the plug-in's file or bundle")
    parser.add_argument("--state", metavar="FILE", help="state file to load first")
    parser.add_argument("--edit", action="store_true", help="show its window until it is closed")
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="save its state to this file; a VST2's may be named .fxb, which needs no display to "
        "load",
    )


def run(options: argparse.Namespace) -> int:
    """Print the draft; show the plug-in and save its state if asked to."""
    host = Host(options.path, options.state, sample_rate=44_100, block=512, called=CALLED)
    if options.edit:
        host.edit()
    if options.save is not None:
        # Renamed at the end, which fails if nothing was written.
        with replacing(options.save) as partial:
            host.save_state(partial)
    knobs = host.knobs()
    # Done last, since both may change the plug-in's state: `texts` turns its knobs, and
    # `require_instrument` plays it.
    texts = {}
    with progress_shown("reading", unit="parameter") as progress:
        for done, knob in enumerate(knobs, 1):
            texts[knob.number] = host.texts(knob.number)
            progress(done, len(knobs))
    host.require_instrument()
    print(draft(Path(options.path).stem, knobs, texts), end="")
    return 0


def draft(name: str, knobs: list[PlugInKnob], texts: Mapping[int, Sequence[str]]) -> str:
    """Return an instrument file with all parameters of a plug-in as constants, at their values.

    Parameters
    ----------
    name : str
        Name of the instrument.
    knobs : list of PlugInKnob
        The plug-in's parameters.
    texts : mapping of int to sequence of str
        Number of a parameter to what the plug-in shows for each of its CC values.

    Returns
    -------
    str
        YAML. All parameters are also there as the instrument's own, commented out, those with few
        texts with positions. Constants beyond the number of MIDI controllers are commented out.
    """
    parameters, constants = [], []
    taken: set[str] = set()
    for place, knob in enumerate(knobs):
        unique = _identifier(knob.name)
        number = knob.number
        while unique in taken:
            unique, number = f"{unique[:34]}_{number}", number + len(knobs)
        taken.add(unique)
        repeats = sum(other.name == knob.name for other in knobs) > 1
        native = knob.number if repeats else json.dumps(knob.name)
        cc, value = FREE[place % len(FREE)], round(CC_MAX * knob.value)
        comment = "" if place < len(FREE) else "# "
        fields = f"name: {unique}, cc: {cc}, value: {value}, native: {native}"
        constants.append(f"  {comment}- {{{fields}}}  # {_line(knob.text)}")
        positions = positions_of(texts.get(knob.number, ()))
        shown = " | ".join(_line(texts[knob.number][value]) for value in positions)
        fields = f"name: {unique}, group: synth, cc: {cc}, native: {native}"
        fields += f", positions: {positions}" if positions else ""
        parameters.append(f"  # - {{{fields}}}" + (f"  # {shown}" if positions else ""))
    head = [FIRST_LINE, f"name: {json.dumps(name)}"]
    lines = [*head, "parameters:", *parameters, "constants:", *constants]
    return "\n".join(lines) + "\n"


def positions_of(texts: Sequence[str]) -> list[int]:
    """Find the positions of a knob by what a plug-in shows for its values.

    Parameters
    ----------
    texts : sequence of str
        The text of each CC value, from 0.

    Returns
    -------
    list of int
        The lowest CC value of each position; none for a knob without positions: with one text, with
        many, or with numbers at equal distances of less than one, which are rounded for the eye.
    """
    starts = [v for v, text in enumerate(texts) if v == 0 or text != texts[v - 1]]
    shown = [texts[v] for v in starts]
    if not 2 <= len(starts) <= MOST_POSITIONS or len(set(shown)) < len(shown):
        return []
    return [] if _is_rounded(shown) else starts


def _is_rounded(texts: Sequence[str]) -> bool:
    numbers = [re.match(r"\s*[-+]?\d*\.?\d+", text) for text in texts]
    values = [float(number[0]) for number in numbers if number is not None]
    if len(values) < max(len(texts), 3):
        return False
    steps = [after - before for before, after in pairwise(values)]
    return 0 < steps[0] < 1 and max(steps) - min(steps) < 1e-6


def _line(text: str) -> str:
    # YAML refuses characters that cannot be printed, in comments, too.
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _identifier(name: str) -> str:
    words = "_".join(re.findall("[a-z0-9]+", name.lower())) or "knob"
    return f"knob_{words}"[:40] if words[0].isdigit() or words in NOT_TEXT else words[:40]
