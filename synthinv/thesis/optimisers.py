"""The optimisers (thesis, section 2.2.5), and the L2 penalty.

On a CPU, every weight is read and written once per update, and the gradients of fully connected
layers are not stored for a few images per update. For 48 million weights, this takes a twentieth of
the time of PyTorch's optimisers, which pass over them ten times. A GPU has enough memory bandwidth
for PyTorch's, so they are used there.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from synthinv.common.compute import in_shares
from synthinv.config.sections.network import TrainingConfig
from synthinv.thesis import kernels
from synthinv.thesis.layers import FullyConnected

EPSILON = {"adagrad": 1e-10, "adadelta": 1e-6, "adam": 1e-8}
"""Constants ε that keep divisors above 0: PyTorch's defaults, since not all papers give them."""
BETAS = 0.9, 0.999
"""Decay rates of Adam's averages, as published."""
LEAST_WEIGHTS = 250_000
"""Fewest weights for which another thread is worth starting."""
MOST_FACTORS = 16
"""Most rows of a gradient's factors that are multiplied during the update; with more, it is faster
to store the product. With `flatten: each`, every kernel of every sound has a row."""

Array = npt.NDArray[np.float32]


class Optimiser(Protocol):
    """An algorithm that updates a network's weights from the gradients of a backward pass."""

    def step(self) -> None:
        """Update every weight."""

    def zero_grad(self) -> None:
        """Discard the gradients."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state as PyTorch does: `state` has tensors by number of weights and name."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a state that `state_dict` returned."""


def make_optimiser(model: nn.Module, training: TrainingConfig) -> Optimiser:
    """Make an optimiser.

    Parameters
    ----------
    model : torch.nn.Module
        Network whose weights are updated; all of them are on one device.
    training : TrainingConfig
        The optimiser's name and settings.

    Returns
    -------
    Optimiser
        The optimiser. To the gradient of every weight θ that is penalised it adds kθ, where k is
        λ (`weight_decay`), or 2λ by equation 6.
    """
    if next(model.parameters()).device.type == "cpu":
        return _OnePass(model, training)
    return _pytorchs(model, training)


def _pytorchs(model: nn.Module, training: TrainingConfig) -> torch.optim.Optimizer:
    """Make one of PyTorch's optimisers, or one that works as they do."""
    groups = [
        {
            "params": [
                weights for name, weights in model.named_parameters() if name.endswith(kind)
            ],
            "weight_decay": _penalty(kind, training),
        }
        for kind in ("weight", "bias")
    ]
    name = training.optimiser
    rate = getattr(training, f"learning_rate_{name}")
    if name == "sgd":
        return torch.optim.SGD(groups, lr=rate)
    if name == "adagrad":
        return torch.optim.Adagrad(groups, lr=rate)
    if name == "adam":
        return torch.optim.Adam(groups, lr=rate)
    if training.adadelta == "equation-10":
        return EquationTen(groups, rate, training.rho, EPSILON[name])
    return torch.optim.Adadelta(groups, lr=rate, rho=training.rho)


def _penalty(kind: str, training: TrainingConfig) -> float:
    """Return the factor k of the penalty's gradient kθ, for weights or biases (`bias`)."""
    if training.l2_over == "weights" and kind == "bias":
        return 0.0
    if training.l2 == "pytorch":
        return training.weight_decay
    # The penalty is a part of each patch's loss, which Algorithm 1 divides by the batch size.
    shares = training.batch_size if training.update_after == "patch" else 1
    return 2 * training.weight_decay / shares


