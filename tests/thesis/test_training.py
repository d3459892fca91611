import logging
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from synthinv.common.compute import use_threads
from synthinv.common.seeds import seed_sequence
from synthinv.config.overrides import apply_settings
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.types import Setting
from synthinv.instruments.model import Instrument
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.history import History
from synthinv.thesis.network import build_network
from synthinv.thesis.pca import principal_components
from synthinv.thesis.training import predict, split, train

from .plain_training import PlainTraining

TINY = NetworkConfig(
    convolutions=1,
    kernels=4,
    kernel_size=3,
    padding=1,
    hidden_layers=1,
    hidden_units=32,
    initialisation="pytorch",
)


KNOBS = Instrument.model_validate(
    {
        "name": "bars",
        "parameters": [
            {"name": name, "group": "bars", "cc": 20 + i}
            for i, name in enumerate(("left", "right"))
        ],
    }
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    use_threads(1)


@pytest.fixture(scope="module")
def bars(data: Callable[..., SpectrogramData]) -> SpectrogramData:
    """Images whose two columns are lit up to the heights of two knobs."""
    patches = np.random.default_rng(0).integers(0, 128, (80, 2), dtype=np.uint8)
    rows = np.arange(8)[None, :, None]
    lit = rows < patches[:, None, :] / 16
    return data(lit.repeat(2, axis=2).astype(np.float32), patches, ("left", "right"))


def run(
    bars: SpectrogramData, epochs: int = 2, seed: int = 1, repeat: int = 0, name: str = "a"
) -> tuple[nn.Sequential, History]:
    return train(bars, KNOBS, TINY, TrainingConfig(), epochs, seed, (name,), repeat)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "cross-entropy"},
        {"pca": 0.999},
        {"initialisation": "xavier"},
        {"last_kernels": 2},
        {"flatten": "mean"},
        {"flatten": "each"},
        {"initial_biases": "zero"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_a_problem_is_learnt_with_every_setting(
    bars: SpectrogramData, settings: dict[str, object]
) -> None:
    network = NetworkConfig.model_validate({**TINY.model_dump(), **settings})
    _, history = train(bars, KNOBS, network, TrainingConfig(optimiser="adam"), 25, 1, ("a",))
    # Errors of predictions, whatever the loss.
    assert history.validation[-1] < 0.4 * history.mean_predictor
    assert history.train[-1] < 0.4 * history.train[0]
    assert history.spread[-1] > 0.6


def test_a_problem_that_can_be_solved_is_learnt(bars: SpectrogramData) -> None:
    _, history = run(bars, epochs=15)
    assert history.mean_predictor == pytest.approx(1 / 12, rel=0.4)
    assert history.validation[-1] < 0.2 * history.mean_predictor
    assert history.train[-1] < 0.2 * history.train[0]
    assert history.spread[-1] > 0.8


def test_two_runs_agree_bit_for_bit(bars: SpectrogramData) -> None:
    (first, history), (second, again) = run(bars), run(bars)
    assert history == again
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


REFERENCES: list[dict[str, Setting]] = [
    {},
    {"loss_reduction": "sum"},
    {"update_after": "patch"},
    {"update_after": "patch", "loss_reduction": "sum"},
    {"l2": "equation-6"},
    {"l2": "equation-6", "l2_over": "weights"},
    {"l2": "equation-6", "update_after": "patch"},
    {"adadelta": "equation-10", "learning_rate_adadelta": 0.01},
    {"optimiser": "sgd", "update_after": "patch", "learning_rate_sgd": 0.5},
    {"flatten": "each"},
    {"flatten": "mean", "last_kernels": 3},
    {"convolutions": 2},
    {"convolutions": 2, "last_kernels": 1},
    {"convolutions": 2, "kernels": 1},
]


@pytest.mark.parametrize("settings", REFERENCES, ids=str)
def test_an_epoch_is_that_of_a_plain_loop(
    bars: SpectrogramData, settings: dict[str, Setting]
) -> None:
    network, training = apply_settings(
        TINY,
        # A batch size that leaves a smaller last batch.
        TrainingConfig(batch_size=6, rho=0.45, weight_decay=0.05),
        settings,
    )
    model, history = train(bars, KNOBS, network, training, 2, 1, ("a",))
    kept, _ = split(80, 0.2, seed_sequence(1, "split", 80, 0))
    rng = np.random.default_rng(seed_sequence(1, "train", "a", 0))
    torch.manual_seed(int(rng.integers(2**63)))
    plain = PlainTraining(build_network(network, bars.shape, 2), network, training)
    losses = [plain.epoch(bars, KNOBS, rng.permutation(kept)) for _ in range(2)]
    for own, other in zip(model.parameters(), plain.weights, strict=True):
        torch.testing.assert_close(own.data, other.data, rtol=1e-3, atol=1e-4)
    # Whatever the gradient is taken of, what is reported is the mean squared error.
    np.testing.assert_allclose(history.train, losses, rtol=1e-3)


@pytest.mark.parametrize("other", [{"seed": 2}, {"repeat": 1}, {"name": "b"}])
def test_another_seed_repeat_or_name_is_another_training(
    bars: SpectrogramData, other: dict[str, int]
) -> None:
    plain, changed = run(bars, 1)[1], run(bars, 1, **other)[1]  # type: ignore[arg-type]
    assert plain.train != changed.train


def test_equal_repeats_of_different_runs_share_the_split(bars: SpectrogramData) -> None:
    first, second, third = run(bars, 1), run(bars, 1, name="b"), run(bars, 1, repeat=1)
    assert first[1].mean_predictor == second[1].mean_predictor
    assert first[1].mean_predictor != third[1].mean_predictor


def test_the_history_has_one_entry_per_epoch(
    bars: SpectrogramData, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "synthinv.thesis.training"):
        history = run(bars, 3)[1].as_dict()
    assert [len(history[key]) for key in ("train", "validation", "spread")] == [3, 3, 3]
    first, *others = [r.message for r in caplog.records]
    assert first.startswith("training on ")
    assert [message.split(":")[0] for message in others] == [f"epoch {i} of 3" for i in (1, 2, 3)]


def test_the_mean_predictor_is_the_loss_of_the_mean_training_label(bars: SpectrogramData) -> None:
    history = run(bars, 1)[1]
    kept, held_out = split(80, 0.2, seed_sequence(1, "split", 80, 0))
    labels = bars.patches / 127
    expected = np.mean((labels[held_out] - labels[kept].mean(axis=0)) ** 2)
    assert history.mean_predictor == pytest.approx(expected, rel=1e-5)


def test_the_validation_loss_is_that_of_the_network_returned(bars: SpectrogramData) -> None:
    model, history = run(bars)
    held_out = split(80, 0.2, seed_sequence(1, "split", 80, 0))[1]
    outputs = predict(model, bars, held_out)
    loss = np.mean((outputs - bars.patches[held_out] / 127) ** 2)
    assert history.validation[-1] == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize(
    ("count", "share", "held_out"), [(100, 0.2, 20), (7, 0.2, 1), (2, 0.01, 1), (2, 0.99, 1)]
)
def test_the_split_is_disjoint_and_complete(count: int, share: float, held_out: int) -> None:
    kept, validation = split(count, share, seed_sequence(1, "test"))
    assert len(validation) == held_out
    assert sorted([*kept.tolist(), *validation.tolist()]) == list(range(count))


def test_principal_components_are_those_of_the_training_patches_alone(
    bars: SpectrogramData,
) -> None:
    network = TINY.model_copy(update={"pca": 0.9})
    model, _ = train(bars, KNOBS, network, TrainingConfig(), 1, 1, ("a",))
    kept, _ = split(80, 0.2, seed_sequence(1, "split", 80, 0))
    expected = principal_components((bars.images([i])[0] for i in kept), 0.9)
    own = model[0].state_dict()
    assert own.keys() == expected.state_dict().keys()
    for name, values in expected.state_dict().items():
        torch.testing.assert_close(own[name].cpu(), values, rtol=0, atol=0)


def test_the_split_is_random_and_seeded() -> None:
    first, again, other = (split(100, 0.2, seed_sequence(s, "test"))[1].tolist() for s in (1, 1, 2))
    assert first == again
    assert first != other
    assert sorted(first) != list(range(20))


def test_predictions_do_not_depend_on_the_batches(bars: SpectrogramData) -> None:
    torch.manual_seed(0)
    model = build_network(TINY, bars.shape, 2)
    whole, parts = predict(model, bars), predict(model, bars, batch_size=7)
    assert whole.shape == (80, 2)
    np.testing.assert_allclose(whole, parts, atol=1e-6)
    np.testing.assert_allclose(predict(model, bars, np.array([5, 3])), whole[[5, 3]], atol=1e-6)


def test_threads_are_fixed_and_kernels_reproducible() -> None:
    assert torch.get_num_threads() == 1
    assert torch.are_deterministic_algorithms_enabled()
