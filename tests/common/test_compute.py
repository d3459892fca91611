import subprocess
import sys

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

# Prints the flags of the mapped memory that holds a tensor of 64 MB.
FLAGS = """
from pathlib import Path
import torch
from synthinv.common.compute import use_threads

use_threads(1)
tensor = torch.ones(2**24)
middle, inside = tensor.data_ptr() + 2**25, False
for line in Path("/proc/self/smaps").read_text().splitlines():
    first = line.split()[0]
    if "-" in first and not first.endswith(":"):
        start, end = (int(edge, 16) for edge in first.split("-"))
        inside = start <= middle < end
    elif inside and first == "VmFlags:":
        print(line)
"""


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


def test_large_tensors_ask_for_large_pages() -> None:
    # In a process of its own, in which no tensor has been created.
    ended = subprocess.run(
        [sys.executable, "-c", FLAGS], check=True, capture_output=True, text=True
    )
    # Linux calls memory so for which large pages were asked.
    assert "hg" in ended.stdout.split()


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
