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


def test_sounds_of_one_group_are_drawn_together() -> None:
    values = np.random.default_rng(1).normal(size=(50, 1))
    groups = [str(i) for i in range(50)]
    alone = resampled_means(values)
    assert np.array_equal(resampled_means(values, groups), alone)
    # Sounds that repeat others add nothing, however many there are.
    assert resampled_means(np.repeat(values, 4, axis=0), [g for g in groups for _ in range(4)]) == (
        pytest.approx(alone)
    )
    assert mean_interval([1.0, 2.0, 3.0], ["a", "a", "a"]) == (2, 2)


def test_a_group_counts_as_often_as_it_has_sounds() -> None:
    means = resampled_means([[0.0], [1.0], [1.0]], ["b", "a", "a"])[:, 0]
    # One group twice, or each of them once.
    assert set(means.round(9)) == {0, round(2 / 3, 9), 1}
