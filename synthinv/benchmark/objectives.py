"""What a cold search minimises: the MSS, or what `synthinv match` minimises."""

from collections.abc import Callable, Mapping

from synthinv.audio.types import Audio
from synthinv.config.sections.benchmark import MethodObjective
from synthinv.engines.base import Engine
from synthinv.metrics.audio import SpectralReference
from synthinv.search.objective import ABSOLUTE_SHARE, Objective

MakeObjective = Callable[[Engine, Audio, int, int, int, float], Objective]
"""A function of an open engine, a sound as long as its notes, its sample rate, the budget of
renders, CPU threads, and the peak below which a note is silence."""


def mss_objective(
    engine: Engine, sound: Audio, sample_rate: int, renders: int, threads: int, quietest: float
) -> Objective:
    """Return the MSS of the whole sound."""
    reference = SpectralReference(sound, sample_rate)
    return Objective(engine, reference, renders, threads=threads, quietest=quietest)


def match_objective(
    engine: Engine, sound: Audio, sample_rate: int, renders: int, threads: int, quietest: float
) -> Objective:
    """Return what a match minimises."""
    reference = SpectralReference(sound, sample_rate, ABSOLUTE_SHARE)
    return Objective(engine, reference, renders, threads=threads, quietest=quietest)


OBJECTIVES: Mapping[MethodObjective, MakeObjective] = {
    "mss": mss_objective,
    "match": match_objective,
}
