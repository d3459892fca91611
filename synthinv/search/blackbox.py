"""Black-box patch searches, the baselines of refinement: they start without a prediction.

Hill climber and genetic algorithm are those of M. Yee-King, L. Fedden and M. d'Inverno, "Automatic
programming of VST sound synthesizers using deep networks and other techniques", IEEE Transactions
on Emerging Topics in Computational Intelligence, 2018, with the settings of their repository
yeeking/deepvstprogrammers. CMA-ES is that of the package `cma` (N. Hansen).

All search the unit cube, in which the data sets' patches are uniformly distributed (see
`patches_at`), so they use how patches are drawn, as a trained network does. All end when their
budget is spent.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

import numpy as np
import numpy.typing as npt

from synthinv.audio.level import is_silent, peak
from synthinv.capture.shards import Shard
from synthinv.common.blas import one_blas_thread
from synthinv.common.progress import ProgressHook, shifted
from synthinv.engines.base import Engine
from synthinv.instruments.model import Instrument, Patches
from synthinv.metrics.audio import SpectralReference, spectral_points
from synthinv.search.cube import Points, patches_at
from synthinv.search.objective import (
    BudgetSpentError,
    Errors,
    Objective,
    PatchSearch,
    SearchResult,
    quietest_for,
    total,
)

RANDOM_BATCH = 50
"""Patches that random search renders at a time."""
CLIMBER_STEP, CLIMBER_ACCELERATION = 0.1, 1.2
"""Initial step of the hill climber, as a share of a knob's travel, and its factor."""
POPULATION = 200
"""Patches in a generation of the genetic algorithm."""
ELITE = 0.05
"""Share of a generation that copies the two best patches of the previous one."""
MUTATION_RATE, MUTATION_SIZE = 0.01, 0.1
"""Probability of moving a child's knob, and the move as a share of its travel."""
WORST_ERROR = 80.0
"""Error in dB at which a patch's fitness is 0; fitness is how far below it a patch's error lies."""
CMA_STEP = 0.3
"""Initial standard deviation of CMA-ES, as a share of a knob's travel."""
LIBRARY_BATCH = 100
"""Patches of the library that are rendered at a time."""


def random_search(
    objective: Objective, instrument: Instrument, rng: np.random.Generator
) -> SearchResult:
    """Draw patches from the data sets' distribution, and keep the best.

    Parameters
    ----------
    objective : Objective
        The error to minimise, and the budget.
    instrument : Instrument
        The instrument.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    SearchResult
        The best patch.
    """
    with suppress(BudgetSpentError):
        while True:
            objective(patches_at(instrument, rng.random((RANDOM_BATCH, _knobs(instrument)))))
    return objective.result()


def hill_climber(
    objective: Objective, instrument: Instrument, rng: np.random.Generator
) -> SearchResult:
    """Move one knob after the other to the best of five places, each with its own step size.

    The climb starts at the middle of every knob, as published. A knob that stays where it is gets a
    smaller step size. Once none is large enough to change a knob's value, the climb starts again
    from a random patch.

    Parameters
    ----------
    objective, instrument, rng
        As in `random_search`.

    Returns
    -------
    SearchResult
        The best patch.
    """
    point = np.full(_knobs(instrument), 0.5)
    with suppress(BudgetSpentError):
        while True:
            _climb(objective, instrument, point)
            point = rng.random(len(point))
    return objective.result()


def _climb(objective: Objective, instrument: Instrument, point: Points) -> None:
    steps = np.full(len(point), CLIMBER_STEP)
    factors = np.array([1, -1]) * CLIMBER_ACCELERATION ** np.array([[1], [-1]])
    here = objective(patches_at(instrument, point[np.newaxis]))[0]
    while np.abs(steps).max() > 1 / instrument.highest.max():
        for knob in range(len(point)):
            moves = np.tile(point, (factors.size, 1))
            moves[:, knob] = (point[knob] + steps[knob] * factors.ravel()).clip(0, 1)
            errors = objective(patches_at(instrument, moves))
            best = errors.argmin()
            if errors[best] < here:
                here, point = errors[best], moves[best]
                steps[knob] *= factors.ravel()[best]
            else:
                steps[knob] /= CLIMBER_ACCELERATION


