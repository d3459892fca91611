"""Refine a solver's prediction: candidates from its distributions, then Gauss-Newton steps.

A synth cannot be differentiated, but it can be played: finite differences of one step per knob give
the Jacobian of all points of the log-mel spectrograms (`spectral_points`). Where the notes depend
linearly on the knobs, finding the nearest patch is a linear problem, and since MSS is a sum of
absolute differences, one of least absolute deviations. Its solutions with several dampings are the
next patches to play. Each render thus contributes thousands of numbers, of which a black-box search
such as CMA-ES uses only their sum.
"""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import numpy.typing as npt

from synthinv.capture.shards import Shard
from synthinv.common.blas import one_blas_thread
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.solver import RefinementConfig
from synthinv.engines.base import Engine
from synthinv.instruments.classes import (
    Logits,
    predicted_labels,
    probabilities,
    sample_labels,
)
from synthinv.instruments.model import Instrument, Patches
from synthinv.metrics.audio import SpectralReference
from synthinv.search.objective import (
    BudgetSpentError,
    Differences,
    Objective,
    Played,
    SearchResult,
    quietest_for,
)

Steps = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

DAMPINGS = (1e-4, 1e-3, 1e-2, 1e-1)
"""Penalties, in decibels, for moving all knobs by one standard deviation of their distributions.
All are tried, since the Jacobian holds far from the patch in some sounds, and not in others."""
SHARES = (1.0, 0.5)
"""Fractions of a step that are tried."""
REWEIGHTINGS = 6
"""Least-squares problems that are solved to approach the least absolute deviations."""
LEAST_DIFFERENCE = 1e-7
"""Residual, in decibels, below which all points have the same weight."""
REDRAWS = 4
"""Draws of other positions per iteration. Those that repeat a patch are not rendered."""
KEPT = 64
"""Patches that are kept as starting points of later iterations, the best ones."""


@one_blas_thread()
def refine(
    objective: Objective,
    instrument: Instrument,
    logits: Logits,
    refinement: RefinementConfig,
    seed: np.random.SeedSequence,
) -> SearchResult:
    """Refine a solver's prediction for one sound.

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
        Seed of the candidates and of the directions of finite differences.

    Returns
    -------
    SearchResult
        The best patch rendered, at least as good as the solver's prediction, which is rendered
        first.
    """
    rng = np.random.default_rng(seed)
    gauss_newton = GaussNewton(objective, instrument, logits)
    with suppress(BudgetSpentError):
        gauss_newton.play(candidates(instrument, logits, refinement.candidates, rng))
        while gauss_newton.can_improve:
            gauss_newton.iterate(rng)
    return objective.result()


def refine_predictions(
    engine: Engine,
    instrument: Instrument,
    shard: Shard,
    logits: Logits,
    refinement: RefinementConfig,
    seeds: Sequence[np.random.SeedSequence],
    level_dbfs: float,
    progress: ProgressHook | None = None,
) -> list[SearchResult]:
    """Refine a solver's predictions for the sounds of a shard.

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
        Budget for each sound.
    seeds : sequence of numpy.random.SeedSequence
        One for each.
    level_dbfs : float
        Level below which every note is silent, see `synthinv.search.objective.quietest_for`.
    progress : callable, optional
        Told how many sounds are done, and how many there are.

    Returns
    -------
    list of SearchResult
        One for each.
    """
    results = []
    for note, row, seed in zip(shard.audio, logits, seeds, strict=True):
        reference = SpectralReference(note, shard.sample_rate)
        quietest = quietest_for(note, level_dbfs)
        objective = Objective(
            engine, reference, refinement.renders, refinement.seconds, quietest=quietest
        )
        results.append(refine(objective, instrument, row[np.newaxis], refinement, seed))
        if progress is not None:
            progress(len(results), len(seeds))
    return results


def candidates(
    instrument: Instrument, logits: Logits, count: int, rng: np.random.Generator
) -> Patches:
    """Choose initial patches: the solver's prediction, then draws from its distributions.

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
        Different patches, the prediction first.
    """
    # Twice as many as wanted, since narrow distributions give the same patch repeatedly.
    drawn = sample_labels(instrument, logits, 2 * count, rng)[:, 0]
    labels = np.concatenate([predicted_labels(instrument, logits), drawn])
    return _distinct(instrument, instrument.decode(labels))[:count].astype(np.uint8)


