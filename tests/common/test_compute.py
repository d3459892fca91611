import numpy as np
import pytest
import torch

from synthinv.common.compute import has_bfloat16, in_shares, subnormals_as_zero, use_threads
from synthinv.thesis import kernels


@pytest.mark.parametrize("threads", [1, 2])
def test_no_average_of_a_saturated_network_lingers_among_subnormals(threads: int) -> None:
    use_threads(threads)
    smallest = np.finfo(np.float32).smallest_normal
    shape = (4, 1_000)
    settings = tuple(np.float32(value) for value in (1.0, 0.45, 1e-6))
    ones, nothing = np.ones((1, 4), np.float32), np.zeros((1, 1_000), np.float32)

    def fade(averages: tuple[np.ndarray, np.ndarray]) -> None:
        weights = np.ones(shape, np.float32)

        def work(first: int, last: int) -> None:
            kernels.adadelta(weights, averages, ones, nothing, np.float32(0), settings, first, last)

        in_shares(work, shape[1])

    kept, flushed = ((2 * np.full((2, *shape), smallest)).astype(np.float32) for _ in range(2))
    fade((kept[0], kept[1]))
    with subnormals_as_zero():
        fade((flushed[0], flushed[1]))
        assert torch.tensor(float(smallest)) / 4 == 0
    assert (kept > 0).all()
    assert (kept < smallest).all()
    assert (flushed == 0).all()
    assert torch.tensor(float(smallest)) / 4 > 0


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx2": True, "avx512_bf16": False, "amx_bf16": False}, False),
        ({"avx2": True, "avx512_bf16": True, "amx_bf16": False}, True),
        ({"neon": True, "bf16": True}, True),
        ({"neon": True}, False),
    ],
)
def test_only_instructions_for_bfloat16_count(
    capabilities: dict[str, bool], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert has_bfloat16.__wrapped__() == expected
