"""Device, precision and threads of networks, such that results are reproducible."""

import functools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import nn

Result = TypeVar("Result")

# PyTorch's names of the instructions that multiply matrices in bfloat16: two of x86, two of Arm.
BFLOAT16_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")

# Instructions that decide which kernels PyTorch and numba run, and with them how sums of
# floating-point numbers are rounded; by PyTorch's names.
FLOATING_POINT_INSTRUCTIONS = (
    *("avx", "avx2", "fma3", "fma4", "avx512_f", "avx512_dq", "avx512_bw", "avx512_vl"),
    *("avx512_fp16", "amx_fp16", "neon", "fp16", "sve", "sve2"),
    *BFLOAT16_INSTRUCTIONS,
)


def use_threads(threads: int) -> None:
    """Fix PyTorch's CPU threads, demand reproducible kernels, and use large pages of memory.

    Sums are split among threads, so the results depend, in the last digits, on their number. Call
    this before the first tensor is created: later, the pages stay small.
    """
    # An update of a network allocates the same large arrays each time, and the system maps them
    # page by page.
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    # Read by cuBLAS when it starts; without it, PyTorch refuses to compute reproducibly on a GPU.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    # As torch.use_deterministic_algorithms(True), but that imports PyTorch's compiler, which takes
    # as long as importing PyTorch itself.
    torch.set_deterministic_debug_mode("error")
    # No code here reads memory before it has written it; filling it would take a tenth of a
    # training.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


@contextmanager
def subnormals_as_zero() -> Iterator[None]:
    """Treat numbers below 10⁻³⁸ as 0, on this thread and on those that it starts in the block.

    The gradients of a saturated network, and their averages, shrink to such numbers, for which a
    processor takes many times as long as for others.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        # NumPy and SciPy warn if a processor has no subnormal numbers.
        torch.set_flush_denormal(False)


def device() -> torch.device:
    """Return the GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@functools.cache
def has_bfloat16() -> bool:
    """Return whether the device has instructions that multiply matrices in bfloat16."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # PyTorch uses these instructions through oneDNN.
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in BFLOAT16_INSTRUCTIONS)


def mixed_precision(requested: bool) -> torch.autocast:
    """Compute in bfloat16 where that is precise enough, requested and faster.

    Parameters
    ----------
    requested : bool
        Whether to do so. A device without instructions for it computes in single precision all the
        same, since PyTorch takes ten times as long to emulate them.

    Returns
    -------
    torch.autocast
        A context manager, for threads that share a network, too.
    """
    # The cache of converted weights would be shared by all threads.
    return torch.autocast(
        device().type, torch.bfloat16, enabled=requested and has_bfloat16(), cache_enabled=False
    )


def device_and_precision(requested: bool) -> str:
    """Describe device and precision for a log; `requested` is as for `mixed_precision`."""
    bfloat16 = requested and has_bfloat16()
    precision = "bfloat16 where it is precise enough" if bfloat16 else "single precision"
    return f"on {device().type}, in {precision}"


@dataclass(frozen=True)
class Computation:
    """The software and hardware of a training, as far as the weights depend on them.

    Attributes
    ----------
    pytorch : str
        Version of PyTorch.
    device : str
        The GPU's name, or `cpu`.
    threads : int
        CPU threads.
    processor : tuple of str
        The processor's floating-point instructions that results depend on, by PyTorch's names.
    bfloat16 : tuple of str
        Layers whose outputs are in bfloat16, named as in the file of the weights. The outputs of
        all others are in single precision.
    """

    pytorch: str
    device: str
    threads: int
    processor: tuple[str, ...]
    bfloat16: tuple[str, ...]


def describe_computation(
    model: nn.Module, forward: Callable[[], object], threads: int, requested: bool
) -> Computation:
    """Describe what a network is trained with in this process.

    Parameters
    ----------
    model : torch.nn.Module
        The network.
    forward : callable
        Runs the network on inputs of the training's shape, on the device that it is trained on.
    threads : int
        CPU threads of the training. Not read from PyTorch, whose number changes once a thread of
        some pool has set another.
    requested : bool
        As for `mixed_precision`.

    Returns
    -------
    Computation
        The description.
    """
    capabilities = torch.cpu.get_capabilities()
    known = sorted(name for name in FLOATING_POINT_INSTRUCTIONS if capabilities.get(name, False))
    name = torch.cuda.get_device_name() if device().type == "cuda" else "cpu"
    return Computation(
        pytorch=torch.__version__,
        device=name,
        threads=threads,
        processor=tuple(known),
        bfloat16=_layers_in_bfloat16(model, forward, requested),
    )


def _layers_in_bfloat16(
    model: nn.Module, forward: Callable[[], object], requested: bool
) -> tuple[str, ...]:
    """Name the layers with weights whose outputs are in bfloat16 in a forward pass.

    Requesting bfloat16 is not enough: some layers refuse it, for images of some shapes.
    """
    found: list[str] = []

    def record(name: str, _layer: nn.Module, _inputs: Any, outputs: Any) -> None:
        if torch.is_tensor(outputs) and outputs.dtype == torch.bfloat16:
            found.append(name)

    handles = [
        layer.register_forward_hook(functools.partial(record, name))
        for name, layer in model.named_modules()
        if list(layer.parameters(recurse=False))
    ]
    try:
        # Some layers compute in another precision where no gradient is wanted.
        with torch.enable_grad(), mixed_precision(requested):
            forward()
    finally:
        for handle in handles:
            handle.remove()
    return tuple(sorted(set(found)))


def in_shares(work: Callable[[int, int], Result], count: int, least: int = 1) -> list[Result]:
    """Split work into equal shares, one per thread, on at most as many threads as PyTorch uses.

    Parameters
    ----------
    work : callable
        Processes the items from `first` up to, but not including, `end`; releases the GIL.
    count : int
        Number of items.
    least : int
        Smallest share, in items, that is worth a thread.

    Returns
    -------
    list
        The results of the shares, in order.
    """
    shares = max(1, min(torch.get_num_threads(), count // least))
    if shares == 1:
        return [work(0, count)]
    edges = [count * i // shares for i in range(shares + 1)]
    with ThreadPoolExecutor(shares) as pool:
        return list(pool.map(work, edges[:-1], edges[1:]))
