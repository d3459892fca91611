"""`synthinv midi-learn`: move one controller at a time, for a synth's MIDI learn."""

import argparse
import time
from collections.abc import Callable

import mido

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import LiveConfig
from synthinv.config.synth import SYNTH_HELP, as_synth
from synthinv.engines.live.midi_output import FLUSH_SECONDS, open_port
from synthinv.engines.output import output_captured
from synthinv.instruments.load import load_instrument
from synthinv.instruments.midi import patch_messages
from synthinv.instruments.parameters import CC_MAX, Constant, Parameter

STEP_SECONDS = 0.01
SWEEP = [*range(CC_MAX + 1), *range(CC_MAX - 1, -1, -1)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "synth", metavar="NAME_OR_FILE", help=f"{SYNTH_HELP}; it must be one that is played live"
    )


def run(options: argparse.Namespace) -> int:
    """Open the MIDI port, move the instrument's knobs, and set its constants."""
    config = as_synth(options.synth)
    engine = config.engine
    if not isinstance(engine, LiveConfig) or engine.host is not None:
        raise SynthinvError(
            f"{options.synth}: engine: MIDI learn needs a synth that you started yourself and that "
            "is played live; name a configuration whose engine has kind: live and no host"
        )
    instrument = load_instrument(config.instrument)
    every: list[Parameter | Constant] = [*instrument.parameters, *instrument.constants]
    knobs = [knob for knob in every if knob.cc is not None]
    if engine.virtual_port:
        print(
            f"Connect the synth to the MIDI port '{engine.midi_port}', which appears now, within "
            f"{engine.connect:g} s.",
            flush=True,
        )
    # Hides what JACK prints where no server runs, for the error says the same; but also what
    # `open_port` would announce.
    with output_captured():
        port = open_port(engine, engine.midi_api)
    with port:
        move_knobs(port, knobs, engine.midi_channel, input)
        constants = {c.cc: c.value for c in instrument.constants if c.cc is not None}
        for message in patch_messages(constants, engine.midi_channel):
            port.send(message)
        time.sleep(FLUSH_SECONDS)
    return 0


def move_knobs(
    port: mido.ports.BaseOutput,
    knobs: list[Parameter | Constant],
    channel: int,
    ask: Callable[[str], str],
) -> None:
    """Move one knob at a time, whenever the user asks for it.

    Parameters
    ----------
    port : mido.ports.BaseOutput
        Port that the controllers are sent to.
    knobs : list of Parameter or Constant
        Knobs to move, in order; each has a controller.
    channel : int
        MIDI channel, 1 to 16.
    ask : callable
        Shows a prompt and returns the user's reply: an empty one moves the knob; `n` goes to the
        next one, `b` back, and `q` quits.
    """
    place = 0
    while 0 <= place < len(knobs):
        knob = knobs[place]
        assert knob.cc is not None
        try:
            reply = ask(
                f"{place + 1} of {len(knobs)}: {knob.name}, CC {knob.cc}. Choose MIDI learn on it; "
                "then Enter moves it, n: next, b: back, q: quit. "
            )
        except EOFError:
            return
        if reply == "q":
            return
        if reply == "n":
            place += 1
        elif reply == "b":
            place = max(place - 1, 0)
        else:
            for value in SWEEP:
                port.send(*patch_messages({knob.cc: value}, channel))
                time.sleep(STEP_SECONDS)
