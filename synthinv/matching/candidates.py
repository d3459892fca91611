"""Candidates for a sound, compared with it and with one another."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from synthinv.matching.proposals import Proposal
from synthinv.matching.words import HARDLY_APART
from synthinv.metrics.audio import Points


@dataclass(frozen=True)
class Candidate:
    """A proposal that was played and compared with the sound.

    Attributes
    ----------
    proposal : Proposal
        The patch, its key, and the distributions it was chosen from.
    error : float
        The MSS of its note and the sound, in dB.
    differences : float32 array [points]
        Its note's differences from the sound, see `SpectralReference.differences`.
    """

    proposal: Proposal
    error: float
    differences: Points


def apart(first: Candidate, second: Candidate) -> float:
    """Compute the MSS of two candidates' notes, in dB."""
    # The sound, from which both differ, cancels out.
    return float(np.abs(first.differences - second.differences).sum(dtype=np.float64))


def is_different(candidate: Candidate, others: Iterable[Candidate]) -> bool:
    """Decide whether a candidate can be told apart from all others by ear."""
    return all(apart(candidate, other) > HARDLY_APART for other in others)


def different(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Leave out every candidate that can hardly be told apart from one before it."""
    kept: list[Candidate] = []
    for candidate in candidates:
        if is_different(candidate, kept):
            kept.append(candidate)
    return kept
