"""How many patches a match plays where nothing else is asked for."""

from synthinv.config.sections.engine import EngineConfig
from synthinv.matching.player import COMPARED_SECONDS

PER_SECOND = 8_000
"""Notes of one second that two cores play and compare in about eight seconds."""
FIXED_SECONDS = 0.3
"""What a note takes whatever its length, as if it were so much longer."""
ROUNDED = 500
"""The number is a multiple of this."""
OTHERS = 200
"""Patches that other synths play, which are slower."""


def default_renders(seconds: float, engine: EngineConfig) -> int:
    """Return how many patches to play for a sound.

    The number depends on the sound alone, not on the machine, so that the result does not either.

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
    if engine.kind != "built-in":
        return OTHERS
    length = min(seconds, COMPARED_SECONDS) + FIXED_SECONDS
    return max(1, round(PER_SECOND / length / ROUNDED)) * ROUNDED
