"""What a cold search minimises: the MSS, or what `synthinv match` minimises."""

from collections.abc import Callable, Mapping
from functools import partial

from synthinv.audio.types import Audio
from synthinv.config.sections.benchmark import MethodObjective
from synthinv.engines.base import Engine
from synthinv.metrics.audio import SpectralReference
from synthinv.search.objective import Objective, match_reference

MakeObjective = Callable[[Engine, Audio, int, int, int, float], Objective]
"""A function of an open engine, a sound as long as its notes, its sample rate, the budget of
renders, CPU threads, and the peak below which a note is silence."""


def _spectral_objective(
    compared_with: Callable[[Audio, int], SpectralReference],
    engine: Engine,
    sound: Audio,
    sample_rate: int,
    renders: int,
    threads: int,
    quietest: float,
) -> Objective:
    reference = compared_with(sound, sample_rate)
    return Objective(engine, reference, renders, threads=threads, quietest=quietest)


OBJECTIVES: Mapping[MethodObjective, MakeObjective] = {
    "mss": partial(_spectral_objective, SpectralReference),
    "match": partial(_spectral_objective, match_reference),
}
