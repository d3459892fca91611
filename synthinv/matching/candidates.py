"""Candidates for a sound: proposals that were played and compared with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from synthinv.instruments.classes import classes_of
from synthinv.instruments.model import Instrument
from synthinv.matching.proposals import Proposal
from synthinv.search.objective import Played


@dataclass(frozen=True)
class Candidate:
    """A proposal that was played and compared with the sound.

    Attributes
    ----------
    proposal : Proposal
        The patch, how it is played, and the distributions it was chosen from.
    played : Played
        Its error, and its note's differences from the sound.
    """

    proposal: Proposal
    played: Played

    @property
    def error(self) -> float:
        """Its error in dB."""
        return self.played.error

    def moved(self, instrument: Instrument, played: Played) -> Self:
        """Return the candidate with another patch, and the solver's distributions as they were."""
        classes = classes_of(instrument, played.patch)
        return replace(self, proposal=replace(self.proposal, classes=classes), played=played)


def best_of(candidates: Sequence[Candidate]) -> Candidate:
    """Return the candidate with the least error."""
    return min(candidates, key=lambda candidate: candidate.error)
