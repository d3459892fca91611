"""amsynth's banks: text files of up to 128 presets."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from synthinv.common.errors import SynthinvError, in_brief
from synthinv.common.files import write_text
from synthinv.instruments.native.preset import Preset, require_finite

HEADER = "amSynth"
"""First word of a bank."""
PRESET = "<preset> <name> "
PARAMETER = "<parameter>"
END = "EOF"
"""Last line of a bank."""
LARGEST = 2**22
"""Bytes of the largest file that is read; amsynth's own banks have 170,000."""
MOST = 128
"""Presets that amsynth takes from a bank."""
# Values from amsynth's `Parameter.cpp` for parameters that a preset does not name, such as those
# that were added to amsynth after it was written.
DEFAULTS: Mapping[str, float] = MappingProxyType(
    {
        "amp_attack": 0,
        "amp_decay": 0,
        "amp_sustain": 1,
        "amp_release": 0,
        "osc1_waveform": 2,
        "filter_attack": 0,
        "filter_decay": 0,
        "filter_sustain": 1,
        "filter_release": 0,
        "filter_resonance": 0,
        "filter_env_amount": 0,
        "filter_cutoff": 1.5,
        "osc2_detune": 0,
        "osc2_waveform": 2,
        "master_vol": 0.67,
        "lfo_freq": 0,
        "lfo_waveform": 0,
        "osc2_range": 0,
        "osc_mix": 0,
        "freq_mod_amount": 0,
        "filter_mod_amount": -1,
        "amp_mod_amount": -1,
        "osc_mix_mode": 0,
        "osc1_pulsewidth": 1,
        "osc2_pulsewidth": 1,
        "reverb_roomsize": 0,
        "reverb_damp": 0,
        "reverb_wet": 0,
        "reverb_width": 1,
        "distortion_crunch": 0,
        "osc2_sync": 0,
        "portamento_time": 0,
        "keyboard_mode": 0,
        "osc2_pitch": 0,
        "filter_type": 0,
        "filter_slope": 1,
        "freq_mod_osc": 0,
        "filter_kbd_track": 1,
        "filter_vel_sens": 1,
        "amp_vel_sens": 1,
        "portamento_mode": 0,
    }
)


def read_presets(path: Path) -> list[Preset]:
    """Read a bank.

    Parameters
    ----------
    path : Path
        The bank.

    Returns
    -------
    list of Preset
        Its presets, each with all of amsynth's parameters.

    Raises
    ------
    SynthinvError
        If it is no bank of amsynth, is cut off, or has a line that amsynth does not understand.
    """
    header, *lines = _text(path).split("\n")
    if header.strip() != HEADER:
        raise SynthinvError(f"{path}: is not a bank of amsynth; name one that amsynth wrote")
    lines = [line.rstrip("\r") for line in lines if line.strip()]
    if not lines or lines.pop().strip() != END:
        raise SynthinvError(f"{path}: is cut off, as its last line is not {END}; restore the bank")
    # Before they are read: a file of names alone would fill the memory.
    if (count := sum(line.startswith(PRESET) for line in lines)) > MOST:
        raise SynthinvError(f"{path}: has {count} presets, more than {MOST}; split the bank")
    found: list[tuple[str, dict[str, float]]] = []
    for line in lines:
        if line.startswith(PRESET):
            found.append((line.removeprefix(PRESET), dict(DEFAULTS)))
            continue
        name, value = _parameter(path, len(found) - 1, line)
        # Older banks have a switch in between, of which amsynth took the whole part.
        found[-1][1][name] = math.floor(value) if name == "portamento_mode" else value
    return [Preset(name, values) for name, values in found]


def write_presets(path: Path, presets: Sequence[Preset]) -> None:
    """Write a bank.

    Parameters
    ----------
    path : Path
        The bank.
    presets : sequence of Preset
        Presets of amsynth, 128 at most.

    Raises
    ------
    SynthinvError
        If there are more, a value is not finite, or it cannot be written.
    """
    for preset in presets:
        require_finite(preset)
    if len(presets) > MOST:
        raise SynthinvError(f"{path}: amsynth takes {MOST} presets; choose fewer")
    text = "".join(PRESET + preset_text(preset) for preset in presets)
    write_text(path, f"{HEADER}\n{text}{END}\n")


def preset_text(preset: Preset) -> str:
    """Return a preset as amsynth writes it: its name, then a line for each parameter.

    Values have an exponent: amsynth adds up the digits of those that have none, and misses their
    last bits.
    """
    # A name ends with its line, and amsynth drops presets of this name.
    name = " ".join(preset.name.split()) or "unnamed"
    lines = ["unused-" if name == "unused" else name]
    lines += [f"{PARAMETER} {own} {np.float32(value):.9e}" for own, value in preset.values.items()]
    return "\n".join([*lines, ""])


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise SynthinvError(f"{path}: is too large for a bank of amsynth; name another file")
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise SynthinvError(f"{path}: cannot be read as text; name a bank of amsynth") from None
    except OSError as error:
        raise SynthinvError(
            f"{path}: cannot be read ({in_brief(error)}); name a bank of amsynth"
        ) from None


def _parameter(path: Path, place: int, line: str) -> tuple[str, float]:
    """Read a line with a parameter of the preset at a place, counted from 0."""
    try:
        kind, name, text = line.split()
        value = float(text)
        known = place >= 0 and kind == PARAMETER and name in DEFAULTS and math.isfinite(value)
    except ValueError:
        known = False
    if not known:
        where = f"preset {place} has" if place >= 0 else "before its first preset is"
        raise SynthinvError(
            f"{path}: {where} a line that is no parameter of amsynth: {line[:60]!r}; restore the "
            "bank"
        )
    return name, value
