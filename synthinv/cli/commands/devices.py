"""`synthinv devices`: list the MIDI ports and audio inputs that live capture can use."""

import argparse
import logging
import sys
from collections.abc import Callable
from typing import TypeVar

from synthinv.common.errors import SynthinvError
from synthinv.engines.live.audio_input import audio_inputs
from synthinv.engines.live.midi_output import midi_outputs
from synthinv.engines.output import output_captured

log = logging.getLogger(__name__)

T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has no arguments."""


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


def _quietly(listed: Callable[[], T]) -> T:
    """Keep from the user what ALSA and JACK print where there is no card or no server."""
    with output_captured() as output:
        devices = listed()
    log.debug("the sound system printed: %s", output())
    return devices


def _midi() -> list[str]:
    lines = ["MIDI outputs (engine.midi_api: engine.midi_port)"]
    for api, names in _quietly(midi_outputs).items():
        lines += [f"  {api}: {name}" for name in names] or [f"  {api}: none"]
    return lines


def _audio() -> list[str]:
    inputs = [f"  {index}: {name}" for index, name in _quietly(audio_inputs).items()]
    return ["Audio inputs (engine.audio_device, by number or name)", *(inputs or ["  none"])]
