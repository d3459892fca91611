"""Audibility of an instrument's parameters: each is turned, and the notes are compared."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import signal

from synthinv.audio.types import Audio
from synthinv.capture.capture import render_shuffled
from synthinv.common.progress import ProgressHook
from synthinv.engines.base import Engine
from synthinv.evaluate.baselines import one_step
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.parameters import Parameter
from synthinv.metrics.audio import SpectralReference

if TYPE_CHECKING:
    # The command prints a table without it, as it comes with the workflow only.
    import pandas as pd

Columns = dict[str, npt.NDArray[Any]]

WINDOW_SECONDS = 0.025
RANGE_DB = 80.0
LEAST_DB = 0.5
"""A smaller difference is inaudible, however exactly the synth repeats a note."""
REPLAYS = 2.0
"""A turned knob must change the note this many times as much as playing the patch again does."""


class Summary(NamedTuple):
    """The audibility of one parameter.

    Attributes
    ----------
    name, group : str
        Parameter and group.
    cc : int or None
        Controller number, if it has one.
    differs, audible : float
        Shares of the patches in which the sound differs, and in which the parameter is audible.
    median_db, largest_db : float
        Difference that turning it makes, over the patches.
    """

    name: str
    group: str
    cc: int | None
    differs: float
    audible: float
    median_db: float
    largest_db: float


def audibility(
    engine: Engine,
    instrument: Instrument,
    patches: Patches,
    seed: np.random.SeedSequence,
    sample_rate: int,
    progress: ProgressHook | None = None,
) -> Columns:
    """Turn every knob of some patches, one at a time, and measure the change in sound.

    A continuous knob is turned by half its travel, one with positions to its next position. The
    sound differs if it changes clearly more than when the same patch is played again, which is the
    synth's own variation. The knob is audible if, in addition, it moves the sound further (MSS)
    than one step of every continuous knob does. MSS, by which predictions are scored, compares
    notes at the same level: a knob that only changes the level makes a sound that differs, but is
    not audible in this sense.

    Parameters
    ----------
    engine : Engine
        An open engine.
    instrument : Instrument
        What is played.
    patches : uint8 array [n, parameters]
        The patches.
    seed : numpy.random.SeedSequence
        Seed of the order in which they are played, and of the directions of the steps.
    sample_rate : int
        Sample rate of the notes, in Hz.
    progress : callable, optional
        See `Renderer.render`.

    Returns
    -------
    dict of str to array [patches · parameters]
        The columns of a table with one row per patch and parameter: `index`, `parameter`,
        `difference_db` and `replay_db` (see `difference_db`), `mss` and `one_step_mss` (in dB),
        `differs` and `audible`.

    Raises
    ------
    NoteError
        If the engine cannot play a note.
    """
    turned = [turn(instrument, patches, column) for column in range(len(instrument.parameters))]
    off_by_one = instrument.decode(one_step(instrument, patches, seed))
    played = [patches, patches, off_by_one, *turned]
    audio = render_shuffled(engine, np.concatenate(played), seed, progress)
    first, again, stepped, *others = np.split(audio, len(played))
    rows = [
        _differences(*notes, sample_rate)
        for notes in zip(first, again, stepped, np.stack(others, axis=1), strict=True)
    ]
    columns: Columns = {
        "index": np.repeat(np.arange(len(patches)), len(turned)),
        "parameter": np.array(instrument.names * len(patches), dtype=object),
        **{name: np.concatenate([row[name] for row in rows]) for name in rows[0]},
    }
    least = np.maximum(LEAST_DB, REPLAYS * columns["replay_db"])
    differs = columns["difference_db"] > least
    audible = differs & (columns["mss"] > columns["one_step_mss"])
    return columns | {"differs": differs, "audible": audible}


def summary(
    columns: "Mapping[str, npt.NDArray[Any]] | pd.DataFrame", instrument: Instrument
) -> list[Summary]:
    """Summarise in how many patches each parameter is audible, and how much it changes them.

    Parameters
    ----------
    columns : mapping of str to array, or DataFrame
        As `audibility` returns it, or the table made of it.
    instrument : Instrument
        What was played.

    Returns
    -------
    list of Summary
        One per parameter.
    """
    names, differs, audible, difference = (
        np.asarray(columns[name]) for name in ("parameter", "differs", "audible", "difference_db")
    )
    found = []
    for parameter in instrument.parameters:
        rows = names == parameter.name
        found.append(
            Summary(
                name=parameter.name,
                group=parameter.group,
                cc=parameter.cc,
                differs=float(differs[rows].mean()),
                audible=float(audible[rows].mean()),
                median_db=float(np.median(difference[rows])),
                largest_db=float(difference[rows].max()),
            )
        )
    return found


def notes_per_patch(instrument: Instrument) -> int:
    """Count the notes that `audibility` plays of every patch: three, and one for each knob."""
    return 3 + len(instrument.parameters)


def audible(table: "pd.DataFrame", names: Sequence[str], sounds: int) -> npt.NDArray[np.bool_]:
    """Return in which sounds each parameter is audible.

    Parameters
    ----------
    table : DataFrame
        The table of what `audibility` returns.
    names : sequence of str
        The parameters, in the order of a patch's columns.
    sounds : int
        Number of sounds in the whole test set, of which the table may have the first few.

    Returns
    -------
    bool array [sounds, parameters]
        False in sounds whose knobs were not turned.
    """
    turned = table.pivot_table(index="index", columns="parameter", values="audible")
    found = np.zeros((sounds, len(names)), dtype=bool)
    found[turned.index] = turned[list(names)].to_numpy(dtype=bool)
    return found


def turn(instrument: Instrument, patches: Patches, column: int) -> Patches:
    """Turn one knob of every patch well away from where it stands.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    patches : uint8 array [n, parameters]
        Steps.
    column : int
        Column of the knob.

    Returns
    -------
    uint8 array [n, parameters]
        Steps.
    """
    turned = patches.copy()
    turned[:, column] = _turned(instrument.parameters[column], patches[:, column])
    return turned


def _differences(
    note: npt.NDArray[np.float32],
    again: npt.NDArray[np.float32],
    one_step: npt.NDArray[np.float32],
    turned: Audio,
    sample_rate: int,
) -> Columns:
    """Compare a note with the patch played again, one step off, and with each knob turned."""
    reference = SpectralReference(note, sample_rate)
    count = len(turned)
    return {
        "difference_db": np.array([difference_db(note, other, sample_rate) for other in turned]),
        "replay_db": np.full(count, difference_db(note, again, sample_rate)),
        "mss": reference.mss(turned),
        "one_step_mss": np.repeat(reference.mss(one_step[np.newaxis]), count),
    }


def _turned(parameter: Parameter, values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    if parameter.continuous:
        steps = parameter.highest + 1
        return ((values.astype(int) + steps // 2) % steps).astype(np.uint8)
    place = np.searchsorted(parameter.steps, values, side="right") - 1
    following: npt.NDArray[np.uint8] = parameter.steps[(place + 1) % len(parameter.steps)]
    return following


def difference_db(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], sample_rate: int
) -> float:
    """Return the mean magnitude of the difference between two notes' spectrograms in dB.

    Unlike the PSD error, it depends on level and on timing.

    Parameters
    ----------
    first, second : float32 array [samples]
        Two notes.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        Decibels, averaged over the points of windows of 25 ms at which either note is within 80 dB
        of the louder note's maximum; 0 for equal notes.
    """
    window = round(WINDOW_SECONDS * sample_rate)
    # SciPy's own, in double precision: `synthinv.spectrogram.transform` computes the same power in
    # single precision, fast, but 80 dB below the maximum its rounding errors would count.
    powers = [
        signal.spectrogram(sound.astype(np.float64), nperseg=window, noverlap=window // 2)[2]
        for sound in (first, second)
    ]
    peak = max(power.max() for power in powers)
    if peak == 0:
        return 0.0
    least = peak * 10 ** (-RANGE_DB / 10)
    loud = np.maximum(*powers) > least
    one, other = (10 * np.log10(np.maximum(power, least)[loud]) for power in powers)
    return float(np.abs(one - other).mean())
