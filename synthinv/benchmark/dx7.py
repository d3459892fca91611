"""Voices of the DX7, played by Dexed's synthesis."""

from pathlib import Path

import numpy as np

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.common.extras import extras_explained

VOICE = 128
"""Bytes of a packed voice; a bank is one after the other."""
NAME = slice(118, 128)
"""Bytes of a packed voice that are its name."""
LARGEST = 2**20
"""Bytes of the largest bank that is read; hexter's own have up to 16,384."""


def read_voice(bank: Path, place: int) -> bytes:
    """Read a voice of a bank of packed voices, as hexter's `.dx7` files are.

    Parameters
    ----------
    bank : Path
        The bank.
    place : int
        Place of the voice, counted from 0.

    Returns
    -------
    bytes
        The packed voice, 128 bytes.

    Raises
    ------
    SynthinvError
        If the bank is missing, is not a bank, or has no such voice.
    """
    if not bank.is_file():
        raise SynthinvError(f"{bank}: there is no such bank; install Debian's package hexter")
    size = bank.stat().st_size
    if not size or size % VOICE or size > LARGEST:
        raise SynthinvError(
            f"{bank}: is not a bank of packed DX7 voices, of {VOICE} bytes each; name another"
        )
    if place >= size // VOICE:
        raise SynthinvError(
            f"{bank}: has {size // VOICE} voices, none at place {place}; choose another"
        )
    voice = bank.read_bytes()[place * VOICE : (place + 1) * VOICE]
    # Bytes of MIDI's system-exclusive messages have seven bits.
    if max(voice) > 127:
        raise SynthinvError(f"{bank}: voice {place} has bytes above 127; restore the bank")
    return voice


def voice_name(voice: bytes) -> str:
    """Return the name of a packed voice."""
    return voice[NAME].decode("ascii", errors="replace").strip()


def played_by_dexed(
    voice: bytes, key: int, velocity: int, held: float, seconds: float, sample_rate: int
) -> Audio:
    """Play a voice of the DX7.

    Parameters
    ----------
    voice : bytes
        The packed voice, see `read_voice`.
    key, velocity : int
        MIDI note number and velocity.
    held, seconds : float
        Seconds for which the key is held, and length of the recording.
    sample_rate : int
        In Hz.

    Returns
    -------
    float32 array [samples]
        The sound.

    Raises
    ------
    SynthinvError
        If dexed-py is not installed.
    """
    with extras_explained():
        import dexed

    synth = dexed.DexedSynth(sample_rate)
    synth.load_patch(dexed.Patch.from_packed(voice))
    return np.asarray(synth.render(key, velocity, held, seconds), dtype=np.float32)