def standard_deviations(instrument: Instrument, logits: Logits) -> Steps:
    """Compute the standard deviations of the knobs' distributions.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    logits : float32 array [1, classes of all knobs]
        The solver's output for one sound.

    Returns
    -------
    float64 array [parameters]
        Standard deviations in steps, at least 1.
    """
    variances = []
    for knob, chances in zip(instrument.parameters, probabilities(instrument, logits), strict=True):
        values = knob.steps.astype(np.float64)
        mean = chances[0] @ values
        variances.append(chances[0] @ (values - mean) ** 2)
    return np.sqrt(np.maximum(variances, 1))


def least_absolute_deviations(
    jacobian: npt.NDArray[np.floating],
    differences: npt.NDArray[np.floating],
    scales: Steps,
    damping: float,
) -> Steps:
    """Solve for the step that leaves the least absolute differences, if the Jacobian holds.

    Iteratively reweighted least squares: the weight of a point is the inverse of its residual (P.
    Holland and R. Welsch, "Robust regression using iteratively reweighted least-squares", 1977).

    Parameters
    ----------
    jacobian : float array [points, knobs]
        Change of each point per step of each knob.
    differences : float array [points]
        Differences to compensate.
    scales : float64 array [knobs]
        Plausible sizes of the step, in steps.
    damping : float
        Penalty on the square of the step relative to `scales`.

    Returns
    -------
    float64 array [knobs]
        The step, in steps.
    """
    penalty = np.diag(damping / scales**2)
    residuals = np.full_like(differences, np.abs(differences).mean())
    step = np.zeros(len(scales))
    for _ in range(REWEIGHTINGS):
        weighted = jacobian / np.maximum(np.abs(residuals), LEAST_DIFFERENCE)[:, np.newaxis]
        normal = (weighted.T @ jacobian).astype(np.float64) + penalty
        step = -np.linalg.solve(normal, (weighted.T @ differences).astype(np.float64)).astype(float)
        residuals = differences + jacobian @ step.astype(jacobian.dtype)
    return step


