"""Presets of banks as patches: what each loses, which of them sound alike, and which are used.

The table has a row per preset, in the order of the banks: `bank`, `place` (from 0) and `name`;
`unrepresented`, what the instrument cannot express, by the synth's own names and values; `loss`,
the MSS in dB between the preset, as its synth plays it, and its patch; `fault`, silent or clipped;
`duplicate_of`, bank and place of an earlier preset that sounds alike; then the patch. Rows are used
if they have no fault and are not duplicates.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthinv.audio.level import db_to_amplitude, is_clipped, is_silent, peak
from synthinv.audio.types import Audio
from synthinv.capture.capture import Capture
from synthinv.common.errors import NoteError, SynthinvError
from synthinv.common.files import read_table, replacing, sha256_of, write_manifest
from synthinv.common.progress import ProgressHook, shifted
from synthinv.config.sections.playing import SilenceConfig
from synthinv.engines.base import Engine, PresetEngine
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.formats import read_bank
from synthinv.instruments.native.preset import Preset, is_exact, to_patch
from synthinv.metrics.audio import SpectralReference, spectral_points

ALIKE_DB = 0.1
"""Notes with at most this MSS sound alike; a step of most knobs changes far more."""
GROUPS = 256
"""Groups of points whose sums are compared first, for a lower bound of the MSS in little time."""
BLOCK = 64
"""Notes whose points are computed at a time."""


class BankPreset(NamedTuple):
    """A preset and where it is from.

    Attributes
    ----------
    bank : str
        File of the bank.
    place : int
        Place in it, counted from 0.
    preset : Preset
        The preset.
    """

    bank: str
    place: int
    preset: Preset


class Sounds(NamedTuple):
    """Patches, and what they are called.

    Attributes
    ----------
    labels : list of str
        Bank and place of each.
    patches : uint8 array [n, parameters]
        In canonical form.
    """

    labels: list[str]
    patches: Patches


def bank_presets(banks: Iterable[Path], format_name: str) -> list[BankPreset]:
    """Read all presets of some banks.

    Parameters
    ----------
    banks : iterable of Path
        The files, in order.
    format_name : str
        Name of their format.

    Returns
    -------
    list of BankPreset
        The presets, in order.

    Raises
    ------
    SynthinvError
        If a bank cannot be read.
    """
    return [
        BankPreset(bank.as_posix(), place, preset)
        for bank in banks
        for place, preset in enumerate(read_bank(bank, format_name))
    ]


def tabulate(
    engine: Engine,
    instrument: Instrument,
    presets: Sequence[BankPreset],
    apart_from: Sounds,
    silence: SilenceConfig,
    sample_rate: int,
    progress: ProgressHook | None = None,
) -> pd.DataFrame:
    """Convert presets to patches, and find what is lost and which sound alike.

    Parameters
    ----------
    engine : Engine
        An open engine.
    instrument : Instrument
        What is played.
    presets : sequence of BankPreset
        The presets.
    apart_from : Sounds
        Sounds of other data sets; presets that sound like one of them are duplicates as well.
    silence : SilenceConfig
        When a note counts as silent.
    sample_rate : int
        In Hz.
    progress : callable, optional
        See `Renderer.render`.

    Returns
    -------
    pandas.DataFrame
        The table, see the module.
    """
    converted = [to_patch(instrument, preset.preset) for preset in presets]
    patches = instrument.canonical(np.stack([each.patch for each in converted]))
    everything = np.concatenate([apart_from.patches, patches])
    count, others = len(everything), len(apart_from.patches)
    notes = engine.render(everything, shifted(progress, 0, count + len(presets)))
    faults = _faults(notes, silence)
    labels = [*apart_from.labels, *(f"{preset.bank}:{preset.place}" for preset in presets)]
    alike = duplicates(everything, notes, sample_rate, faults == "")
    own = [preset.preset for preset in presets]
    further = shifted(progress, count, count + len(presets))
    columns = {
        "bank": [preset.bank for preset in presets],
        "place": [preset.place for preset in presets],
        # A line of its own for each row, whatever the preset is called.
        "name": [" ".join(preset.name.split()) for preset in own],
        "unrepresented": [_listed(each.unrepresented) for each in converted],
        "loss": _losses(engine, instrument, own, patches, notes[others:], sample_rate, further),
        "fault": faults[others:],
        "duplicate_of": ["" if one is None else labels[one] for one in alike[others:]],
    }
    return pd.DataFrame(columns | dict(zip(instrument.names, patches.T, strict=True)))


def _listed(values: Mapping[str, float]) -> str:
    return " ".join(f"{own}={value:g}" for own, value in values.items())


def _faults(notes: Audio, silence: SilenceConfig) -> npt.NDArray[np.str_]:
    peaks = peak(notes)
    quiet = is_silent(peaks, db_to_amplitude(silence.level_dbfs))
    return np.where(quiet, "silent", np.where(is_clipped(peaks), "clipped", ""))


def _losses(
    engine: Engine,
    instrument: Instrument,
    presets: Sequence[Preset],
    patches: Patches,
    notes: Audio,
    sample_rate: int,
    progress: ProgressHook | None,
) -> npt.NDArray[np.float64]:
    """Return the MSS between each preset and its patch; NaN if the engine cannot play presets."""
    exact = np.array([is_exact(instrument, *pair) for pair in zip(presets, patches, strict=True)])
    losses = np.where(exact, 0.0, np.nan)
    lossy = np.flatnonzero(~exact).tolist()
    if not lossy or not isinstance(engine, PresetEngine):
        return losses
    natives = engine.render_presets([presets[i] for i in lossy], progress)
    for i, native in zip(lossy, natives, strict=True):
        losses[i] = SpectralReference(native, sample_rate).mss(notes[i : i + 1])[0]
    return losses.round(4)


def duplicates(
    patches: Patches, notes: Audio, sample_rate: int, usable: npt.NDArray[np.bool_]
) -> list[int | None]:
    """Find notes that sound as an earlier one does.

    Parameters
    ----------
    patches : uint8 array [n, parameters]
        Their patches, in canonical form; equal ones sound alike, however free the synth's noise.
    notes : float32 array [n, samples]
        The notes.
    sample_rate : int
        In Hz.
    usable : bool array [n]
        Which notes count.

    Returns
    -------
    list of int or None
        The first usable note that each usable one sounds like, None if it sounds like none.
    """
    points = np.concatenate(
        [spectral_points(notes[i : i + BLOCK], sample_rate) for i in range(0, len(notes), BLOCK)]
    )
    starts = np.linspace(0, points.shape[1], GROUPS, endpoint=False).astype(int)
    sums = np.add.reduceat(points, np.unique(starts), axis=1)
    found: list[int | None] = [None] * len(notes)
    kept: list[int] = []
    for note in np.flatnonzero(usable).tolist():
        found[note] = _alike(note, np.array(kept, dtype=int), patches, sums, points)
        if found[note] is None:
            kept.append(note)
    return found


def _alike(
    note: int,
    earlier: npt.NDArray[np.intp],
    patches: Patches,
    sums: npt.NDArray[np.float32],
    points: npt.NDArray[np.float32],
) -> int | None:
    """Return the first of some earlier notes that a note sounds like."""
    equal = (patches[earlier] == patches[note]).all(axis=1)
    # The differences of sums are at most the sums of the differences.
    near = np.abs(sums[earlier] - sums[note]).sum(axis=1) <= ALIKE_DB
    for other in earlier[equal | near]:
        same = np.array_equal(patches[other], patches[note])
        if same or np.abs(points[other] - points[note]).sum() <= ALIKE_DB:
            return int(other)
    return None


def write_presets_table(path: Path, table: pd.DataFrame, banks: Iterable[Path]) -> None:
    """Write a table of `tabulate`, and a manifest with its summary and the banks' digests.

    Parameters
    ----------
    path : Path
        CSV file; the manifest gets the same name with the suffix `.json`.
    table : pandas.DataFrame
        The table.
    banks : iterable of Path
        The banks.
    """
    with replacing(path) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")
    digests = {bank.as_posix(): sha256_of(bank) for bank in banks}
    write_manifest(
        path.with_suffix(".json"), {**summary(table), "banks": digests}, {"content": path}
    )


def read_presets_table(path: Path) -> pd.DataFrame:
    """Read a table of `tabulate`, after checking its digest."""
    return read_table(path, keep_default_na=False, na_values={"loss": [""]}, dtype={"name": str})


def used(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of presets that are used."""
    return table[(table["fault"] == "") & (table["duplicate_of"] == "")]


