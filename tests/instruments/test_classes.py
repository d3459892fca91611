import numpy as np
import numpy.typing as npt
import pytest

from synthinv.instruments.classes import (
    class_counts,
    classes_of,
    predicted_labels,
    probabilities,
    sample_labels,
)
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Parameter

INSTRUMENT = Instrument(
    name="two knobs",
    parameters=(
        Parameter(name="range", group="", cc=20, positions=(0, 26, 51)),
        Parameter(name="cutoff", group="", cc=70),
    ),
)
CLASSES = class_counts(INSTRUMENT)


def logits(chances: list[dict[int, float]]) -> npt.NDArray[np.float32]:
    """Return one sound's logits, from the probabilities of a few classes of each knob."""
    parts = [np.full(count, -100.0, dtype=np.float32) for count in CLASSES]
    for part, own in zip(parts, chances, strict=True):
        for index, chance in own.items():
            part[index] = np.log(chance)
    return np.concatenate(parts)[np.newaxis]


def test_a_knob_has_a_class_per_cc_value_or_per_position() -> None:
    assert CLASSES == (3, 128)
    np.testing.assert_array_equal(INSTRUMENT.parameters[0].steps, [0, 26, 51])


def test_classes_and_values_are_inverse() -> None:
    patches = np.array([[0, 0], [26, 64], [51, 127]], dtype=np.uint8)
    classes = classes_of(INSTRUMENT, patches)
    values = [p.steps[classes[:, i]] for i, p in enumerate(INSTRUMENT.parameters)]
    np.testing.assert_array_equal(np.stack(values, axis=1), patches)


def test_a_value_between_two_positions_belongs_to_the_lower() -> None:
    classes = classes_of(INSTRUMENT, np.array([[25, 3], [26, 127], [127, 0]]))
    np.testing.assert_array_equal(classes, [[0, 3], [1, 127], [2, 0]])


def test_certain_logits_give_their_patch() -> None:
    labels = predicted_labels(INSTRUMENT, logits([{1: 1.0}, {93: 1.0}]))
    np.testing.assert_array_equal(INSTRUMENT.decode(labels), [[26, 93]])


def test_a_position_is_the_likeliest_and_a_value_the_median() -> None:
    # The median position would be the second; no value lies halfway between two waveforms.
    unsure = logits([{0: 0.4, 1: 0.25, 2: 0.35}, {10: 0.4, 60: 0.25, 100: 0.35}])
    labels = predicted_labels(INSTRUMENT, unsure)
    np.testing.assert_array_equal(INSTRUMENT.decode(labels), [[0, 60]])


@pytest.mark.parametrize("shift", [0, 500])
def test_probabilities_sum_to_one_and_ignore_a_shift(shift: float) -> None:
    chances = probabilities(INSTRUMENT, logits([{0: 0.3, 2: 0.7}, {5: 1.0}]) + np.float32(shift))
    assert [c.shape for c in chances] == [(1, 3), (1, 128)]
    np.testing.assert_allclose(chances[0][0], [0.3, 0, 0.7], atol=1e-4)
    assert chances[1].sum() == pytest.approx(1)


def test_candidates_are_drawn_from_the_distributions() -> None:
    unsure = np.repeat(logits([{0: 0.25, 2: 0.75}, {0: 0.5, 127: 0.5}]), 3, axis=0)
    labels = sample_labels(INSTRUMENT, unsure, 2_000, np.random.default_rng(0))
    assert labels.shape == (2_000, 3, 2)
    assert labels.dtype == np.float32
    patches = INSTRUMENT.decode(labels)
    assert set(np.unique(patches[..., 0])) == {0, 51}
    assert (patches[..., 0] == 51).mean() == pytest.approx(0.75, abs=0.03)
    assert (patches[..., 1] == 127).mean() == pytest.approx(0.5, abs=0.03)
    # Knobs and sounds are drawn independently.
    assert abs(np.corrcoef(patches[:, 0, 0], patches[:, 1, 0])[0, 1]) < 0.1