class GaussNewton:
    """Gauss-Newton iterations from the best patches that were played so far.

    Parameters
    ----------
    objective : Objective
        The sound, the engine and the budget.
    instrument : Instrument
        The instrument.
    logits : float32 array [1, classes of all knobs]
        A solver's output for the sound: how far knobs may have to move, and what positions to try.
    points : int, optional
        Differences that a step is computed from, evenly spread over all of them; by default all.
        For long sounds, solving for a step would otherwise take longer than its renders.
    """

    def __init__(
        self,
        objective: Objective,
        instrument: Instrument,
        logits: Logits,
        points: int | None = None,
    ) -> None:
        self._objective, self._instrument, self._logits = objective, instrument, logits
        self._points = points
        self._positions = np.flatnonzero(~instrument.continuous)
        self._scales = standard_deviations(instrument, logits)
        # A knob with a wide distribution hardly changes the sound in one step, and over more
        # steps a finite difference averages the derivative.
        self._differencing_steps = np.rint(np.sqrt(self._scales)).astype(np.int64)
        self._played: set[bytes] = set()
        self._bases: list[Played] = []
        self._best: Played | None = None

    @property
    def best(self) -> Played:
        """The best patch that was played; there must be one."""
        if self._best is None:
            raise ValueError("nothing has been played")
        return self._best

    @property
    def least(self) -> float:
        """The least error so far."""
        return np.inf if self._best is None else self._best.error

    @property
    def can_improve(self) -> bool:
        """Whether there is a patch to iterate from, and an error left."""
        return bool(self._bases) and self.least > 0

    @property
    def cost(self) -> int:
        """Renders of the next iteration's Jacobian; there must be a patch to iterate from."""
        return len(self._sloped(self._bases[0]))

    def play(self, patches: npt.NDArray[np.integer]) -> list[Played]:
        """Render patches, and keep them as starting points of later iterations."""
        # What the budget still covers is kept, too.
        played = self._objective.play(patches[: max(1, self._objective.left)])
        self.add(played)
        if len(played) < len(patches):
            raise BudgetSpentError
        return played

    def add(self, played: Sequence[Played]) -> None:
        """Keep patches that were played as starting points of later iterations."""
        # A neighbour may have been played before, and no iteration starts twice from one patch.
        keys = self._keys(np.stack([each.patch for each in played]))
        by_patch = dict(zip(keys, played, strict=True))
        new = [each for patch, each in by_patch.items() if patch not in self._played]
        self._played.update(by_patch)
        candidates = played if self._best is None else [self._best, *played]
        self._best = min(candidates, key=lambda each: each.error)
        self._bases = sorted([*self._bases, *new], key=lambda base: base.error)[:KEPT]

    def iterate(self, rng: np.random.Generator) -> None:
        """Iterate from the best patch that no iteration has started from."""
        base = self._bases.pop(0)
        patches = [self._redrawn(base, rng)]
        knobs = self._sloped(base)
        if len(knobs):
            patches.append(self._stepped(base, knobs, self._jacobian(base, knobs, rng)))
        distinct = _distinct(self._instrument, np.concatenate(patches))
        new = [
            patch
            for patch, key in zip(distinct, self._keys(distinct), strict=True)
            if key not in self._played
        ]
        if new:
            self.play(np.stack(new))

    def _sloped(self, base: Played) -> Indices:
        """List the knobs that a patch's Jacobian takes a render for: none that is switched off."""
        return np.flatnonzero(self._instrument.continuous & self._instrument.active(base.patch))

    def _keys(self, patches: npt.NDArray[np.integer]) -> list[bytes]:
        """Return a key for each patch, the same for those that differ without effect."""
        return [patch.tobytes() for patch in self._instrument.canonical(patches)]

    def _jacobian(self, base: Played, knobs: Indices, rng: np.random.Generator) -> Differences:
        """Estimate the Jacobian by finite differences: float32 [points, knobs]."""
        # Up or down at random: two neighbouring bases would otherwise have the same neighbours,
        # and lead to the same patches.
        steps = self._differencing_steps[knobs] * rng.choice([-1, 1], len(knobs))
        moved = base.patch[knobs] + steps
        beyond = (moved < 0) | (moved > self._instrument.highest[knobs])
        steps = np.where(beyond, -steps, steps)
        neighbours = np.tile(base.patch, (len(steps), 1))
        neighbours[np.arange(len(steps)), knobs] += steps
        played = self.play(neighbours)
        own = self._thinned(base.differences)
        differences = np.stack([self._thinned(p.differences) for p in played], axis=1)
        jacobian = (differences - own[:, np.newaxis]) / steps.astype(np.float32)
        return np.asarray(jacobian, dtype=np.float32)

    def _thinned(self, differences: Differences) -> Differences:
        """Return some of the differences, multiplied so that their sum stays about the same."""
        if self._points is None or len(differences) <= self._points:
            return differences
        places = np.linspace(0, len(differences) - 1, self._points).astype(int)
        share = np.float32(len(differences) / self._points)
        return np.asarray(differences[places] * share, dtype=np.float32)

    def _stepped(
        self, base: Played, knobs: Indices, jacobian: Differences
    ) -> npt.NDArray[np.int64]:
        """Step towards the sound with every damping and share: int64 [n, parameters]."""
        rows = []
        own = self._thinned(base.differences)
        for damping in DAMPINGS:
            step = least_absolute_deviations(jacobian, own, self._scales[knobs], damping)
            for share in SHARES:
                row = base.patch.copy()
                row[knobs] += np.rint(share * step).astype(np.int64)
                rows.append(row.clip(0, self._instrument.highest))
        return np.stack(rows)

    def _redrawn(self, base: Played, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """Redraw the knobs with positions from their distributions: int64 [n, parameters]."""
        drawn = sample_labels(self._instrument, self._logits, REDRAWS, rng)[:, 0]
        rows = np.tile(base.patch, (REDRAWS, 1))
        rows[:, self._positions] = self._instrument.decode(drawn)[:, self._positions]
        return rows


def _distinct(instrument: Instrument, patches: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """Return the patches that differ with effect, in the order of their first appearance."""
    _, first = np.unique(instrument.canonical(patches), axis=0, return_index=True)
    distinct: npt.NDArray[np.integer] = patches[np.sort(first)]
    return distinct
