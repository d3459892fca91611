"""`synthinv devices`: list the MIDI ports and audio inputs that live capture can use."""

import argparse
import sys
from typing import Any

from synthinv.common.errors import SynthinvError
from synthinv.engines.live.audio_input import audio_inputs
from synthinv.engines.live.midi_output import midi_outputs


def register(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("devices", help="list MIDI ports and audio inputs")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print both lists; the exit status is 1 if one of them is not available."""
    status = 0
    for section in (_midi, _audio):
        try:
            print("\n".join(section()))
        except SynthinvError as error:
            print(f"synthinv: {error}", file=sys.stderr)
            status = 1
    return status


def _midi() -> list[str]:
    lines = ["MIDI outputs (engine.midi_api: engine.midi_port)"]
    for api, names in midi_outputs().items():
        lines += [f"  {api}: {name}" for name in names] or [f"  {api}: none"]
    return lines


def _audio() -> list[str]:
    inputs = [f"  {index}: {name}" for index, name in audio_inputs().items()]
    return ["Audio inputs (engine.audio_device, by number or name)", *(inputs or ["  none"])]
