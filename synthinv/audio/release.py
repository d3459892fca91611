"""When the key of a recorded note was released, as its level shows."""

import numpy as np
import numpy.typing as npt

from synthinv.audio.types import Audio

WINDOW_SECONDS, HOP_SECONDS = 0.02, 0.01
"""Length and distance of the windows in which the level is measured."""
LOWEST_DB = -55.0
"""Level, relative to the loudest, below which nothing is looked at any more."""
FEWEST = 8
"""Windows that two slopes need."""
STEEPER = 10.0
"""How much faster the level has to fall after the release than before it, in dB/s."""
EXPLAINED = 0.6
"""Largest share of a single slope's squared error that the two slopes may leave."""

Levels = npt.NDArray[np.float64]


def estimate_release(sound: Audio, sample_rate: int) -> float | None:
    """Estimate when the key of a note was released.

    From its loudest moment on, the level in decibels is described by two lines that meet; where
    they do, and the second falls faster, the key was released.

    Parameters
    ----------
    sound : float32 array [samples]
        A note, from its onset to its end.
    sample_rate : int
        In Hz.

    Returns
    -------
    float or None
        Seconds from the onset; None if the level shows no release.
    """
    levels = _levels(sound, sample_rate)
    loudest = int(levels.argmax())
    falling = np.maximum(levels[loudest:] - levels[loudest], LOWEST_DB)
    silent = np.flatnonzero(falling == LOWEST_DB)
    falling = falling[: silent[0]] if len(silent) else falling
    corner = _corner(falling)
    return None if corner is None else (loudest + corner) * HOP_SECONDS


def _levels(sound: Audio, sample_rate: int) -> Levels:
    """Measure levels in dB, one every `HOP_SECONDS`."""
    window = max(2, round(WINDOW_SECONDS * sample_rate))
    padded = np.pad(sound.astype(np.float64), window // 2)
    sums = np.concatenate([[0.0], np.cumsum(padded**2)])
    last = len(sound) / sample_rate
    starts = np.round(np.arange(0, last, HOP_SECONDS) * sample_rate).astype(int)
    means = (sums[np.minimum(starts + window, len(padded))] - sums[starts]) / window
    levels: Levels = 10 * np.log10(np.maximum(means, 1e-12))
    return levels


def _corner(levels: Levels) -> int | None:
    """Return the index at which the two lines meet that describe levels best, if they fall so."""
    if len(levels) < FEWEST:
        return None
    places = np.arange(len(levels)) * HOP_SECONDS
    line = np.stack([np.ones(len(levels)), places], axis=1)
    single, _ = _fitted(line, levels)
    fits = [
        (*_fitted(np.column_stack([line, np.maximum(places - place, 0)]), levels), index)
        for index, place in enumerate(places[2:-3], 2)
    ]
    error, change, corner = min(fits)
    return corner if change < -STEEPER and error < EXPLAINED * single else None


def _fitted(columns: Levels, levels: Levels) -> tuple[float, float]:
    """Return the squared error of the best combination of columns, and the last one's factor."""
    factors = np.linalg.lstsq(columns, levels, rcond=None)[0]
    return float(np.square(levels - columns @ factors).sum()), float(factors[-1])
