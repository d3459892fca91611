import numpy as np
import pytest

from synthinv.thesis.published import (
    BEST_PSD_ERROR,
    FIGURES,
    PUBLISHED,
    InMostSeeds,
    NearMean,
    OnAverage,
    PublishedNumber,
    WithinRange,
)


def test_the_numbers_are_the_thesiss() -> None:
    numbers = [item.value for item in PUBLISHED if isinstance(item, PublishedNumber)]
    assert numbers == [0.0842, 0.1345, 0.1219, 13, 0.0112]
    assert BEST_PSD_ERROR.place == "Figure 16"
    assert PUBLISHED[-1].place == "Section 5"


def test_every_published_item_has_a_name_of_its_own() -> None:
    names = [item.name for item in PUBLISHED]
    assert len(set(names)) == len(names)
    assert FIGURES == ("12", "13a", "13b", "14", "16", "17", "ablation")


@pytest.mark.parametrize(
    ("seeds", "agrees"),
    [
        ([0.9, 1.1], True),
        ([0.5, 0.96], True),
        ([1.04, 2.0], True),
        ([0.5, 0.94], False),
        ([1.06, 2.0], False),
        ([0.9, np.nan], False),
    ],
)
def test_a_number_lies_within_the_seeds_range_or_just_beyond(
    seeds: list[float], agrees: bool
) -> None:
    assert WithinRange(1.0, 1.05).agrees(seeds) is agrees


@pytest.mark.parametrize(
    ("seeds", "agrees"),
    [([0.08, 0.33], False), ([0.08, 0.13], True), ([0.1, 0.1], True), ([0.1, np.nan], False)],
)
def test_a_mean_is_compared_with_the_seeds_mean(seeds: list[float], agrees: bool) -> None:
    assert NearMean(0.1, 0.1).agrees(seeds) is agrees


@pytest.mark.parametrize(
    ("seeds", "agrees"),
    [([1, 1, -9], True), ([1, -1], False), ([0, 0, 0], False), ([1, np.nan, np.nan], False)],
)
def test_a_statement_holds_in_more_than_half_of_the_seeds(seeds: list[float], agrees: bool) -> None:
    assert InMostSeeds(above=0).agrees(seeds) is agrees


def test_a_bound_that_is_not_given_lets_even_infinity_agree() -> None:
    assert InMostSeeds(above=10).agrees([np.inf])
    assert not InMostSeeds(above=10, below=20).agrees([np.inf])


@pytest.mark.parametrize(
    ("seeds", "agrees"), [([1, 1, -9], False), ([9, -1, -1], True), ([1, np.nan], False)]
)
def test_a_statement_on_a_mean_holds_in_the_seeds_mean(seeds: list[float], agrees: bool) -> None:
    assert OnAverage(above=0).agrees(seeds) is agrees


def test_every_rule_is_put_in_words() -> None:
    assert WithinRange(1, 1.05).rule == "it lies within the seeds' range, widened by 5 %"
    assert WithinRange(1, 3).rule == "it lies within the seeds' range, widened by a factor of 3"
    assert NearMean(1, 0.1).rule == "the seeds' mean is within 10 % of it"
    assert InMostSeeds(0.75, 1.25).rule == "between 0.75 and 1.25 in more than half of the seeds"
    assert InMostSeeds(below=0.03).rule == "below 0.03 in more than half of the seeds"
    assert OnAverage(above=0).rule == "above 0 in the seeds' mean"
