import pytest
import torch

from synthinv.muon import orthogonal


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
