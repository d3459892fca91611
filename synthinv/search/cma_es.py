"""CMA-ES, asked for a generation at a time, so that several can share one batch of renders.

N. Hansen, "The CMA evolution strategy: a tutorial", 2016, with the default settings given there,
except for negative weights, which are left out. The baseline of the patch searches is the package
`cma`, see `synthinv.search.blackbox`; it takes longer to import than a match has for all it does.
"""

import numpy as np

from synthinv.search.cube import Points
from synthinv.search.objective import Errors

LEAST_VARIANCE = 1e-12
"""Variance below which an axis of the distribution does not shrink further."""


class CmaEs:
    """One evolution strategy in the unit cube.

    Parameters
    ----------
    mean : float64 array [knobs]
        Where it starts.
    deviation : float
        Standard deviation of the first generation, as a share of a knob's axis.
    population : int
        Points of a generation.
    rng : numpy.random.Generator
        Source of randomness.

    Attributes
    ----------
    spread : float
        The largest standard deviation of the next generation along any direction.
    """

    def __init__(
        self, mean: Points, deviation: float, population: int, rng: np.random.Generator
    ) -> None:
        knobs, parents = len(mean), population // 2
        self._rng, self._population = rng, population
        weights = np.log(population / 2 + 0.5) - np.log(np.arange(1, parents + 1))
        self._weights = weights / weights.sum()
        effective = 1 / np.square(self._weights).sum()
        self._effective = effective
        self._path_rate = (4 + effective / knobs) / (knobs + 4 + 2 * effective / knobs)
        self._step_rate = (effective + 2) / (knobs + effective + 5)
        self._rank_one = 2 / ((knobs + 1.3) ** 2 + effective)
        rank_parents = 2 * (effective - 2 + 1 / effective) / ((knobs + 2) ** 2 + effective)
        self._rank_parents = min(1 - self._rank_one, rank_parents)
        excess = max(0.0, np.sqrt((effective - 1) / (knobs + 1)) - 1)
        self._damping = 1 + 2 * excess + self._step_rate
        self._expected = np.sqrt(knobs) * (1 - 1 / (4 * knobs) + 1 / (21 * knobs**2))
        self._mean, self._step = mean.copy(), deviation
        self._covariance = np.eye(knobs)
        self._path, self._step_path = np.zeros(knobs), np.zeros(knobs)
        self._points = np.empty((0, knobs))
        self._decompose()

    @property
    def spread(self) -> float:
        """The largest standard deviation of the next generation along any direction."""
        return float(self._step * self._lengths.max())

    def ask(self) -> Points:
        """Draw a generation: float64 [population, knobs], points of the unit cube.

        What falls outside is reflected at the faces.
        """
        normal = self._rng.standard_normal((self._population, len(self._mean)))
        points = self._mean + self._step * (normal * self._lengths) @ self._axes.T
        points = np.abs(points)
        self._points = np.where(points > 1, 2 - points, points).clip(0, 1)
        return self._points

    def tell(self, errors: Errors) -> None:
        """Move and shape the distribution by the errors [population] of the last generation."""
        order = np.argsort(errors, kind="stable")[: len(self._weights)]
        steps = (self._points[order] - self._mean) / self._step
        step = self._weights @ steps
        self._mean = self._mean + self._step * step
        whitened = self._axes @ ((self._axes.T @ step) / self._lengths)
        rate = self._step_rate
        self._step_path *= 1 - rate
        self._step_path += np.sqrt(rate * (2 - rate) * self._effective) * whitened
        length = float(np.linalg.norm(self._step_path)) / self._expected
        rate = self._path_rate
        self._path *= 1 - rate
        # A path that is too long for its axes would stretch the distribution while it still grows.
        if length < 1.4 + 2 / (len(step) + 1):
            self._path += np.sqrt(rate * (2 - rate) * self._effective) * step
        self._covariance *= 1 - self._rank_one - self._rank_parents
        self._covariance += self._rank_one * np.outer(self._path, self._path)
        self._covariance += self._rank_parents * (steps.T * self._weights) @ steps
        self._step *= float(np.exp(min(1, self._step_rate / self._damping * (length - 1))))
        self._decompose()

    def _decompose(self) -> None:
        self._covariance = (self._covariance + self._covariance.T) / 2
        variances, self._axes = np.linalg.eigh(self._covariance)
        self._lengths = np.sqrt(np.maximum(variances, LEAST_VARIANCE))
