import pytest
import torch

from synthinv.solver.muon import STEPS, orthogonal


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