def genetic_algorithm(
    objective: Objective, instrument: Instrument, rng: np.random.Generator
) -> SearchResult:
    """Evolve patches by crossover of half the knobs, with parents drawn by fitness, and mutation.

    As published, a generation has 200 patches, 5 % of which copy the two best of the previous one,
    and each knob of a child moves by a tenth of its travel with a probability of 1 %. The published
    code does not store such a move; here it is stored.

    Parameters
    ----------
    objective, instrument, rng
        As in `random_search`.

    Returns
    -------
    SearchResult
        The best patch.
    """
    with suppress(BudgetSpentError):
        points = rng.random((POPULATION, _knobs(instrument)))
        errors = objective(patches_at(instrument, points))
        while True:
            order = errors.argsort(kind="stable")
            elite = order[np.arange(round(ELITE * POPULATION)) % 2]
            children = _children(points, errors, POPULATION - len(elite), rng)
            # Copies are not rendered again, and cost no budget.
            errors = np.concatenate([errors[elite], objective(patches_at(instrument, children))])
            points = np.concatenate([points[elite], children])
    return objective.result()


def _children(points: Points, errors: Errors, count: int, rng: np.random.Generator) -> Points:
    fitness = (WORST_ERROR - errors).clip(0)
    if not fitness.any():
        # None is better than another.
        fitness = np.ones(len(points))
    parents = points[rng.choice(len(points), (2, count), p=fitness / fitness.sum())]
    half = points.shape[1] // 2
    children = np.concatenate([parents[0][:, :half], parents[1][:, half:]], axis=1)
    moved = rng.random(children.shape) < MUTATION_RATE
    moves = rng.choice([-MUTATION_SIZE, MUTATION_SIZE], children.shape)
    return np.asarray((children + moved * moves).clip(0, 1))


@one_blas_thread()
def cma_es(objective: Objective, instrument: Instrument, rng: np.random.Generator) -> SearchResult:
    """Run CMA-ES from the middle of every knob; restart with twice the population on convergence.

    Parameters
    ----------
    objective, instrument, rng
        As in `random_search`.

    Returns
    -------
    SearchResult
        The best patch.
    """
    knobs = _knobs(instrument)
    population = 4 + int(3 * np.log(knobs))
    start = np.full(knobs, 0.5)
    with suppress(BudgetSpentError):
        while True:
            _evolve(objective, instrument, start, population, rng)
            start, population = rng.random(knobs), 2 * population
    return objective.result()


def _evolve(
    objective: Objective,
    instrument: Instrument,
    start: Points,
    population: int,
    rng: np.random.Generator,
) -> None:
    # Not at the top: importing it takes a while, and only CMA-ES needs it.
    import cma

    options = {
        "bounds": [0, 1],
        "popsize": population,
        "verbose": -9,
        # Otherwise NumPy's global random state is seeded.
        "seed": np.nan,
        "randn": lambda *shape: rng.standard_normal(shape),
    }
    strategy = cma.CMAEvolutionStrategy(start, CMA_STEP, options)
    while not strategy.stop():
        points = strategy.ask()
        strategy.tell(points, list(objective(patches_at(instrument, np.array(points)))))


LIBRARY = "library"
METHODS: dict[str, PatchSearch] = {
    "random": random_search,
    "hill_climber": hill_climber,
    "genetic": genetic_algorithm,
    "cma_es": cma_es,
}


