from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from synthinv.common.compute import use_threads
from synthinv.config.sections.network import NetworkConfig, OptimiserName, TrainingConfig
from synthinv.thesis.layers import FullyConnected
from synthinv.thesis.network import build_network
from synthinv.thesis.optimisers import Optimiser, _pytorchs, make_optimiser

NETWORK = NetworkConfig(
    convolutions=2, kernels=3, kernel_size=3, hidden_layers=1, hidden_units=20, loss="cross-entropy"
)
CLASSES: dict[OptimiserName, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "adadelta": torch.optim.Adadelta,
    "adam": torch.optim.Adam,
}


def sgd(weight: float, gradients: list[float], decay: float) -> float:
    for g in gradients:
        weight -= 0.1 * (g + decay * weight)
    return weight


def adagrad(weight: float, gradients: list[float], decay: float) -> float:
    total = 0.0
    for g in gradients:
        g += decay * weight
        total += g**2
        weight -= 0.1 * g / (total**0.5 + 1e-10)
    return weight


def adadelta(weight: float, gradients: list[float], decay: float) -> float:
    """Zeiler (2012), algorithm 1, with ρ 0.75 and ε 1e-6."""
    squares = steps = 0.0
    for g in gradients:
        g += decay * weight
        squares = 0.75 * squares + 0.25 * g**2
        step = g * (steps + 1e-6) ** 0.5 / (squares + 1e-6) ** 0.5
        steps = 0.75 * steps + 0.25 * step**2
        weight -= 0.1 * step
    return weight


def equation_10(weight: float, gradients: list[float], decay: float) -> float:
    """The thesis's AdaDelta, with ρ 0.75 and ε 1e-6."""
    squares = 0.0
    for g in gradients:
        g += decay * weight
        squares = 0.75 * squares + 0.25 * g**2
        weight -= 0.1 / (squares + 1e-6) ** 0.5 * g
    return weight


def adam(weight: float, gradients: list[float], decay: float) -> float:
    """Kingma and Ba (2015), algorithm 1, with β 0.9 and 0.999 and ε 1e-8."""
    first = second = 0.0
    for t, g in enumerate(gradients, start=1):
        g += decay * weight
        first = 0.9 * first + 0.1 * g
        second = 0.999 * second + 0.001 * g**2
        weight -= 0.1 * (first / (1 - 0.9**t)) / ((second / (1 - 0.999**t)) ** 0.5 + 1e-8)
    return weight


def settings_of(name: str) -> dict[str, object]:
    """Return the settings of the optimiser of a formula, whose rate is 0.1."""
    if name == "equation_10":
        return {**settings_of("adadelta"), "adadelta": "equation-10"}
    return {"optimiser": name, f"learning_rate_{name}": 0.1, "rho": 0.75}


# The second gradient is of the size of the root of ε, which shows where ε is added.
@pytest.mark.parametrize("gradients", [[1.0, -0.5, 3.0], [1e-3, -2e-3, 1e-3]])
@pytest.mark.parametrize("decay", [0.0, 0.5])
@pytest.mark.parametrize("make", [make_optimiser, _pytorchs])
@pytest.mark.parametrize("formula", [sgd, adagrad, adadelta, equation_10, adam])
def test_an_optimiser_follows_its_formula(
    formula: Callable[[float, list[float], float], float],
    make: Callable[[nn.Module, TrainingConfig], Optimiser],
    decay: float,
    gradients: list[float],
) -> None:
    ours = make is make_optimiser
    model = FullyConnected(1, 1, bias=False) if ours else nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 2.0)
    settings = {**settings_of(formula.__name__), "weight_decay": decay}
    optimiser = make(model, TrainingConfig.model_validate(settings))
    for gradient in gradients:
        optimiser.zero_grad()
        model(torch.tensor([[gradient]])).backward()
        optimiser.step()
    assert model.weight.item() == pytest.approx(formula(2.0, gradients, decay), rel=1e-5)
    assert model.weight.item() != 2.0


