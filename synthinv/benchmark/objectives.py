"""What a cold search minimises: the MSS, or what `synthinv match` minimises."""

from collections.abc import Callable, Mapping
from functools import partial

from synthinv.audio.types import Audio
from synthinv.config.sections.benchmark import MethodObjective
from synthinv.engines.base import Engine
from synthinv.metrics.audio import SpectralReference
from synthinv.search.objective import ABSOLUTE_SHARE, Objective

MakeObjective = Callable[[Engine, Audio, int, int, int, float], Objective]
"""A function of an open engine, a sound as long as its notes, its sample rate, the budget of
renders, CPU threads, and the peak below which a note is silence."""


def _spectral_objective(
    absolute_share: float,
    engine: Engine,
    sound: Audio,
    sample_rate: int,
    renders: int,
    threads: int,
    quietest: float,
) -> Objective:
    reference = SpectralReference(sound, sample_rate, absolute_share)
    return Objective(engine, reference, renders, threads=threads, quietest=quietest)


OBJECTIVES: Mapping[MethodObjective, MakeObjective] = {
    "mss": partial(_spectral_objective, 0.0),
    "match": partial(_spectral_objective, ABSOLUTE_SHARE),
}
