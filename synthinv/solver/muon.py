"""Muon: momentum whose updates are orthogonal matrices, for the layers between first and last."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import torch
from torch import nn

MOMENTUM = 0.95
# Between steps the matrix shrinks by 1 %: the polynomials map singular values up to the very edge
# of where the next one converges, and rounding would carry some of them beyond.
SHRINK = 1.01
# Coefficients of each step towards an orthogonal matrix x, a·x + b·x xᵀ x + c·(x xᵀ)² x, and the
# shrinking: N. Amsel et al., The Polar Express (2025). Four steps lift small singular values as far
# as five of Muon's first ones do.
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
    """Momentum whose update of every matrix is made orthogonal (Jordan et al., 2024).

    PyTorch's own takes matrices only; this one sees a convolution as the matrix of its kernels.

    Parameters
    ----------
    weights : iterable of torch.nn.Parameter
        Weights of two or more dimensions.
    learning_rate : float
        Root mean square of an update of a square matrix, times the root of its size.
    weight_decay : float
        Decoupled weight decay.
    pool : concurrent.futures.Executor
        Threads that share the weights among them.
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
            # The largest first: the threads are then done at about the same time.
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
    """Multiply all steps, given x xᵀ, which is small; so x itself is multiplied only once."""
    (a, b, c), *later = steps
    step = torch.addmm(b * gram, gram, gram, alpha=c)
    step.diagonal().add_(a)
    return _product(gram @ (step @ step), later) @ step if later else step
