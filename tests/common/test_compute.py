import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from synthinv.common import compute
from synthinv.common.compute import (
    describe_computation,
    has_bfloat16,
    in_shares,
    subnormals_as_zero,
    use_threads,
)
from synthinv.thesis import kernels

# Counts the page faults of allocating 64 MB.
FAULTS = """
import resource
import torch
from synthinv.common.compute import use_threads

use_threads(1)
start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
torch.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start)
"""
LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


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


@pytest.mark.skipif(
    not LARGE_PAGES.exists() or "[never]" in LARGE_PAGES.read_text(),
    reason="this system has no large pages",
)
def test_large_tensors_have_large_pages() -> None:
    # In a process of its own, in which no tensor has been created.
    ended = subprocess.run(
        [sys.executable, "-c", FAULTS], check=True, capture_output=True, text=True
    )
    # 16,384 of 4 kB each.
    assert int(ended.stdout) < 4_000


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


@pytest.mark.parametrize("has", [True, False])
def test_a_computation_is_described_by_what_was_used(
    has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "has_bfloat16", lambda: has)
    capabilities = {"sse": True, "avx2": True, "avx": True, "neon": False, "l2_cache_size": 1024}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    described = describe_computation(model, lambda: model(torch.zeros(1, 2)), 3, requested=True)
    assert described.processor == ("avx", "avx2")
    assert described.bfloat16 == (("0",) if has else ())
    assert described.threads == 3
    single = describe_computation(model, lambda: model(torch.zeros(1, 2)), 3, requested=False)
    assert single.bfloat16 == ()
    assert not model[0]._forward_hooks
