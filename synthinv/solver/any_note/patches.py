"""Random patches of several kinds, so that most of them sound like what people bring."""

import numpy as np
import numpy.typing as npt

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.varied_notes import KindConfig, Ranges, VariedNotesConfig
from synthinv.instruments.model import Instrument, Patches


def draw_patches(
    instrument: Instrument, varied: VariedNotesConfig, count: int, rng: np.random.Generator
) -> Patches:
    """Draw patches, each of a random kind.

    Parameters
    ----------
    instrument : Instrument
        The instrument, which says how the knobs are drawn that a kind does not name.
    varied : VariedNotesConfig
        The kinds.
    count : int
        Number of patches.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    uint8 array [count, parameters]
        CC values.
    """
    patches = np.stack([instrument.sample(rng) for _ in range(count)])
    if not varied.kinds:
        return patches
    weights = np.array([kind.weight for kind in varied.kinds])
    drawn = rng.choice(len(weights), count, p=weights / weights.sum())
    for index, kind in enumerate(varied.kinds):
        rows = np.flatnonzero(drawn == index)
        for name, ranges in knobs_of(kind, varied).items():
            # A knob that is held has no column.
            if name in instrument.names:
                column = instrument.names.index(name)
                values = _draw(ranges, len(rows), rng)
                patches[rows, column] = instrument.parameters[column].snap(values)
    return patches


def knobs_of(kind: KindConfig, varied: VariedNotesConfig) -> dict[str, Ranges]:
    """Return the ranges of a kind's knobs, those that it shares with another kind included."""
    if kind.like is None:
        return dict(kind.knobs)
    other = next(k for k in varied.kinds if k.name == kind.like)
    return {**knobs_of(other, varied), **kind.knobs}


def refuse_unknown_knobs(instrument: Instrument, varied: VariedNotesConfig) -> None:
    """Refuse kinds that name knobs which an instrument does not have.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    varied : VariedNotesConfig
        The kinds.

    Raises
    ------
    SynthinvError
        If a name is neither that of a parameter nor that of a constant.
    """
    known = {*instrument.names, *(constant.name for constant in instrument.constants)}
    for kind in varied.kinds:
        for name in kind.knobs:
            if name not in known:
                raise SynthinvError(
                    f"solver.varied.kinds: {kind.name}: {instrument.name} has no knob '{name}' "
                    f"(it has {', '.join(instrument.names)})"
                )


def _draw(ranges: Ranges, count: int, rng: np.random.Generator) -> npt.NDArray[np.integer]:
    """Draw CC values, int64 [count], from weighted ranges."""
    weights = np.array([weight for weight, _, _ in ranges])
    ends = np.array([(low, high) for _, low, high in ranges])
    low, high = ends[rng.choice(len(weights), count, p=weights / weights.sum())].T
    values: npt.NDArray[np.integer] = rng.integers(low, high, endpoint=True)
    return values
