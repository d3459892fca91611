from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from synthinv.capture.shards import Shard
from synthinv.common.compute import use_threads
from synthinv.config.readings import ReadingTraining
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.instruments.model import Instrument, Patches
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.readings import Material, Trained, psd_errors, train_all

NETWORK = NetworkConfig(
    convolutions=1, kernels=2, kernel_size=3, padding=1, hidden_layers=1, hidden_units=4
)
TRAINING = TrainingConfig()


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    use_threads(1)


@pytest.fixture
def material(data: Callable[..., SpectrogramData], toy: Instrument) -> Material:
    rng = np.random.default_rng(0)

    def opened(count: int) -> SpectrogramData:
        patches = rng.integers(0, 128, (count, 3), dtype=np.uint8)
        return data(rng.random((count, 8, 4), dtype=np.float32), patches, toy.names)

    sets = {"small": 10, "unseen": 6}
    return Material(
        {("s", name): opened(count) for name, count in sets.items()}, dict.fromkeys(sets, toy)
    )


def training(name: str, epochs: int, test: str | None = None, **settings: Any) -> ReadingTraining:
    return ReadingTraining(name, "small", test, "s", epochs, settings)


def run(material: Material, *trainings: ReadingTraining, repeat: int = 0) -> dict[str, Trained]:
    return train_all(trainings, material, NETWORK, TRAINING, 1, "one", repeat)


def test_every_training_starts_from_weights_of_its_own(material: Material) -> None:
    found = run(material, training("first", 1), training("second", 1))
    assert found["first"].history.train != found["second"].history.train
    assert found["first"] == run(material, training("first", 1))["first"]


def test_a_training_with_a_test_set_of_its_own_ends_after_its_own_epochs(
    material: Material,
) -> None:
    long, short = training("long", 2), training("short", 1, "unseen")
    test = run(material, long, short)["short"].test
    alone = run(material, short)["short"].test
    assert test is not None
    assert alone is not None
    np.testing.assert_array_equal(test.labels, alone.labels)


def test_seeds_differ_by_repeat(material: Material) -> None:
    first, second = (run(material, training("a", 1), repeat=i)["a"].history for i in (0, 1))
    assert first.train != second.train


def test_predictions_are_described(material: Material, toy: Instrument) -> None:
    outcome = run(material, training("a", 1, "unseen", weight_decay=10.0))["a"]
    test = outcome.test
    assert test is not None
    assert test.labels.shape == (6, 3)
    assert test.mean == pytest.approx(test.labels.mean(axis=0))
    truth = toy.encode(material.spectrograms["s", "unseen"].patches)
    assert test.spread == pytest.approx(
        np.sqrt(test.labels.var(axis=0).sum() / truth.var(axis=0).sum()), rel=1e-3
    )
    assert 0 <= test.at_ends <= 1
    content = outcome.as_dict()
    assert set(content) == {"train", "validation", "spread", "mean_predictor", "test"}
    assert set(content["test"]) == {"mean", "spread", "at_ends"}
    assert run(material, training("a", 1))["a"].as_dict()["test"] is None


class Tones:
    """An engine that plays a sine whose frequency is the first knob's."""

    def render(
        self, patches: Patches, progress: object = None
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        time = np.arange(4_410) / 44_100
        return np.sin(
            2 * np.pi * (100 + 50 * patches[:, :1].astype(np.float32)) * time, dtype=np.float32
        )


def test_predictions_are_played_and_compared(toy: Instrument) -> None:
    engine: Any = Tones()
    patches = np.array([[10, 0, 0], [60, 0, 0]], dtype=np.uint8)
    truth = Shard(toy.names, patches, engine.render(patches), {"sample_rate": 44_100})
    labels, seed = toy.encode(patches), np.random.SeedSequence(0)
    assert psd_errors(engine, toy, labels, truth, seed) == pytest.approx([0, 0])
    labels[1, 0] = 1.0
    errors = psd_errors(engine, toy, labels, truth, seed)
    assert errors[0] == pytest.approx(0)
    assert errors[1] > 1
    labels[0, 0] = np.nan
    assert np.isnan(psd_errors(engine, toy, labels, truth, seed)).all()
