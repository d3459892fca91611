"""Where the patch search for a sound starts: a solver's predictions and presets, played."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from synthinv.audio.pitch import OCTAVE
from synthinv.audio.presses import KeyPress
from synthinv.audio.sound_file import fit
from synthinv.instruments.classes import Classes, classes_of, patches_of
from synthinv.instruments.model import Patches
from synthinv.matching.candidates import Candidate, best_of
from synthinv.matching.player import COMPARED_SECONDS, Player
from synthinv.matching.presets import likeliest
from synthinv.matching.proposals import Proposal, Proposer
from synthinv.search.gauss_newton import candidates as draw_candidates
from synthinv.search.objective import BudgetSpentError, Objective, Played, spread
from synthinv.solver.checkpoint import TrainedSolver
from synthinv.solver.inference import PREDICTION

T = TypeVar("T")

AS_GOOD, NEARLY = 1.02, 0.05
"""A patch at the sound's own key is preferred if its error is no more than 2 % + 0.05 dB higher."""
MOVED = 4
"""Candidates that are tried at the sound's own key, and with the key released earlier."""
DRAWS, DRAWS_ELSEWHERE = 64, 24
"""Most patches drawn from a solver for any note, for each way of playing the sound at its own key,
and for each of the other keys."""
PREDICTED = 0.5
"""Share of a drawn patch's knobs that are predicted, not drawn, from what was chosen before them.
If all are drawn, most patches have some knob that spoils them."""
LEAST_FOR_OTHER_KEYS = 1_500
"""Renders below which a sound is tried at its own key alone."""
ELSEWHERE = 0.85
"""Share of the error at the sound's own key that another key has to fall below to be preferred."""
ONE_NOTE_DRAWS = 10
"""Most patches drawn from a solver for one note."""
DRAWN_SHARE = 8
"""At most one in this many of the renders left is spent on drawn patches."""
PRESET_SHARE = 8
"""At most one in this many of the renders left is spent on presets."""


@dataclass(frozen=True)
class Starts:
    """Patches to search from, all played in the same way.

    Attributes
    ----------
    best : Candidate
        The best of those that the solver proposed.
    played : list of Played
        All of those, and the presets that were tried.
    """

    best: Candidate
    played: list[Played]


