"""Presets in a synth's own format: those that a match starts from, and the files it writes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from synthinv.instruments.classes import Logits, classes_of, probabilities
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.formats import FORMATS, existing, format_of
from synthinv.instruments.native.preset import to_preset
from synthinv.instruments.presets import presets_of
from synthinv.solver.any_note.presets import presets_in

BANKS = {"amsynth": 128, "dx7": 32}
"""Formats whose files hold several presets, and how many at most."""
LEAST_CHANCE = 1e-6
"""Least probability of a preset's value, however sure the network is of another."""


def known_presets(instrument: Instrument, paths: Sequence[str]) -> Patches:
    """Collect presets of an instrument: those that come with synthinv, then those of some files.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    paths : sequence of str
        Files and folders of presets in its format; those that do not exist, such as banks that a
        synth of synthinv names, are passed over.

    Returns
    -------
    uint8 array [n, parameters]
        The nearest patch of each preset.

    Raises
    ------
    SynthinvError
        If a file is damaged, or the instrument has no format.
    """
    own = presets_of(instrument)
    there = existing(paths)
    return np.concatenate([own, presets_in(instrument, there)]) if there else own


def likeliest(instrument: Instrument, patches: Patches, logits: Logits) -> Patches:
    """Sort patches by their probability, the likeliest first.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    patches : uint8 array [n, parameters]
        Patches.
    logits : float32 array [1, classes of all knobs]
        Distributions of all knobs.

    Returns
    -------
    uint8 array [n, parameters]
        The patches. Knobs without an effect do not count.
    """
    classes = classes_of(instrument, patches)
    chances = [
        own[0][column].clip(LEAST_CHANCE)
        for own, column in zip(probabilities(instrument, logits), classes.T, strict=True)
    ]
    logs = np.log(np.stack(chances, axis=1))
    # The mean: patches with many knobs that are switched off are not likelier for it.
    means = np.average(logs, axis=1, weights=instrument.active(patches))
    return patches[np.argsort(-means, kind="stable")]


def suffix(instrument: Instrument) -> str | None:
    """Return the suffix of an instrument's preset files; None if it has no format."""
    return None if instrument.format is None else FORMATS[instrument.format].suffixes[0]


def write_native(
    path: Path,
    instrument: Instrument,
    patches: Sequence[npt.NDArray[np.integer]],
    names: Sequence[str],
) -> None:
    """Write patches as presets that the synth itself loads.

    Parameters
    ----------
    path : Path
        The file, with the `suffix` of the instrument, which must have a format.
    patches : sequence of int array [parameters]
        Patches; only one if the format has no banks.
    names : sequence of str
        A name for each. Synths with short names cut them.
    """
    assert instrument.format is not None
    presets = [
        to_preset(instrument, patch, "".join(c for c in name if c.isprintable()) or "patch")
        for patch, name in zip(patches, names, strict=True)
    ]
    format_of(instrument.format).write_presets(path, presets)
