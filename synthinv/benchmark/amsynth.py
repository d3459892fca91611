"""Presets of amsynth's banks, played by amsynth as a plug-in."""

import struct
import tempfile
from pathlib import Path

import numpy as np

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.engine import PlugInConfig
from synthinv.engines.plug_in.engine import Host, Note, private_settings

HEADER = "amSynth"
"""First word of a bank, and of amsynth's state."""
PRESET = "<preset> <name> "
END = "EOF"
"""Last line of a bank."""
STATE_HEADER = f"{HEADER}1.0preset\n"
LARGEST = 2**22
"""Bytes of the largest file that is read; amsynth's own banks have 170,000."""
SETTLE = 0.1
"""Seconds between loading a preset and the note."""
PACKAGE = "install Debian's package amsynth"


def read_preset(bank: Path, place: int) -> str:
    """Read a preset of one of amsynth's banks.

    Parameters
    ----------
    bank : Path
        The bank, a text file.
    place : int
        Place of the preset, counted from 0.

    Returns
    -------
    str
        Its text, name first, then a line for each parameter.

    Raises
    ------
    SynthinvError
        If the bank is missing, is not a bank, or has no such preset.
    """
    presets = _text(bank).split(PRESET)
    header, presets = presets[0], presets[1:]
    if header.strip() != HEADER:
        raise SynthinvError(f"{bank}: is not a bank of amsynth; name one that amsynth wrote")
    if place >= len(presets):
        raise SynthinvError(
            f"{bank}: has {len(presets)} presets, none at place {place}; choose another"
        )
    name, *lines = presets[place].splitlines()
    parameters = [line for line in lines if line.strip() not in ("", END)]
    for line in parameters:
        _require_parameter(bank, place, line)
    return "\n".join([name, *parameters, ""])


def _text(bank: Path) -> str:
    if not bank.is_file():
        raise SynthinvError(f"{bank}: there is no such bank; {PACKAGE}")
    if bank.stat().st_size > LARGEST:
        raise SynthinvError(f"{bank}: is too large for a bank of amsynth; name another file")
    try:
        return bank.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        raise SynthinvError(f"{bank}: cannot be read as text; name a bank of amsynth") from None


def _require_parameter(bank: Path, place: int, line: str) -> None:
    try:
        kind, _, value = line.split()
        known = kind == "<parameter>" and bool(np.isfinite(float(value)))
    except ValueError:
        known = False
    if not known:
        raise SynthinvError(
            f"{bank}: preset {place} has a line that is no parameter: {line[:60]!r}; restore the "
            "bank"
        )


def state_of(preset: str) -> bytes:
    """Return a preset as a state that amsynth's plug-in loads: a VST2 bank with a chunk."""
    chunk = f"{STATE_HEADER}{PRESET}{preset}".encode()
    header = (b"CcnK", 0, b"FBCh", 1, b"amsy", 0, 0, bytes(128), len(chunk))
    return struct.pack(">4si4si4sii128si", *header) + chunk


def played_by_amsynth(
    preset: str,
    plug_in: Path,
    key: int,
    velocity: int,
    held: float,
    seconds: float,
    sample_rate: int,
) -> Audio:
    """Play a preset on a new instance of amsynth.

    Parameters
    ----------
    preset : str
        The preset, see `read_preset`.
    plug_in : Path
        amsynth as a plug-in.
    key, velocity : int
        MIDI note number and velocity.
    held, seconds : float
        Seconds for which the key is held, and length of the recording.
    sample_rate : int
        In Hz.

    Returns
    -------
    float32 array [samples]
        Both channels mixed.

    Raises
    ------
    SynthinvError
        If DawDreamer or amsynth is not installed.
    """
    if not plug_in.is_file():
        raise SynthinvError(f"{plug_in}: there is no such plug-in; {PACKAGE}")
    block = PlugInConfig(kind="plug-in", path=str(plug_in)).block
    # Notes start at the start of a block, as those of the plug-in engine.
    start = -(-round(SETTLE * sample_rate) // block) * block
    end, samples = start + round(held * sample_rate), round(seconds * sample_rate)
    with private_settings(), tempfile.NamedTemporaryFile(suffix=".fxb") as state:
        state.write(state_of(preset))
        state.flush()
        host = Host(str(plug_in), state.name, sample_rate, block)
        sound = host.render(Note(key, velocity), [(start, end)], start + samples)
    return np.asarray(sound[:, start:].mean(axis=0), dtype=np.float32)