def search_patches(
    method: str,
    engine: Engine,
    instrument: Instrument,
    shard: Shard,
    indices: Sequence[int],
    renders: int,
    seed: Callable[..., np.random.SeedSequence],
    level_dbfs: float,
    progress: ProgressHook | None = None,
) -> list[Errors]:
    """Search for the patches of some sounds.

    Parameters
    ----------
    method : str
        One of `METHODS`, or `library`, which is rendered once for all sounds.
    engine : Engine
        An open engine, which played the shard.
    instrument : Instrument
        The instrument.
    shard : Shard
        Sounds.
    indices : sequence of int
        Indices of the sounds to search for.
    renders : int
        Renders for each sound.
    seed : callable
        Makes seeds: from a sound's index for its patch search, from nothing for the library.
    level_dbfs : float
        Level below which every note is silent, see `synthinv.search.objective.quietest_for`.
    progress : callable, optional
        Told how many renders are done, and how many there are.

    Returns
    -------
    list of float64 array [renders]
        Least MSS in decibels after each render, a curve for each sound.
    """
    notes = shard.audio[list(indices)]
    quietest = [quietest_for(note, level_dbfs) for note in notes]
    if method == LIBRARY:
        library = random_library(instrument, renders, np.random.default_rng(seed()))
        library = _counted(library, renders, progress)
        return list(nearest_in_library(engine, library, notes, shard.sample_rate, quietest))
    curves: list[Errors] = []
    for index, note, limit in zip(indices, notes, quietest, strict=True):
        reference = SpectralReference(note, shard.sample_rate)
        objective = Objective(engine, reference, renders, quietest=limit)
        objective.progress = shifted(progress, renders * len(curves), renders * len(notes))
        rng = np.random.default_rng(seed(index))
        curves.append(METHODS[method](objective, instrument, rng).curve)
    return curves


def _counted(
    library: Iterable[Patches], renders: int, progress: ProgressHook | None
) -> Iterator[Patches]:
    """Yield a library's batches, and report those that have been rendered."""
    done = 0
    for patches in library:
        yield patches
        done += len(patches)
        if progress is not None:
            progress(done, renders)


def nearest_in_library(
    engine: Engine,
    library: Iterable[npt.NDArray[np.integer]],
    notes: npt.NDArray[np.float32],
    sample_rate: int,
    quietest: Sequence[float],
) -> Errors:
    """Find every sound's nearest note in a library that is rendered once for all sounds.

    Parameters
    ----------
    engine : Engine
        An open engine.
    library : iterable of int array [n, parameters]
        The library's patches, in batches.
    notes : float32 array [sounds, samples]
        The sounds.
    sample_rate : int
        In Hz.
    quietest : sequence of float
        Peak below which a patch's note is silence, for each sound, see
        `synthinv.search.objective.silenced`.

    Returns
    -------
    float64 array [sounds, library]
        Least MSS in decibels among the library's first patches, by their number.
    """
    sounds = spectral_points(notes, sample_rate)
    silence = total(sounds - spectral_points(np.zeros_like(notes[:1]), sample_rate))
    least = np.full((len(notes), 1), np.inf)
    curves = []
    for patches in library:
        played = engine.render(patches)
        # What is silence beside one sound may be loud enough for another.
        peaks = peak(played)
        silent = [is_silent(peaks, limit) for limit in quietest]
        points = spectral_points(played, sample_rate)
        errors = np.stack([total(points - sound) for sound in sounds])
        errors = np.where(silent, silence[:, np.newaxis], errors)
        curves.append(np.minimum(np.minimum.accumulate(errors, axis=1), least))
        least = curves[-1][:, -1:]
    return np.concatenate(curves, axis=1)


def random_library(
    instrument: Instrument, size: int, rng: np.random.Generator
) -> Iterator[Patches]:
    """Draw a library from the data sets' distribution, in batches whose notes fit into memory.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    size : int
        Patches in all.
    rng : numpy.random.Generator
        Source of randomness.

    Yields
    ------
    uint8 array [n, parameters]
        The next patches.
    """
    for start in range(0, size, LIBRARY_BATCH):
        count = min(LIBRARY_BATCH, size - start)
        yield patches_at(instrument, rng.random((count, _knobs(instrument))))


def _knobs(instrument: Instrument) -> int:
    return len(instrument.parameters)
