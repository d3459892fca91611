from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest
import torch
from torch import nn

from synthinv.solver import muon
from synthinv.solver.muon import STEPS, Muon, orthogonal

RATE, DECAY = 0.1, 0.5


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def trained(
    weights: torch.Tensor,
    gradients: Sequence[torch.Tensor],
    optimiser_of: Callable[[nn.Parameter], torch.optim.Optimizer],
) -> torch.Tensor:
    """Return weights after an update for each gradient."""
    parameter = nn.Parameter(weights.clone())
    optimiser = optimiser_of(parameter)
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimiser.step()
    return parameter.detach()


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_orthogonal_brings_all_singular_values_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
    assert 0.3 < values.min() < values.max() < 2.2


@pytest.mark.parametrize("seed", range(8))
def test_orthogonal_lifts_small_singular_values_and_none_too_far(seed: int) -> None:
    torch.manual_seed(seed)
    left, right = (torch.linalg.qr(torch.randn(40, 40)).Q for _ in range(2))
    matrix = left @ torch.diag(torch.logspace(-3, 0, 40)) @ right
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert 0.1 < values.min() < values.max() < 1.8


# Of a full rank, of a lower one, and with singular values over four decades.
@pytest.mark.parametrize("shape", [(64, 300), (300, 64)])
@pytest.mark.parametrize("rank", [3, 64])
def test_steps_on_the_small_square_matrix_are_those_on_the_matrix_itself(
    shape: tuple[int, int], rank: int
) -> None:
    torch.manual_seed(0)
    scales = torch.logspace(-4, 0, rank, dtype=torch.float64)
    matrix = torch.randn(shape[0], rank).double() * scales @ torch.randn(rank, shape[1]).double()
    x = (matrix if shape[0] < shape[1] else matrix.T) / matrix.norm()
    for a, b, c in STEPS:
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    expected = x if shape[0] < shape[1] else x.T
    error = orthogonal(matrix.float()).double() - expected
    assert error.norm() < 1e-3 * expected.norm()


@pytest.mark.parametrize("shape", [(4, 6), (12, 3)])
def test_updates_are_those_of_pytorch_with_its_coefficients(
    shape: tuple[int, int], pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PyTorch orthogonalises in bfloat16, with the same coefficients in every step.
    monkeypatch.setattr(muon, "STEPS", ((3.4445, -4.7750, 2.0315),) * 5)
    torch.manual_seed(0)
    weights, *gradients = torch.randn(4, *shape)
    own = trained(weights, gradients, lambda w: Muon([w], RATE, DECAY, pool))
    expected = trained(
        weights, gradients, lambda w: torch.optim.Muon([w], lr=RATE, weight_decay=DECAY)
    )
    torch.testing.assert_close(own, expected, rtol=0, atol=0.01)


def test_kernels_are_the_rows_of_a_matrix(pool: Executor) -> None:
    torch.manual_seed(0)
    weights, *gradients = torch.randn(3, 12, 2, 3)
    matrices = [gradient.flatten(1) for gradient in gradients]
    own = trained(weights, gradients, lambda w: Muon([w], RATE, DECAY, pool))
    expected = trained(weights.flatten(1), matrices, lambda w: Muon([w], RATE, DECAY, pool))
    assert torch.equal(own.flatten(1), expected)


def test_weights_without_a_gradient_are_left_alone(pool: Executor) -> None:
    used, unused = (nn.Parameter(torch.ones(2, 2)) for _ in range(2))
    used.grad = torch.ones(2, 2)
    Muon([used, unused], RATE, DECAY, pool).step()
    assert (used != 1).all()
    assert (unused == 1).all()
