"""Presets that come with synthinv: patches of an instrument that are worth starting from."""

import csv
from pathlib import Path

import numpy as np

from synthinv.instruments.model import Instrument, Patches

PRESETS = Path(__file__).parent / "presets"
"""Folder of the presets, each in a table named after its instrument."""


def preset_tables(instrument: Instrument) -> list[Path]:
    """List the table of an instrument's presets, if there is one."""
    path = PRESETS / f"{instrument.name}.csv"
    return [path] if path.is_file() else []


def presets_of(instrument: Instrument) -> Patches:
    """Read the presets of an instrument that comes with synthinv.

    Parameters
    ----------
    instrument : Instrument
        The instrument.

    Returns
    -------
    uint8 array [n, parameters]
        Steps; none for an instrument without presets, or with other knobs than theirs.
    """
    none = np.zeros((0, len(instrument.names)), dtype=np.uint8)
    tables = preset_tables(instrument)
    if not tables:
        return none
    with tables[0].open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    # The first column is the preset's name.
    if tuple(names[1:]) != tuple(instrument.names):
        return none
    return np.array([row[1:] for row in rows], dtype=np.uint8).reshape(-1, len(names) - 1)
