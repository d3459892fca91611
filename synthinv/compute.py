"""What networks compute on, and that they compute the same every time."""

import os

import torch


def use_threads(threads: int) -> None:
    """Fix PyTorch's CPU threads and demand reproducible kernels.

    Sums are split among threads, so the results depend, in the last digits, on their number.
    """
    # cuBLAS reads this when it starts; without it PyTorch refuses to be reproducible on a GPU.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)


def device() -> torch.device:
    """Return the GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
