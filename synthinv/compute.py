"""What networks compute on, and that they compute the same every time."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

Result = TypeVar("Result")


def use_threads(threads: int) -> None:
    """Fix PyTorch's CPU threads and demand reproducible kernels.

    Sums are split among threads, so the results depend, in the last digits, on their number.
    """
    # cuBLAS reads this when it starts; without it PyTorch refuses to be reproducible on a GPU.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    # Nothing here reads memory that it did not write; filling it takes a tenth of a training.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


@contextmanager
def subnormals_as_zero() -> Iterator[None]:
    """Take numbers below 10⁻³⁸ for 0, on this thread and on those that it starts meanwhile.

    The gradients of a saturated network, and their averages, fade through them, and a processor
    takes many times as long for such a number as for any other.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        # NumPy and SciPy warn of a processor that has no such numbers.
        torch.set_flush_denormal(False)


def device() -> torch.device:
    """Return the GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def in_shares(work: Callable[[int, int], Result], count: int, least: int = 1) -> list[Result]:
    """Split work among at most as many threads as PyTorch uses.

    Parameters
    ----------
    work : callable
        Does the items from a first one to before a last one, without the GIL.
    count : int
        Number of items.
    least : int
        Items that are worth a thread.

    Returns
    -------
    list
        What it returned for each share, in order.
    """
    shares = max(1, min(torch.get_num_threads(), count // least))
    if shares == 1:
        return [work(0, count)]
    edges = [count * i // shares for i in range(shares + 1)]
    with ThreadPoolExecutor(shares) as pool:
        return list(pool.map(work, edges[:-1], edges[1:]))
