"""How many patches a match plays where nothing else is asked for."""

from typing import NamedTuple

from synthinv.config.sections.engine import EngineConfig, PlugInConfig
from synthinv.matching.player import COMPARED_SECONDS


class Pace(NamedTuple):
    """How fast two cores play notes on an engine, and compare them.

    Attributes
    ----------
    notes : int
        Seconds of notes, `fixed` included, that take about ten seconds.
    fixed : float
        Seconds added to a note's length for what every note takes, however short.
    """

    notes: int
    fixed: float


PACES = {
    "built-in": Pace(8_000, 0.3),
    "dx7": Pace(6_000, 0.3),
    "plug-in": Pace(2_700, 2.0),
    "vital": Pace(900, 0.75),
}
"""By the kind of the engine; for plug-ins, as measured with amsynth played in copies."""
OTHERS = 200
"""Patches to play on other synths, which are slower."""
FINE, COARSE = 50, 500
"""The number is a multiple of the first below 1,000, and of the second from there on."""


def default_renders(seconds: float, engine: EngineConfig) -> int:
    """Return how many patches to play for a sound.

    The number depends on the sound and the synth alone, not on the machine, so that the result does
    not either.

    Parameters
    ----------
    seconds : float
        Length of the sound.
    engine : EngineConfig
        What plays them.

    Returns
    -------
    int
        Renders.
    """
    slow = isinstance(engine, PlugInConfig) and engine.new_instance != "copy"
    if slow or engine.kind not in PACES:
        return OTHERS
    pace = PACES[engine.kind]
    renders = pace.notes / (min(seconds, COMPARED_SECONDS) + pace.fixed)
    step = COARSE if renders >= 2 * COARSE else FINE
    return max(1, round(renders / step)) * step
