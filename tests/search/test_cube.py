"""The unit cube of the patch searches: points to patches, and back."""

import numpy as np
import pytest

from synthinv.instruments.load import load_instrument
from synthinv.search.cube import patches_at, points_of


@pytest.mark.parametrize(
    "name", ["minimoog-1osc", "minimoog-3osc", "minimoog", "amsynth", "amsynth-16"]
)
def test_a_patch_has_a_point_that_leads_back_to_it(name: str) -> None:
    instrument = load_instrument(name)
    rng = np.random.default_rng(0)
    patches = patches_at(instrument, rng.uniform(0.01, 0.99, (500, len(instrument.names))))
    points = points_of(instrument, patches)
    assert points.min() >= 0
    assert points.max() <= 1
    np.testing.assert_array_equal(patches_at(instrument, points), patches)


def test_values_that_are_hardly_ever_drawn_lie_at_the_ends() -> None:
    instrument = load_instrument("minimoog-1osc")
    tuning = instrument.names.index("osc1_tuning")
    lowest, highest = points_of(instrument, np.array([[0] * 12, [127] * 12]))[:, tuning]
    assert 0 < lowest < 0.01
    assert 0.99 < highest < 1


def test_positions_have_equal_shares_of_their_axis() -> None:
    instrument = load_instrument("minimoog-1osc")
    positions = instrument.parameters[0].positions
    assert positions is not None
    points = np.full((6_000, 12), 0.5)
    points[:, 0] = np.linspace(0, 1, 6_000, endpoint=False)
    values, counts = np.unique(patches_at(instrument, points)[:, 0], return_counts=True)
    assert values.tolist() == list(positions)
    assert set(counts.tolist()) == {6_000 // len(positions)}
