"""From a solver's answer to a better one: candidates from its distributions, then Gauss-Newton.

A synth cannot be differentiated, but it can be played: turning every knob of a patch by one step
tells how each moves every point of the log-mel spectrograms (`spectral_points`). If those slopes
held everywhere, the patch whose note is nearest to the sound would be a linear problem, and since
MSS is a sum of absolute differences, one of least absolute deviations. Its solutions, damped more
and less, are the next patches to play: the Gauss-Newton method with finite differences. It uses the
thousands of numbers that every render gives, where a black-box search such as CMA-ES uses one.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthinv.capture.shards import Shard
from synthinv.config.sections.refinement import RefinementConfig
from synthinv.engines.base import Engine
from synthinv.instruments.classes import (
    Logits,
    class_values,
    predicted_labels,
    probabilities,
    sample_labels,
)
from synthinv.instruments.model import CC_MAX, Instrument, Patches
from synthinv.metrics.audio import SpectralReference
from synthinv.search.objective import (
    BudgetSpentError,
    Differences,
    Objective,
    SearchResult,
    total,
)

Steps = npt.NDArray[np.float64]

# What turning all knobs by one standard deviation of their distributions costs, in decibels. The
# slopes hold far from the patch in some sounds and hardly at all in others: every damping is tried.
DAMPINGS = (1e-4, 1e-3, 1e-2, 1e-1)
SHARES = (1.0, 0.5)  # of a solution's way that are tried
REWEIGHTINGS = 6  # least squares until they come close to least absolute deviations
LEAST_DIFFERENCE = 1e-7  # decibels as a point counts; closer to zero all points weigh the same
REDRAWS = 4  # draws per round of other positions: none is rendered if the network is sure
KEPT = 64  # patches whose differences are remembered, the best ones


class _Played(NamedTuple):
    """A rendered patch: int64 [parameters], float32 [points], decibels."""

    patch: npt.NDArray[np.int64]
    differences: Differences
    error: float


def refine(
    objective: Objective,
    instrument: Instrument,
    logits: Logits,
    refinement: RefinementConfig,
    seed: np.random.SeedSequence,
) -> SearchResult:
    """Refine a solver's answer to one sound.

    Parameters
    ----------
    objective : Objective
        The sound, the engine and the budget, of which at least one render must be left.
    instrument : Instrument
        The instrument.
    logits : float32 array [1, classes of all knobs]
        The solver's output for the sound.
    refinement : RefinementConfig
        Number of candidates.
    seed : numpy.random.SeedSequence
        Seed of candidates and directions.

    Returns
    -------
    SearchResult
        The best patch rendered, at least as good as the solver's own answer, which is rendered
        first.
    """
    rng = np.random.default_rng(seed)
    gauss_newton = _GaussNewton(objective, instrument, logits)
    with suppress(BudgetSpentError):
        gauss_newton.play(candidates(instrument, logits, refinement.candidates, rng))
        while gauss_newton.goes_on:
            gauss_newton.round(rng)
    return objective.result()


def refine_predictions(
    engine: Engine,
    instrument: Instrument,
    shard: Shard,
    logits: Logits,
    refinement: RefinementConfig,
    seeds: Sequence[np.random.SeedSequence],
    quietest: float,
) -> list[SearchResult]:
    """Refine a solver's answers to the sounds of a shard.

    Parameters
    ----------
    engine : Engine
        An open engine, which played the shard.
    instrument : Instrument
        The instrument.
    shard : Shard
        The sounds.
    logits : float32 array [n, classes of all knobs]
        The solver's outputs for them.
    refinement : RefinementConfig
        What may be spent on each.
    seeds : sequence of numpy.random.SeedSequence
        One for each.
    quietest : float
        Peak below which a patch's note is silence, see `synthinv.search.objective.silenced`.

    Returns
    -------
    list of SearchResult
        One for each.
    """
    results = []
    for note, row, seed in zip(shard.audio, logits, seeds, strict=True):
        reference = SpectralReference(note, shard.sample_rate)
        objective = Objective(
            engine, reference, refinement.renders, refinement.seconds, quietest=quietest
        )
        results.append(refine(objective, instrument, row[np.newaxis], refinement, seed))
    return results


def candidates(
    instrument: Instrument, logits: Logits, count: int, rng: np.random.Generator
) -> Patches:
    """Choose patches to begin with: the solver's answer, then draws from its distributions.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    logits : float32 array [1, classes of all knobs]
        The solver's output for one sound.
    count : int
        Patches wanted.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    uint8 array [at most count, parameters]
        Different patches, the answer first.
    """
    # Twice as many, for a sure network draws the same patch again and again.
    drawn = sample_labels(instrument, logits, 2 * count, rng)[:, 0]
    labels = np.concatenate([predicted_labels(instrument, logits), drawn])
    return _different(instrument.decode(labels))[:count].astype(np.uint8)


def spreads(instrument: Instrument, logits: Logits) -> Steps:
    """Tell how far off every knob may be.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    logits : float32 array [1, classes of all knobs]
        The solver's output for one sound.

    Returns
    -------
    float64 array [parameters]
        Standard deviations in CC steps, at least 1.
    """
    variances = []
    for knob, chances in zip(instrument.parameters, probabilities(instrument, logits), strict=True):
        values = class_values(knob).astype(np.float64)
        mean = chances[0] @ values
        variances.append(chances[0] @ (values - mean) ** 2)
    return np.sqrt(np.maximum(variances, 1))


def least_absolute_deviations(
    jacobian: npt.NDArray[np.floating],
    differences: npt.NDArray[np.floating],
    scales: Steps,
    damping: float,
) -> Steps:
    """Solve for the turns that leave the least absolute differences, if the Jacobian holds.

    Least squares with weights, repeated: a point's weight is one over what is left of it (P.
    Holland and R. Welsch, "Robust regression using iteratively reweighted least-squares", 1977).

    Parameters
    ----------
    jacobian : float array [points, knobs]
        How each knob moves each point, per CC step.
    differences : float array [points]
        What is to be compensated.
    scales : float64 array [knobs]
        Steps that are plausible, in CC steps.
    damping : float
        What the square of a turn counts for, relative to `scales`.

    Returns
    -------
    float64 array [knobs]
        Steps in CC steps.
    """
    penalty = np.diag(damping / scales**2)
    left = np.full_like(differences, np.abs(differences).mean())
    turns = np.zeros(len(scales))
    for _ in range(REWEIGHTINGS):
        weighted = jacobian / np.maximum(np.abs(left), LEAST_DIFFERENCE)[:, np.newaxis]
        normal = (weighted.T @ jacobian).astype(np.float64) + penalty
        turns = -np.linalg.solve(normal, (weighted.T @ differences).astype(np.float64)).astype(
            float
        )
        left = differences + jacobian @ turns.astype(jacobian.dtype)
    return turns


class _GaussNewton:
    """Rounds of playing a patch's neighbours and then what they point to."""

    def __init__(self, objective: Objective, instrument: Instrument, logits: Logits) -> None:
        self._objective, self._instrument, self._logits = objective, instrument, logits
        self._continuous = np.flatnonzero(instrument.continuous)
        self._positions = np.flatnonzero(~instrument.continuous)
        self._scales = spreads(instrument, logits)[self._continuous]
        # One step of a knob that may be far off hardly moves anything, and a slope is a mean.
        self._steps = np.rint(np.sqrt(self._scales)).astype(np.int64)
        self._seen: set[bytes] = set()
        self._bases: list[_Played] = []
        self._least = np.inf

    @property
    def goes_on(self) -> bool:
        """Whether there is a patch to go on from, and anything left to mend."""
        return bool(self._bases) and self._least > 0

    def play(self, patches: npt.NDArray[np.integer]) -> list[_Played]:
        """Render patches, and remember them as bases of later rounds."""
        patches = patches.astype(np.int64)
        differences = self._objective.differences(patches)
        errors = total(differences).tolist()
        played = [_Played(*each) for each in zip(patches, differences, errors, strict=True)]
        # A neighbour may have been played before: nothing starts twice from one patch.
        new = [each for each in played if each.patch.tobytes() not in self._seen]
        self._seen.update(patch.tobytes() for patch in patches)
        self._least = min([self._least, *errors])
        self._bases = sorted([*self._bases, *new], key=lambda base: base.error)[:KEPT]
        return played

    def round(self, rng: np.random.Generator) -> None:
        """Go on from the best patch that has not been gone on from yet."""
        base = self._bases.pop(0)
        patches = [self._redrawn(base, rng)]
        if len(self._continuous):
            patches.append(self._predicted(base, self._jacobian(base, rng)))
        unseen = [p for p in _different(np.concatenate(patches)) if p.tobytes() not in self._seen]
        if unseen:
            self.play(np.stack(unseen))

    def _jacobian(self, base: _Played, rng: np.random.Generator) -> Differences:
        """Measure how each continuous knob moves each point: float32 [points, knobs]."""
        # Up or down by chance: a base near the last one, with its Jacobian, would lead nowhere.
        steps = self._steps * rng.choice([-1, 1], len(self._steps))
        turned = base.patch[self._continuous] + steps
        steps = np.where((turned < 0) | (turned > CC_MAX), -steps, steps)
        neighbours = np.tile(base.patch, (len(steps), 1))
        neighbours[np.arange(len(steps)), self._continuous] += steps
        moved = np.stack([played.differences for played in self.play(neighbours)], axis=1)
        jacobian = (moved - base.differences[:, np.newaxis]) / steps.astype(np.float32)
        return np.asarray(jacobian, dtype=np.float32)

    def _predicted(self, base: _Played, jacobian: Differences) -> npt.NDArray[np.int64]:
        """Step to where the Jacobian says that the sound is: int64 [n, parameters]."""
        rows = []
        for damping in DAMPINGS:
            turns = least_absolute_deviations(jacobian, base.differences, self._scales, damping)
            for share in SHARES:
                row = base.patch.copy()
                row[self._continuous] += np.rint(share * turns).astype(np.int64)
                rows.append(row.clip(0, CC_MAX))
        return np.stack(rows)

    def _redrawn(self, base: _Played, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """Set knobs with positions as the network would draw them: int64 [n, parameters]."""
        drawn = sample_labels(self._instrument, self._logits, REDRAWS, rng)[:, 0]
        rows = np.tile(base.patch, (REDRAWS, 1))
        rows[:, self._positions] = self._instrument.decode(drawn)[:, self._positions]
        return rows


def _different(patches: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """Leave out repeated rows, in the order of their first appearance."""
    _, first = np.unique(patches, axis=0, return_index=True)
    different: npt.NDArray[np.integer] = patches[np.sort(first)]
    return different
