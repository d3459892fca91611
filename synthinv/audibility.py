"""Whether each knob of an instrument is heard: turn it, and compare."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import signal

from synthinv.capture import render_shuffled
from synthinv.engines import Engine
from synthinv.instrument import CC_MAX, Instrument, Parameter, Patches

WINDOW_SECONDS = 0.025
RANGE_DB = 80.0
LEAST_DB = 0.5
"""A difference below this is not heard, whatever the synth repeats."""
REPLAYS = 2.0
"""A turned knob must differ this many times as much as the same patch played again."""


def audibility(
    engine: Engine,
    instrument: Instrument,
    seed: np.random.SeedSequence,
    count: int,
    sample_rate: int,
) -> pd.DataFrame:
    """Turn every parameter of some random patches, one at a time, and measure the difference.

    A continuous knob is turned by half its travel, one with positions to its next position. The
    same patch is also played again: what differs then is the synth's own.

    Parameters
    ----------
    engine : Engine
        An open engine.
    instrument : Instrument
        What is played.
    seed : numpy.random.SeedSequence
        Seed of the patches and of the order in which they are played.
    count : int
        Number of random patches.
    sample_rate : int
        Of the notes, in Hz.

    Returns
    -------
    DataFrame
        One row per parameter: `name`, `group`, `cc`, `audible_share` (of the patches in which it is
        heard), `median_db` and `largest_db` (the difference, see `difference_db`).

    Raises
    ------
    NoteError
        If the engine cannot play a note.
    """
    rng = np.random.default_rng(seed)
    patches = np.stack([instrument.sample(rng) for _ in range(count)])
    turned = [turn(instrument, patches, column) for column in range(len(instrument.parameters))]
    audio = render_shuffled(engine, np.concatenate([patches, patches, *turned]), seed)
    first, again, *others = np.split(audio, 2 + len(turned))

    def differences(other: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        pairs = zip(first, other, strict=True)
        return np.array([difference_db(a, b, sample_rate) for a, b in pairs])

    replay = differences(again)
    rows = []
    for parameter, other in zip(instrument.parameters, others, strict=True):
        turned_by = differences(other)
        heard = turned_by > np.maximum(LEAST_DB, REPLAYS * replay)
        rows.append(
            {
                "name": parameter.name,
                "group": parameter.group,
                "cc": parameter.cc,
                "audible_share": float(heard.mean()),
                "median_db": float(np.median(turned_by)),
                "largest_db": float(turned_by.max()),
            }
        )
    return pd.DataFrame(rows)


def turn(instrument: Instrument, patches: Patches, column: int) -> Patches:
    """Turn one knob of every patch well away from where it stands.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    patches : uint8 array [n, parameters]
        CC values.
    column : int
        Which knob.

    Returns
    -------
    uint8 array [n, parameters]
        CC values.
    """
    turned = patches.copy()
    turned[:, column] = _turned(instrument.parameters[column], patches[:, column])
    return turned


def _turned(parameter: Parameter, values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    if parameter.positions is None:
        return ((values.astype(int) + (CC_MAX + 1) // 2) % (CC_MAX + 1)).astype(np.uint8)
    positions = np.array(parameter.positions, dtype=np.uint8)
    place = np.searchsorted(positions, values, side="right") - 1
    return positions[(place + 1) % len(positions)]


def difference_db(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], sample_rate: int
) -> float:
    """Mean magnitude of the difference between two notes' spectrograms in dB.

    Unlike the PSD error it also hears level, and when something sounds.

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
    powers = [
        signal.spectrogram(sound.astype(np.float64), nperseg=window, noverlap=window // 2)[2]
        for sound in (first, second)
    ]
    peak = max(power.max() for power in powers)
    if peak == 0:
        return 0.0
    floor = peak * 10 ** (-RANGE_DB / 10)
    heard = np.maximum(*powers) > floor
    one, other = (10 * np.log10(np.maximum(power, floor)[heard]) for power in powers)
    return float(np.abs(one - other).mean())
