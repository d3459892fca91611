"""Muon: momentum with orthogonalised updates, for the layers between the first and the last."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import torch
from torch import nn

MOMENTUM = 0.95
"""Share of the momentum that is kept from update to update."""
SHRINK = 1.01
"""Divisor of the matrix between steps. The polynomials map singular values up to the edge of the
interval on which the next one converges, and rounding would carry some of them beyond it."""
# Coefficients of each step towards an orthogonal matrix x, a·x + b·x xᵀ x + c·(x xᵀ)² x, divided by
# SHRINK: N. Amsel et al., "The Polar Express" (2025). Four of these steps raise small singular
# values as far as five of the steps published first for Muon.
STEPS = tuple(
    (a / SHRINK, b / SHRINK**3, c / SHRINK**5)
    for a, b, c in (
        (8.2872, -23.5959, 17.3004),
        (4.1071, -2.9478, 0.5448),
        (3.9487, -2.9089, 0.5518),
        (3.3184, -2.4885, 0.5100),
    )
)


class Muon(torch.optim.Optimizer):
    """Momentum with an orthogonalised update of every matrix (Jordan et al., 2024).

    PyTorch's own implementation accepts matrices only; this one flattens a convolution's kernels
    to the rows of a matrix.

    Parameters
    ----------
    weights : iterable of torch.nn.Parameter
        Weights of two or more dimensions.
    learning_rate : float
        Root mean square of the entries of a square matrix's update, times the root of its size.
    weight_decay : float
        Decoupled weight decay.
    pool : concurrent.futures.Executor
        Threads among which the weights are divided.
    """

    def __init__(
        self,
        weights: Iterable[nn.Parameter],
        learning_rate: float,
        weight_decay: float,
        pool: Executor,
    ) -> None:
        super().__init__(weights, {"lr": learning_rate, "weight_decay": weight_decay})
        self._pool = pool

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update the weights from their gradients."""
        for group in self.param_groups:
            # The largest first, so that the threads finish at about the same time.
            ordered = sorted(group["params"], key=lambda weights: -weights.numel())
            update = partial(self._update, group["lr"], group["lr"] * group["weight_decay"])
            list(self._pool.map(update, ordered))

    @torch.no_grad()
    def _update(self, rate: float, decay: float, weights: nn.Parameter) -> None:
        if weights.grad is None:
            return
        momentum = self.state[weights].setdefault("momentum", torch.zeros_like(weights))
        momentum.lerp_(weights.grad, 1 - MOMENTUM)
        update = orthogonal(weights.grad.lerp(momentum, MOMENTUM).flatten(1))
        rows, columns = update.shape
        weights.mul_(1 - decay)
        weights.add_(update.view_as(weights), alpha=-rate * max(1, rows / columns) ** 0.5)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """Set all singular values of a matrix to about 1.

    Parameters
    ----------
    matrix : float32 tensor [rows, columns]
        A matrix.

    Returns
    -------
    float32 tensor [rows, columns]
        The nearest matrix with orthogonal rows (or columns, if it has fewer), roughly.
    """
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    x = _product(x @ x.T, STEPS) @ x
    result: torch.Tensor = x.T if tall else x
    return result


def _product(gram: torch.Tensor, steps: Sequence[tuple[float, float, float]]) -> torch.Tensor:
    """Multiply all steps, given x xᵀ, which is small; x itself is then multiplied only once."""
    (a, b, c), *later = steps
    step = torch.addmm(b * gram, gram, gram, alpha=c)
    step.diagonal().add_(a)
    return _product(gram @ (step @ step), later) @ step if later else step