def sounds_used(tables: Iterable[pd.DataFrame], instrument: Instrument) -> Sounds:
    """Join the rows of some tables that are used."""
    rows = pd.concat(
        [pd.DataFrame(columns=["bank", "place", *instrument.names]), *map(used, tables)]
    )
    labels = [f"{bank}:{place}" for bank, place in zip(rows["bank"], rows["place"], strict=True)]
    return Sounds(labels, rows[list(instrument.names)].to_numpy(dtype=np.uint8))


def summary(table: pd.DataFrame) -> dict[str, float]:
    """Count the presets of a table, and summarise what their patches lose.

    Parameters
    ----------
    table : pandas.DataFrame
        A table of presets.

    Returns
    -------
    dict of str to float
        Numbers of presets, of those used, of duplicates, of silent and clipped ones and of those
        that are not wholly represented; median and largest loss in dB of those used.
    """
    losses = used(table)["loss"].dropna()
    return {
        "presets": len(table),
        "used": len(used(table)),
        "duplicates": int((table["duplicate_of"] != "").sum()),
        "silent": int((table["fault"] == "silent").sum()),
        "clipped": int((table["fault"] == "clipped").sum()),
        "not_represented": int((table["unrepresented"] != "").sum()),
        "median_loss_db": round(float(losses.median()), 3) if len(losses) else 0.0,
        "largest_loss_db": round(float(losses.max()), 3) if len(losses) else 0.0,
    }


