"""CMA-ES that is asked for one generation at a time."""

from collections.abc import Callable

import numpy as np

from synthinv.search.cma_es import CmaEs
from synthinv.search.cube import Points
from synthinv.search.objective import Errors

KNOBS = 8
SCALES = np.logspace(0, 3, KNOBS)
OPTIMUM = np.linspace(0.3, 0.7, KNOBS)


def ill_conditioned(points: Points) -> Errors:
    """Return a quadratic whose steepest direction has a million times the flattest one's slope."""
    rotation = np.linalg.qr(np.random.default_rng(5).normal(size=(KNOBS, KNOBS)))[0]
    errors: Errors = np.square((points - OPTIMUM) @ rotation * SCALES).sum(axis=1)
    return errors


def least(function: Callable[[Points], Errors], generations: int, seed: int = 0) -> float:
    strategy = CmaEs(np.full(KNOBS, 0.5), 0.2, 16, np.random.default_rng(seed))
    errors = []
    for _ in range(generations):
        points = strategy.ask()
        assert points.shape == (16, KNOBS)
        assert points.min() >= 0
        assert points.max() <= 1
        errors.append(function(points))
        strategy.tell(errors[-1])
    return float(np.min(errors))


def test_the_minimum_of_an_ill_conditioned_quadratic_is_found() -> None:
    assert least(ill_conditioned, 400) < 1e-6 < least(ill_conditioned, 20)


def test_a_minimum_at_the_faces_of_the_cube_is_found() -> None:
    corner = np.array([0.0, 1.0] * (KNOBS // 2))
    assert least(lambda points: np.abs(points - corner).sum(axis=1), 200) < 0.01


def test_it_depends_on_its_seed_alone() -> None:
    assert least(ill_conditioned, 30) == least(ill_conditioned, 30)
    assert least(ill_conditioned, 30) != least(ill_conditioned, 30, seed=1)


def test_it_narrows_as_it_converges_and_does_not_break_down() -> None:
    strategy = CmaEs(np.full(KNOBS, 0.5), 0.2, 16, np.random.default_rng(0))
    assert strategy.spread == 0.2
    for _ in range(1_500):
        strategy.tell(np.square(strategy.ask() - OPTIMUM).sum(axis=1))
    assert strategy.spread < 1e-3
    assert np.isfinite(strategy.ask()).all()
