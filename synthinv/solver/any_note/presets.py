"""Patches near those that people made: presets of banks, crossed with one another and changed."""

import numpy as np
import numpy.typing as npt

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.varied_notes import PresetDrawsConfig
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.formats import preset_files, read_bank
from synthinv.instruments.native.preset import to_patch
from synthinv.instruments.presets import presets_of


class PresetDraws:
    """A source of patches near some presets.

    Parameters
    ----------
    instrument : Instrument
        The instrument, whose format the preset files have.
    draws : PresetDrawsConfig
        The files, and how far from the presets to go.

    Raises
    ------
    SynthinvError
        If files are named and the instrument has no format of its own, or a file cannot be read;
        if none are, and synthinv has no presets of the instrument.
    """

    def __init__(self, instrument: Instrument, draws: PresetDrawsConfig) -> None:
        self._instrument, self._draws = instrument, draws
        named = draws.files
        self.presets = presets_in(instrument, named) if named else _own_presets(instrument)
        groups = [parameter.group for parameter in instrument.parameters]
        self._groups = np.unique(groups, return_inverse=True)[1]

    def __call__(self, count: int, rng: np.random.Generator) -> Patches:
        """Draw patches: uint8 [count, parameters]."""
        first, second = self.presets[rng.integers(len(self.presets), size=(2, count))]
        crossed = rng.random(count) < self._draws.crossed
        swapped = rng.random((count, self._groups.max() + 1)) < 0.5
        from_second = crossed[:, np.newaxis] & swapped[:, self._groups]
        patches = np.where(from_second, second, first)
        moved = rng.random(patches.shape) < self._shares(count, rng)[:, np.newaxis]
        return np.where(moved, self._moved(patches, rng), patches).astype(np.uint8)

    def _shares(self, count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """Draw the share of each patch's parameters that are moved."""
        shares: npt.NDArray[np.float64] = self._draws.changed * rng.random(count) ** 2
        return shares

    def _moved(
        self, patches: npt.NDArray[np.integer], rng: np.random.Generator
    ) -> npt.NDArray[np.integer]:
        """Move every parameter: amounts from where they are, others to anywhere."""
        highest = self._instrument.highest
        moves = np.rint(rng.normal(0, self._draws.spread * highest, patches.shape)).astype(int)
        # A move that rounds to none is one step.
        moves += np.where(moves == 0, rng.choice([-1, 1], patches.shape), 0)
        amounts = (patches + moves).clip(0, highest)
        anywhere = np.floor(rng.random(patches.shape) * (highest + 1)).astype(int)
        columns = [
            amounts[:, i] if parameter.continuous else parameter.snap(anywhere[:, i])
            for i, parameter in enumerate(self._instrument.parameters)
        ]
        return np.stack(columns, axis=1)


def presets_in(instrument: Instrument, files: tuple[str, ...]) -> Patches:
    """Read the presets of some files as patches.

    Parameters
    ----------
    instrument : Instrument
        The instrument, whose format they have.
    files : tuple of str
        Files and folders, see `synthinv.instruments.native.formats.bank_files`.

    Returns
    -------
    uint8 array [presets, parameters]
        The nearest patches, each once, in canonical form.

    Raises
    ------
    SynthinvError
        If the instrument has no format of its own, or a file cannot be read.
    """
    banks = preset_files(instrument, files)
    assert instrument.format is not None
    presets = [preset for bank in banks for preset in read_bank(bank, instrument.format)]
    return _distinct(instrument, np.stack([to_patch(instrument, p).patch for p in presets]))


def _own_presets(instrument: Instrument) -> Patches:
    """Return the presets of an instrument that come with synthinv."""
    own = presets_of(instrument)
    if not len(own):
        raise SynthinvError(
            f"solver.varied.kinds: synthinv has no presets of {instrument.name}; name preset "
            "files under presets.files"
        )
    return _distinct(instrument, own)


def _distinct(instrument: Instrument, patches: Patches) -> Patches:
    """Return patches in canonical form, each once."""
    canonical = instrument.canonical(patches)
    _, places = np.unique(canonical, axis=0, return_index=True)
    distinct: Patches = canonical[np.sort(places)]
    return distinct
