"""Comparison of two captures of the same patches, note by note."""

from pathlib import Path

import numpy as np
import pandas as pd

from synthinv.audio.alignment import align
from synthinv.capture.shards import Shard, read_shards
from synthinv.common.errors import SynthinvError
from synthinv.metrics.psd import psd_error

LARGEST_SHIFT_SECONDS = 0.05
COMPARABLE = 0.98
"""Least similarity at which the shift between two notes is meaningful; noise stays below."""


def compare_captures(first: list[Path], second: list[Path]) -> pd.DataFrame:
    """Compare two captures of the same patches.

    Parameters
    ----------
    first, second : list of Path
        Manifests of their shards, in order.

    Returns
    -------
    DataFrame
        One row per note: see `compare_notes`.

    Raises
    ------
    SynthinvError
        If a file is damaged, or the captures are not of the same patches.
    """
    one, other = read_shards(first), read_shards(second)
    for what in ("names", "sample_rate", "samples"):
        values = getattr(one, what), getattr(other, what)
        if values[0] != values[1]:
            raise SynthinvError(
                f"{first[0]} and {second[0]}: their {what} differ ({values[0]} and {values[1]}); "
                "compare captures of the same patches and notes"
            )
    if one.patches.shape != other.patches.shape:
        raise SynthinvError(
            f"{first[0]} and {second[0]}: hold {len(one.patches)} and {len(other.patches)} notes; "
            "compare captures of the same patches"
        )
    return compare_notes(one, other)


def compare_notes(one: Shard, other: Shard) -> pd.DataFrame:
    """Compare the notes of two captures with the same length and sample rate.

    Parameters
    ----------
    one, other : Shard
        The captures. Patches may differ where a silent one was replaced in one of them only.

    Returns
    -------
    DataFrame
        One row per note: `index`; `same_patch`; `psd_error` (see `synthinv.metrics.psd`); `lag_ms`,
        by which the second note is later; `similarity` at that shift; `level_db`, by which the
        second note is louder (RMS).
    """
    most = round(LARGEST_SHIFT_SECONDS * one.sample_rate)
    shifts = [align(a, b, most) for a, b in zip(one.audio, other.audio, strict=True)]
    errors = [psd_error(a, b, one.sample_rate) for a, b in zip(one.audio, other.audio, strict=True)]
    power = [np.mean(np.square(s.audio, dtype=np.float64), axis=1) for s in (one, other)]
    with np.errstate(divide="ignore", invalid="ignore"):
        level = 10 * np.log10(power[1] / power[0])
    return pd.DataFrame(
        {
            "index": np.arange(len(one.audio)),
            "same_patch": (one.patches == other.patches).all(axis=1),
            "psd_error": errors,
            "lag_ms": [1000 * shift.lag / one.sample_rate for shift in shifts],
            "similarity": [shift.similarity for shift in shifts],
            "level_db": level,
        }
    )


def describe(rows: pd.DataFrame) -> list[str]:
    """Describe in words how far apart two captures are.

    Parameters
    ----------
    rows : DataFrame
        As `compare_notes` returns them.

    Returns
    -------
    list of str
        One line per finding.
    """
    same = rows[rows["same_patch"]]
    lines = [f"{len(rows)} notes, {len(same)} of the same patch"]
    if not len(same):
        return lines
    for column, title in (("psd_error", "PSD error"), ("level_db", "level difference in dB")):
        values = same[column].abs()
        lines.append(
            f"{title}: median {values.median():.3g}, 95 % below {values.quantile(0.95):.3g}, "
            f"largest {values.max():.3g}"
        )
    comparable = same[same["similarity"] >= COMPARABLE]
    if not len(comparable):
        return [
            *lines,
            f"no note's waveforms agree (similarity at least {COMPARABLE:g}), so their shift is "
            "unknown",
        ]
    lags = comparable["lag_ms"].abs()
    lines.append(
        f"shift of the {len(comparable)} notes whose waveforms agree (similarity at least "
        f"{COMPARABLE:g}): median {lags.median():.3f} ms, largest {lags.max():.3f} ms"
    )
    return lines
