"""Voices of the DX7, played by Dexed's synthesis."""

from pathlib import Path

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.engines.dx7.player import Player, Voice
from synthinv.instruments.native.dx7 import read_presets
from synthinv.instruments.native.preset import Preset


def read_voice(bank: Path, place: int) -> Preset:
    """Read a voice of a bank.

    Parameters
    ----------
    bank : Path
        The bank, see `synthinv.instruments.native.dx7.read_presets`.
    place : int
        Place of the voice, counted from 0.

    Returns
    -------
    Preset
        The voice.

    Raises
    ------
    SynthinvError
        If the bank is missing, is not a bank, or has no such voice.
    """
    if not bank.is_file():
        raise SynthinvError(f"{bank}: there is no such bank; install Debian's package hexter")
    presets = read_presets(bank)
    if place >= len(presets):
        raise SynthinvError(
            f"{bank}: has {len(presets)} voices, none at place {place}; choose another"
        )
    return presets[place]


def played_by_dexed(
    preset: Preset, key: int, velocity: int, held: float, seconds: float, sample_rate: int
) -> Audio:
    """Play a voice of the DX7.

    Parameters
    ----------
    preset : Preset
        The voice, see `read_voice`.
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
    player = Player(sample_rate)
    lengths = round(held * sample_rate), round(seconds * sample_rate)
    return player.play(Voice.of(preset), key, velocity, *lengths)