class StartFinder:
    """The first part of a match: proposals are played in every way that may be right.

    Parameters
    ----------
    solver : TrainedSolver
        The solver.
    player : Player
        Plays patches like the sound.
    objective : Objective
        Compares them with it; its engine is replaced, in the end by that of the best start.
    keys : sequence of int
        Keys to try.
    own_key : int
        The key at which the synth has the sound's pitch.
    presets : uint8 array [n, parameters]
        Patches that are tried, too: the likeliest ones, as many as the budget has room for.
    rng : numpy.random.Generator
        Source of randomness.
    """

    def __init__(
        self,
        solver: TrainedSolver,
        player: Player,
        objective: Objective,
        keys: Sequence[int],
        own_key: int,
        presets: Patches,
        rng: np.random.Generator,
    ) -> None:
        self._solver, self._player, self._objective = solver, player, objective
        self._keys, self._own_key, self._presets, self._rng = keys, own_key, presets, rng
        self._instrument = player.keyboard.instrument

    def find(self) -> Starts:
        """Return the starts, played as the best of them is; at least one, on any budget."""
        starts = self._of_any_note() if self._solver.any_note else self._of_one_note()
        # The way that was tried last need not be the best, and the search goes on from here.
        self._objective.engine = self._player.compared_engine(starts.best.proposal.press)
        count = min(len(self._presets), self._objective.left // PRESET_SHARE)
        if not count:
            return starts
        proposal = starts.best.proposal
        with suppress(BudgetSpentError):
            presets = likeliest(self._instrument, self._presets, proposal.marginals)[:count]
            played = self.play(presets, proposal.press)
            return replace(starts, played=[*starts.played, *played])
        return starts

    def play(self, patches: Patches, press: KeyPress) -> list[Played]:
        """Play patches in one way: at least one, and as many more as the budget covers."""
        self._objective.engine = self._player.compared_engine(press)
        left = max(1, self._objective.left)
        return self._objective.play(patches[:left])

    def _of_any_note(self) -> Starts:
        """Draw patches for the sound's own key and others, held to the end and as its level shows.

        A range knob or an interval of oscillators reaches only so far from the key that is played,
        and the pitch of a drum or a bell may be found octaves from where its spectrum lies.
        """
        room = self._objective.left >= LEAST_FOR_OTHER_KEYS
        presses = [KeyPress(self._own_key, held) for held in self._player.holds]
        best = _least(_within_budget(self._drawn(press, DRAWS) for press in presses))
        keys = [key for key in self._keys if room and key != self._own_key]
        presses = [replace(best.best.proposal.press, key=key) for key in keys]
        others = _within_budget(self._drawn(press, DRAWS_ELSEWHERE) for press in presses)
        if not others or _least(others).best.error > ELSEWHERE * best.best.error:
            return best
        return _least(others)

    def _drawn(self, press: KeyPress, most: int) -> Starts:
        """Draw patches from a solver for any note, the prediction first, and play them."""
        solver = self._solver
        audio = self._player.sound.audio
        note = fit(audio, min(len(audio), round(COMPARED_SECONDS * self._player.sound.sample_rate)))
        logits = solver.predict_logits(note[np.newaxis], press=press)
        marginals = solver.predict_marginals(note[np.newaxis], press)
        draws = max(1, min(most, self._objective.left // DRAWN_SHARE))
        shape = draws, len(self._instrument.names)
        uniforms = self._rng.random(shape, dtype=np.float32)
        uniforms[self._rng.random(shape) < PREDICTED] = PREDICTION
        uniforms[0] = PREDICTION
        labels, _ = solver.draw(note, uniforms, press)
        played = self.play(self._instrument.decode(labels), press)
        best = min(played, key=lambda each: each.error)
        classes = classes_of(self._instrument, best.patch)
        return Starts(Candidate(Proposal(press, classes, logits, marginals), best), played)

    def _of_one_note(self) -> Starts:
        """Transpose the sound to the solver's note and its predictions back to the sound's key."""
        proposer = Proposer(self._solver, self._player)
        tried = _within_budget(
            self._candidate(proposal)
            for key in self._keys
            for proposal in proposer.predictions(key)
        )
        moved = _within_budget(self._at_own_key(proposer, c) for c in _best(tried, MOVED))
        best = best_of(moved or tried)
        same = [c.played for c in tried if c.proposal.press == best.proposal.press]
        starts = Starts(best, [best.played, *(p for p in same if p is not best.played)])
        with suppress(BudgetSpentError):
            for held in self._player.holds[1:]:
                starts = self._released(starts, held)
            played = self._from_distributions(starts.best)
            return replace(starts, played=[*starts.played, *played])
        return starts

    def _released(self, starts: Starts, held: float | None) -> Starts:
        """Return the best starts with the key released at another time, if one is better so."""
        best = starts.best
        press = replace(best.proposal.press, held=held)
        others = spread([p for p in starts.played if p is not best.played], MOVED)
        played = self.play(np.stack([p.patch for p in (best.played, *others)]), press)
        better = min(played, key=lambda each: each.error)
        if better.error >= best.error:
            return starts
        moved = best.moved(self._instrument, better)
        return Starts(replace(moved, proposal=replace(moved.proposal, press=press)), played)

    def _candidate(self, proposal: Proposal) -> Candidate:
        patches = patches_of(self._instrument, proposal.classes[np.newaxis])
        return Candidate(proposal, self.play(patches, proposal.press)[0])

    def _at_own_key(self, proposer: Proposer, candidate: Candidate) -> Candidate:
        """Return a candidate about as good at the sound's own key, or the same if there is none."""
        proposal = candidate.proposal
        octaves = (proposal.press.key - self._own_key) // OCTAVE
        if octaves == 0:
            return candidate
        classes = proposer.displacements(proposal.classes, octaves)
        press = replace(proposal.press, key=self._own_key)
        played = self.play(patches_of(self._instrument, classes), press)
        best = min(played, key=lambda each: each.error)
        if best.error > AS_GOOD * candidate.error + NEARLY:
            return candidate
        moved: Classes = classes_of(self._instrument, best.patch)
        displaced = proposal.displaced(self._instrument, moved)
        return Candidate(replace(displaced, press=press), best)

    def _from_distributions(self, best: Candidate) -> list[Played]:
        """Play patches drawn from the distributions of the best candidate."""
        count = min(ONE_NOTE_DRAWS, self._objective.left // DRAWN_SHARE)
        if not count:
            return []
        logits = best.proposal.logits
        patches = draw_candidates(self._instrument, logits, count, self._rng)
        return self.play(patches, best.proposal.press)


def _least(tried: Sequence[Starts]) -> Starts:
    """Return the starts whose best patch has the least error."""
    return min(tried, key=lambda starts: starts.best.error)


def _within_budget(items: Iterator[T]) -> list[T]:
    """List what can be played before the budget is spent; the first always can."""
    found: list[T] = []
    with suppress(BudgetSpentError):
        for item in items:
            found.append(item)  # noqa: PERF402
    return found


def _best(candidates: Sequence[Candidate], count: int) -> list[Candidate]:
    """Return the best candidates that sound different."""
    chosen = spread([candidate.played for candidate in candidates], count)
    return [next(c for c in candidates if c.played is played) for played in chosen]
