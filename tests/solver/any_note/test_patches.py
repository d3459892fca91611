"""Kinds of patches."""

import numpy as np
import pytest

from synthinv.audio.presses import LONGEST_SECONDS
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.varied_notes import VariedNotesConfig
from synthinv.instruments.load import hold
from synthinv.solver.any_note.patches import PatchDraws, require_drawable
from tests.solver.any_note.conftest import INSTRUMENT


def kinds(*given: dict[str, object]) -> VariedNotesConfig:
    return VariedNotesConfig.model_validate({"kinds": given})


def test_knobs_are_drawn_from_their_kinds_ranges() -> None:
    varied = kinds(
        {"name": "any", "weight": 1},
        {"name": "low", "weight": 1, "knobs": {"cutoff": [[3, 0, 0], [1, 10, 12]]}},
        {"name": "lower", "weight": 2, "like": "low", "knobs": {"range": [[1, 30, 60]]}},
    )
    patches = PatchDraws(INSTRUMENT, varied)(4_000, np.random.default_rng(0))
    cutoff = patches[:, 1]
    assert patches.dtype == np.uint8
    assert (cutoff == 0).mean() == pytest.approx(0.75 * 0.75, abs=0.03)
    assert ((cutoff >= 10) & (cutoff <= 12)).mean() == pytest.approx(0.75 * 0.25, abs=0.03)
    # Values of a knob with positions are those of the positions.
    assert set(patches[:, 0].tolist()) == {0, 26, 51, 77, 102, 127}
    assert np.isin(patches[:, 0], (26, 51)).mean() == pytest.approx(0.5 + 0.5 / 3, abs=0.03)


def test_by_default_patches_are_the_instruments() -> None:
    rng, again = (np.random.default_rng(0) for _ in range(2))
    patches = PatchDraws(INSTRUMENT, VariedNotesConfig())(5, rng)
    np.testing.assert_array_equal(patches, [INSTRUMENT.sample(again) for _ in range(5)])


def test_no_sound_is_longer_than_what_a_solver_takes_in() -> None:
    assert VariedNotesConfig().seconds[1] == LONGEST_SECONDS
    with pytest.raises(ValueError, match="seconds: must lie within"):
        VariedNotesConfig(seconds=(1, LONGEST_SECONDS + 0.01))


def test_a_knob_that_is_held_is_left_out_and_an_unknown_one_refused() -> None:
    varied = kinds({"name": "low", "weight": 1, "knobs": {"range": [[1, 0, 0]]}})
    held = hold(INSTRUMENT, {"range": 77})
    require_drawable(held, varied)
    assert PatchDraws(held, varied)(3, np.random.default_rng(0)).shape == (3, 1)
    unknown = kinds({"name": "low", "weight": 1, "knobs": {"drive": [[1, 0, 0]]}})
    with pytest.raises(SynthinvError, match=r"kinds: low: .* has no knob 'drive'"):
        require_drawable(INSTRUMENT, unknown)


def test_a_step_above_a_knobs_highest_is_refused() -> None:
    beyond = kinds({"name": "low", "weight": 1, "knobs": {"cutoff": [[1, 0, 9], [1, 100, 128]]}})
    with pytest.raises(SynthinvError, match="low: a range of cutoff ends at 128, above 127"):
        require_drawable(INSTRUMENT, beyond)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kinds": [{"name": "a", "weight": 1, "like": "b"}]}, "a is like b"),
        ({"kinds": [{"name": "a", "weight": 1}] * 2}, "a is given twice"),
        ({"kinds": [{"name": "a", "weight": 1, "knobs": {"k": [[1, 9, 8]]}}]}, "weight above 0"),
        ({"seconds": [0.1, 5]}, "seconds: must lie within"),
        ({"held": [0, 1]}, "held: must lie above 0"),
        ({"keys": [60, 50]}, "60 is above 50"),
        ({"velocities": [0, 127]}, "velocities: must be at least 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VariedNotesConfig.model_validate(given)
