import numpy as np
import pytest

from synthinv.evaluate.bootstrap import RESAMPLINGS, mean_interval, resampled_means


def test_means_scatter_as_those_of_new_sounds_would() -> None:
    values = np.random.default_rng(0).normal(size=(400, 2))
    means = resampled_means(values)
    assert means.shape == (RESAMPLINGS, 2)
    assert means.mean(axis=0) == pytest.approx(values.mean(axis=0), abs=0.01)
    assert means.std(axis=0) == pytest.approx(values.std(axis=0) / 20, rel=0.15)


def test_the_same_sounds_are_drawn_for_all_columns_and_every_time() -> None:
    values = np.arange(10.0)
    means = resampled_means(np.stack([values, 2 * values], axis=1))
    assert means[:, 1] == pytest.approx(2 * means[:, 0])
    assert np.array_equal(means, resampled_means(np.stack([values, 2 * values], axis=1)))


def test_an_interval_encloses_the_mean() -> None:
    lower, upper = mean_interval([1.0, 2.0, 3.0, 10.0])
    assert 1 <= lower < 4 < upper <= 10
    assert mean_interval([5.0]) == (5, 5)