@pytest.mark.parametrize("make", [make_optimiser, _pytorchs])
@pytest.mark.parametrize(
    ("settings", "weight_factor", "bias_factor"),
    [
        ({}, 0.5, 0.5),
        ({"l2": "equation-6"}, 1.0, 1.0),
        ({"l2_over": "weights"}, 0.5, 0.0),
        ({"l2": "equation-6", "l2_over": "weights"}, 1.0, 0.0),
        ({"update_after": "patch", "batch_size": 4}, 0.5, 0.5),
        ({"l2": "equation-6", "update_after": "patch", "batch_size": 4}, 0.25, 0.25),
    ],
    ids=str,
)
def test_the_penalty_is_that_of_the_settings(
    make: Callable[[nn.Module, TrainingConfig], Optimiser],
    settings: dict[str, object],
    weight_factor: float,
    bias_factor: float,
) -> None:
    # Without inputs and gradients of outputs, the penalty's gradient is the only one.
    model = FullyConnected(3, 2) if make is make_optimiser else nn.Linear(3, 2)
    before = [weights.detach().clone() for weights in model.parameters()]
    own = {"optimiser": "sgd", "learning_rate_sgd": 0.1, "weight_decay": 0.5, **settings}
    optimiser = make(model, TrainingConfig.model_validate(own))
    (0 * model(torch.zeros(1, 3))).sum().backward()
    optimiser.step()
    for after, old, factor in zip(
        model.parameters(), before, (weight_factor, bias_factor), strict=True
    ):
        torch.testing.assert_close(after.detach(), old * (1 - 0.1 * factor))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", CLASSES)
def test_a_network_is_updated_as_by_pytorchs_optimisers(name: OptimiserName, threads: int) -> None:
    use_threads(threads)
    rate, decay = 0.02, 0.01
    training = TrainingConfig.model_validate(
        {"optimiser": name, f"learning_rate_{name}": rate, "weight_decay": decay}
    )
    # Enough weights for a second thread, and a last block that is not full.
    images, truth = torch.rand(5, 1, 900, 175), torch.rand(5, 2)
    ours, theirs = _networks(images)
    optimisers = (
        make_optimiser(ours, training),
        CLASSES[name](theirs.parameters(), lr=rate, weight_decay=decay),
    )
    for _ in range(3):
        for model, optimiser in zip((ours, theirs), optimisers, strict=True):
            optimiser.zero_grad()
            ((model(images) - truth) ** 2).mean().backward()
            optimiser.step()
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        close = np.isclose(own.detach(), other.detach(), rtol=1e-3, atol=2e-3 * rate)
        # Adam and AdaGrad take full steps even where a gradient is nothing but rounding.
        assert close.mean() > 0.999


def _networks(images: torch.Tensor) -> tuple[nn.Sequential, nn.Sequential]:
    """Return our network and one of PyTorch's layers with the same weights."""
    torch.manual_seed(0)
    ours = build_network(
        NETWORK.model_copy(update={"initialisation": "pytorch"}),
        (images.shape[2], images.shape[3]),
        2,
    )
    theirs = nn.Sequential(
        *(nn.Conv2d(1, 3, 3, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(3, 3, 3, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(),
        *(nn.LazyLinear(20), nn.ReLU(), nn.Linear(20, 2)),
    )
    theirs(images)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        other.data.copy_(own.data)
    return ours, theirs


@pytest.mark.parametrize("threads", [1, 2])
def test_a_network_is_updated_by_equation_10_block_by_block(threads: int) -> None:
    use_threads(threads)
    training = TrainingConfig(
        adadelta="equation-10", learning_rate_adadelta=0.001, rho=0.45, weight_decay=0.01
    )
    images, truth = torch.rand(5, 1, 900, 175), torch.rand(5, 2)
    ours, theirs = _networks(images)
    optimisers = make_optimiser(ours, training), _pytorchs(theirs, training)
    for _ in range(3):
        for model, optimiser in zip((ours, theirs), optimisers, strict=True):
            optimiser.zero_grad()
            ((model(images) - truth) ** 2).mean().backward()
            optimiser.step()
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        close = np.isclose(own.detach(), other.detach(), rtol=1e-3, atol=2e-6)
        assert close.mean() > 0.999
