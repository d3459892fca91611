"""Presets of banks, as patches of an instrument."""

from collections.abc import Sequence
from pathlib import Path

from synthinv.common.errors import SynthinvError
from synthinv.config.benchmark import bank_path
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.formats import preset_files, read_bank
from synthinv.instruments.native.preset import Preset
from synthinv.matching.presets import known_presets


def preset_at(instrument: Instrument, bank: str, place: int, folders: Sequence[str]) -> Preset:
    """Return a preset of a bank, or of a folder.

    Parameters
    ----------
    instrument : Instrument
        The instrument, which says what format its preset files have.
    bank : str
        The file or folder, below one of the folders.
    place : int
        Place of the preset, counted from 0; in a folder, on from one file to the next.
    folders : sequence of str
        Where the bank is looked for, in turn.

    Returns
    -------
    Preset
        The preset.

    Raises
    ------
    SynthinvError
        If there is no such bank, it is broken, or it has no such preset.
    """
    files = _files(instrument, [bank], folders)
    presets = [preset for file in files for preset in read_bank(file, str(instrument.format))]
    if place >= len(presets):
        raise SynthinvError(
            f"{bank}: has {len(presets)} presets, none at place {place}; choose another"
        )
    return presets[place]


def preset_patches(instrument: Instrument, banks: Sequence[str], folders: Sequence[str]) -> Patches:
    """Return the patches nearest to the presets of some banks, equal ones once.

    Presets of the instrument that come with synthinv are put in front.

    Parameters
    ----------
    instrument, folders
        As in `preset_at`.
    banks : sequence of str
        Files and folders.

    Returns
    -------
    uint8 array [n, parameters]
        Those of the banks in their order.

    Raises
    ------
    SynthinvError
        If there is no such bank, or it is broken.
    """
    return known_presets(instrument, list(map(str, _files(instrument, banks, folders))))


def _files(instrument: Instrument, banks: Sequence[str], folders: Sequence[str]) -> list[Path]:
    return preset_files(instrument, [bank_path(bank, folders) for bank in banks])
