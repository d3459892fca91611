"""Random patches of several kinds, so that most of them sound like what people bring."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.varied_notes import KindConfig, Ranges, VariedNotesConfig
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.parameters import Constant, Parameter
from synthinv.solver.any_note.presets import PresetDraws


class PatchDraws:
    """A source of patches, each of a random kind.

    Parameters
    ----------
    instrument : Instrument
        The instrument, which says how the parameters are drawn that a kind does not name.
    varied : VariedNotesConfig
        The kinds.
    drawn : sequence of str, optional
        Names of the kinds that are drawn; by default all are.

    Raises
    ------
    SynthinvError
        If a kind names a parameter that is neither one of the instrument's nor a constant, a step
        above a parameter's highest, or preset files that cannot be read.
    """

    def __init__(
        self,
        instrument: Instrument,
        varied: VariedNotesConfig,
        drawn: Sequence[str] | None = None,
    ) -> None:
        require_drawable(instrument, varied)
        self._instrument, self._varied = instrument, varied
        self._kinds = [kind for kind in varied.kinds if drawn is None or kind.name in drawn]
        self._presets = {
            kind.name: PresetDraws(instrument, kind.presets)
            for kind in self._kinds
            if kind.presets is not None
        }

    def __call__(self, count: int, rng: np.random.Generator) -> Patches:
        """Draw patches: uint8 [count, parameters]."""
        instrument, kinds = self._instrument, self._kinds
        patches = np.stack([instrument.sample(rng) for _ in range(count)])
        if not kinds:
            return patches
        weights = np.array([kind.weight for kind in kinds])
        drawn = rng.choice(len(weights), count, p=weights / weights.sum())
        for index, kind in enumerate(kinds):
            rows = np.flatnonzero(drawn == index)
            if kind.name in self._presets:
                patches[rows] = self._presets[kind.name](len(rows), rng)
            self._draw_knobs(patches, rows, kind, rng)
        return patches

    def _draw_knobs(
        self,
        patches: Patches,
        rows: npt.NDArray[np.intp],
        kind: KindConfig,
        rng: np.random.Generator,
    ) -> None:
        """Draw the knobs that a kind names, in some rows of patches."""
        for name, ranges in knobs_of(kind, self._varied).items():
            # A knob that is held has no column.
            if name in self._instrument.names:
                column = self._instrument.names.index(name)
                values = _draw(ranges, len(rows), rng)
                patches[rows, column] = self._instrument.parameters[column].snap(values)


def knobs_of(kind: KindConfig, varied: VariedNotesConfig) -> dict[str, Ranges]:
    """Return the ranges of a kind's knobs, those that it shares with another kind included."""
    if kind.like is None:
        return dict(kind.knobs)
    other = next(k for k in varied.kinds if k.name == kind.like)
    return {**knobs_of(other, varied), **kind.knobs}


def require_drawable(instrument: Instrument, varied: VariedNotesConfig) -> None:
    """Refuse kinds that name knobs which an instrument does not have, or steps beyond a knob's end.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    varied : VariedNotesConfig
        The kinds.

    Raises
    ------
    SynthinvError
        If a name is neither that of a parameter nor that of a constant, or a range ends above the
        highest step of its knob.
    """
    every: list[Parameter | Constant] = [*instrument.parameters, *instrument.constants]
    knobs = {knob.name: knob for knob in every}
    for kind in varied.kinds:
        where = f"solver.varied.kinds: {kind.name}: "
        for name, ranges in kind.knobs.items():
            if name not in knobs:
                raise SynthinvError(
                    f"{where}{instrument.name} has no knob '{name}' "
                    f"(it has {', '.join(instrument.names)}); correct the name"
                )
            step, highest = max(high for _, _, high in ranges), knobs[name].highest
            if step > highest:
                raise SynthinvError(
                    f"{where}a range of {name} ends at {step}, above {highest}, the knob's highest "
                    "step; lower it"
                )


def _draw(ranges: Ranges, count: int, rng: np.random.Generator) -> npt.NDArray[np.integer]:
    """Draw steps, int64 [count], from weighted ranges."""
    weights = np.array([weight for weight, _, _ in ranges])
    ends = np.array([(low, high) for _, low, high in ranges])
    low, high = ends[rng.choice(len(weights), count, p=weights / weights.sum())].T
    values: npt.NDArray[np.integer] = rng.integers(low, high, endpoint=True)
    return values