class EquationTen(torch.optim.Optimizer):
    """AdaDelta by the thesis's equation 10, for a GPU.

    PyTorch's RMSprop is not used because it adds ε to the root, not below it.

    Parameters
    ----------
    groups : list of dict
        Groups of weights, each with its `weight_decay`.
    rate, rho, epsilon : float
        Learning rate η, decay ρ of the average of squares, and ε.
    """

    def __init__(
        self, groups: list[dict[str, Any]], rate: float, rho: float, epsilon: float
    ) -> None:
        super().__init__(groups, {"rate": rate, "rho": rho, "epsilon": epsilon})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update every weight."""
        for group in self.param_groups:
            for weights in group["params"]:
                state = self.state[weights]
                if not state:
                    state["squares"] = torch.zeros_like(weights)
                gradient = weights.grad + group["weight_decay"] * weights
                state["squares"].lerp_(gradient**2, 1 - group["rho"])
                weights -= group["rate"] * gradient / (state["squares"] + group["epsilon"]).sqrt()


class _Rule(NamedTuple):
    """An update rule: a kernel, the number of its running averages, and its settings at a step."""

    kernel: Callable[..., None]
    states: int
    settings: Callable[[int], tuple[float, ...]]


def _rule(training: TrainingConfig) -> _Rule:
    name = training.optimiser
    if name == "sgd":
        return _Rule(kernels.sgd, 0, lambda _: (training.learning_rate_sgd,))
    rate = getattr(training, f"learning_rate_{name}")
    if name == "adagrad":
        return _Rule(kernels.adagrad, 1, lambda _: (rate, EPSILON[name]))
    if name == "adadelta":
        zeilers = training.adadelta == "pytorch"
        kernel, states = (kernels.adadelta, 2) if zeilers else (kernels.equation_10, 1)
        return _Rule(kernel, states, lambda _: (rate, training.rho, EPSILON[name]))
    return _Rule(
        kernels.adam,
        2,
        lambda step: (rate, EPSILON[name], *BETAS, *(1 - beta**step for beta in BETAS)),
    )


class _OnePass:
    """An optimiser for the CPU that reads and writes every weight once per update."""

    def __init__(self, model: nn.Module, training: TrainingConfig) -> None:
        self._layers = [
            (layer, weights, name)
            for layer in model.modules()
            for name, weights in layer.named_parameters(recurse=False)
        ]
        self._rule = _rule(training)
        self._decays = [np.float32(_penalty(name, training)) for _, _, name in self._layers]
        self._states = [
            tuple(np.zeros(_matrix(weights).shape, np.float32) for _ in range(self._rule.states))
            for _, weights, _ in self._layers
        ]
        self._steps = 0

    def zero_grad(self) -> None:
        for _, weights, _ in self._layers:
            weights.grad = None

    def step(self) -> None:
        self._steps += 1
        settings = tuple(np.float32(s) for s in self._rule.settings(self._steps))
        for (layer, weights, name), states, decay in zip(
            self._layers, self._states, self._decays, strict=True
        ):
            matrix, factors = _matrix(weights), _factors(layer, weights, name)
            if len(factors[0]) > MOST_FACTORS:
                matrix, states, factors = _in_a_row(matrix, states, factors)
            work = partial(self._rule.kernel, matrix, states, *factors, decay, settings)
            in_shares(work, matrix.shape[1], -(-LEAST_WEIGHTS // len(matrix)))

    def state_dict(self) -> dict[str, Any]:
        weights = {}
        for i, states in enumerate(self._states):
            weights[i] = {str(number): torch.from_numpy(a) for number, a in enumerate(states)}
            weights[i]["step"] = torch.tensor(self._steps)
        return {"state": weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for i, states in enumerate(self._states):
            saved = state_dict["state"][i]
            self._steps = int(saved["step"])
            for number, average in enumerate(states):
                average[:] = saved[str(number)].numpy()


def _matrix(weights: torch.Tensor) -> Array:
    rows = len(weights) if weights.ndim == 2 else 1
    matrix: Array = weights.detach().view(rows, -1).numpy()
    return matrix


def _in_a_row(
    matrix: Array, states: tuple[Array, ...], factors: tuple[Array, Array]
) -> tuple[Array, tuple[Array, ...], tuple[Array, Array]]:
    """Multiply a gradient's factors; return weights, states and factors as those of one row."""
    left, right = map(torch.from_numpy, factors)
    gradient = (left.T @ right).view(1, -1).numpy()
    flat = tuple(state.reshape(1, -1) for state in states)
    return matrix.reshape(1, -1), flat, (np.ones((1, 1), np.float32), gradient)


def _factors(layer: nn.Module, weights: torch.Tensor, name: str) -> tuple[Array, Array]:
    """Return two factors of the weights' gradient, whose product is leftᵀ right."""
    if isinstance(layer, FullyConnected) and name == "weight":
        assert layer.factors is not None
        left, right = layer.factors
        return left.contiguous().numpy(), right.contiguous().numpy()
    assert weights.grad is not None
    return np.ones((1, 1), np.float32), weights.grad.reshape(1, -1).numpy()