def require_samples(table: pd.DataFrame, data_set: str, samples: int) -> None:
    """Refuse a table whose number of used presets is not the number of samples of its data set.

    Parameters
    ----------
    table : pandas.DataFrame
        The data set's table.
    data_set : str
        Its name.
    samples : int
        Its configured number of samples.

    Raises
    ------
    SynthinvError
        If the numbers differ.
    """
    counts = summary(table)
    if counts["used"] != samples:
        raise SynthinvError(
            f"data_sets.{data_set}.samples: is {samples}, but {counts['used']} of the "
            f"{counts['presets']} presets are used ({counts['duplicates']} sound like others, "
            f"{counts['silent']} are silent, {counts['clipped']} clipped); write "
            f"{counts['used']}"
        )


def capture_presets(
    engine: Engine, patches: Patches, silence: SilenceConfig, progress: ProgressHook | None = None
) -> Capture:
    """Record given patches.

    Parameters
    ----------
    engine : Engine
        An open engine.
    patches : uint8 array [n, parameters]
        The patches.
    silence : SilenceConfig
        When a note counts as silent.
    progress : callable, optional
        See `Renderer.render`.

    Returns
    -------
    Capture
        Patches and notes.

    Raises
    ------
    NoteError
        If a note is silent or clipped, as it was not when the table was made.
    """
    audio = engine.render(patches, progress)
    for index, fault in enumerate(_faults(audio, silence)):
        if fault:
            raise NoteError(index, f"is {fault}, unlike when its bank was read; run again")
    return Capture(patches, audio, 0, 0)
