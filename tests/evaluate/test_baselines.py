from collections.abc import Callable

import numpy as np
import pytest

from synthinv.common.seeds import seed_sequence
from synthinv.evaluate.baselines import mean_predictor, nearest_neighbour, one_step, random_patches
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.spectrogram.store import SpectrogramData

Data = Callable[..., SpectrogramData]


@pytest.fixture(scope="module")
def minimoog() -> Instrument:
    return load_instrument("minimoog-1osc")


def samples(
    instrument: Instrument, count: int, *keys: str | int
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Draw patches as a capture does."""
    seeds = seed_sequence(2020, "capture", *keys).spawn(count)
    return np.stack([instrument.sample(np.random.default_rng(seed)) for seed in seeds])


def test_one_step_turns_every_continuous_knob_by_one_step(minimoog: Instrument) -> None:
    truth = samples(minimoog, 200, "test", 0)
    truth[:50, 3:] = 0
    truth[50:100, 3:] = 127
    prediction = minimoog.decode(one_step(minimoog, truth, seed_sequence(1, "test")))
    steps = prediction.astype(int) - truth
    continuous = np.array([p.positions is None for p in minimoog.parameters])
    assert set(np.unique(np.abs(steps[:, continuous]))) == {1}
    assert not steps[:, ~continuous].any()
    assert (~continuous).sum() == 2


def test_one_step_turns_up_as_often_as_down(minimoog: Instrument) -> None:
    truth = np.full((500, 12), 77, dtype=np.uint8)
    first, again, other = (one_step(minimoog, truth, seed_sequence(s, "test")) for s in (1, 1, 2))
    up = (first > truth / 127 + 1e-4)[:, [1, *range(3, 12)]].mean()
    assert up == pytest.approx(0.5, abs=0.04)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_the_mean_predictor_is_the_best_constant(toy: Instrument) -> None:
    training = samples(toy, 50, "final", 0)
    prediction = mean_predictor(toy, training, 7)
    assert prediction.shape == (7, 3)
    assert (prediction == prediction[0]).all()
    np.testing.assert_allclose(prediction[0], training.mean(axis=0) / 127, rtol=1e-6)
    labels = toy.encode(training)
    error = ((labels - prediction[0]) ** 2).mean()
    for knob in range(3):
        for step in (-0.01, 0.01):
            moved = prediction[0].copy()
            moved[knob] += step
            assert ((labels - moved) ** 2).mean() > error


@pytest.mark.parametrize("chunk", [1, 7, 8, 50])
def test_the_nearest_neighbour_finds_planted_duplicates(
    toy: Instrument, data: Data, chunk: int
) -> None:
    rng = np.random.default_rng(0)
    images = rng.random((20, 6, 5), dtype=np.float32)
    patches = samples(toy, 20, "final", 0)
    # The first and the last of a chunk, and of all.
    planted = [7, 6, 19, 0, 8, 13]
    sounds = images[planted] + rng.normal(0, 1e-3, (6, 6, 5)).astype(np.float32)
    training, test = data(images, patches), data(sounds, np.zeros((6, 3), np.uint8))
    prediction = nearest_neighbour(toy, training, test, chunk)
    np.testing.assert_array_equal(toy.decode(prediction), patches[planted])


# The scales of images that are normalised to their maximum, their sum, or not at all.
@pytest.mark.parametrize("scale", [1, 1e-5, 1e-12])
def test_the_nearest_neighbour_does_not_depend_on_the_scale_of_the_pixels(
    toy: Instrument, data: Data, scale: float
) -> None:
    rng = np.random.default_rng(0)
    images = rng.random((20, 6, 5), dtype=np.float32) * np.float32(scale)
    patches = samples(toy, 20, "final", 0)
    training, test = data(images, patches), data(images[::-1], np.zeros((20, 3), np.uint8))
    prediction = nearest_neighbour(toy, training, test)
    np.testing.assert_array_equal(toy.decode(prediction), patches[::-1])


def test_the_nearest_neighbour_is_the_closest_not_the_brightest(
    toy: Instrument, data: Data
) -> None:
    images = np.stack([np.full((4, 4), v, np.float32) for v in (0.0, 0.5, 1.0)])
    patches = np.array([[1, 0, 1], [2, 51, 2], [3, 102, 3]], dtype=np.uint8)
    test = data(np.full((1, 4, 4), 0.6, np.float32), np.zeros((1, 3), np.uint8))
    prediction = nearest_neighbour(toy, data(images, patches), test, chunk=2)
    assert toy.decode(prediction).tolist() == [[2, 51, 2]]


def test_random_patches_are_drawn_as_the_data_sets_are(minimoog: Instrument) -> None:
    prediction = random_patches(minimoog, 400, seed_sequence(2020, "test", "random"))
    assert prediction.shape == (400, 12)
    decoded = minimoog.decode(prediction)
    np.testing.assert_array_equal(minimoog.encode(decoded), prediction)
    assert prediction[:, 1].std() == pytest.approx(0.03, abs=0.005)
    assert prediction[:, 3].std() == pytest.approx(12**-0.5, abs=0.03)


def test_random_patches_are_not_those_of_a_data_set(minimoog: Instrument) -> None:
    prediction = minimoog.decode(
        random_patches(minimoog, 100, seed_sequence(2020, "test", "random"))
    )
    captured = {
        tuple(patch)
        for name in ("final", "test")
        for shard in range(3)
        for patch in samples(minimoog, 100, name, shard).tolist()
    }
    assert len(captured) == 600
    assert captured.isdisjoint(map(tuple, prediction.tolist()))
    assert len(set(map(tuple, prediction.tolist()))) == 100
