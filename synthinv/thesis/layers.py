"""The thesis network's layers, optimised for mini-batches of a few images on a CPU.

They compute the same as PyTorch's layers with less memory traffic. With those, a training with five
images per update spends most of its time reading and writing 48 million weights, their gradients,
and the three quarters of the convolutions' outputs that pooling discards.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from synthinv.common.compute import in_shares
from synthinv.thesis.kernels import pooled_convolution, pooled_convolution_gradient


class PooledConvolution(nn.Conv2d):
    """Convolution, 2 × 2 max-pooling and rectification.

    The thesis rectifies before pooling (Table 3). Both orders give the same, but rectifying after
    pooling takes a quarter of the operations.
    """

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map float tensors [n, in, height, width] to [n, out, height', width']."""
        if self.in_channels == 1 and images.device.type == "cpu":
            return _of_one_channel(images, self.weight, self.bias, self.padding[0])
        # In bfloat16, PyTorch 2.13's gradients of a convolution's weights are wrong where the image
        # is narrower than the kernel.
        narrow = min(images.shape[-2:]) < max(self.kernel_size)
        kind = images.device.type
        reduced = torch.is_autocast_enabled(kind) and not narrow
        with torch.autocast(kind, torch.bfloat16, reduced):
            # With the channels last in memory, pooling compares whole vectors.
            images = images if reduced else images.float()
            images = images.contiguous(memory_format=torch.channels_last)
            return functional.relu(functional.max_pool2d(super().forward(images), 2))


class _PooledConvolution(torch.autograd.Function):
    """A `PooledConvolution` of images with one channel that stores pooled pixels only."""

    @staticmethod
    def forward(
        ctx: Any, images: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, padding: int
    ) -> torch.Tensor:
        padded = functional.pad(images[:, 0].float(), (padding,) * 4).numpy()
        taps = weight[:, 0].permute(1, 2, 0).contiguous().numpy()
        height, width = ((padded.shape[1 + axis] - taps.shape[axis] + 1) // 2 for axis in range(2))
        pooled = np.empty((len(padded), height, width, len(weight)), np.float32)
        winners = np.empty(pooled.shape, np.uint8)
        arrays = padded, taps, bias.numpy(), pooled, winners
        convolve = pooled_convolution(len(taps), len(weight))
        in_shares(lambda start, stop: convolve(*arrays, start, stop), len(padded) * height)
        ctx.padded, ctx.winners, ctx.kernel = padded, winners, taps.shape[:2]
        return torch.from_numpy(pooled).permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[None, torch.Tensor, torch.Tensor, None]:
        pooled = gradient.permute(0, 2, 3, 1).contiguous().numpy()
        channels = pooled.shape[3]
        compute_gradients = pooled_convolution_gradient(ctx.kernel[0], channels)

        def share(start: int, stop: int) -> tuple[torch.Tensor, torch.Tensor]:
            taps, bias = torch.empty(*ctx.kernel, channels), torch.empty(channels)
            arrays = ctx.padded, pooled, ctx.winners, taps.numpy(), bias.numpy()
            compute_gradients(*arrays, start, stop)
            return taps, bias

        shares = in_shares(share, pooled.shape[0] * pooled.shape[1])
        taps, bias = (sum(parts[1:], parts[0]) for parts in zip(*shares, strict=True))
        return None, taps.permute(2, 0, 1)[:, None], bias, None


class FullyConnected(nn.Linear):
    """Fully connected layer whose weights' gradient is kept as two thin factors.

    For n images, the gradient of the weights [outputs, inputs] is the product of the gradient of
    the outputs [n, outputs], transposed, and the inputs [n, inputs]. `synthinv.thesis.optimisers`
    multiplies the factors block by block, so that the product is never stored.

    Attributes
    ----------
    factors : tuple of float32 tensor [n, outputs] and [n, inputs], optional
        Factors of the latest backward pass. On a GPU there are none, and the gradient is stored as
        usual.
    """

    factors: tuple[torch.Tensor, torch.Tensor] | None = None

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Map float tensors [n, inputs] to [n, outputs]."""
        if inputs.device.type == "cpu" and torch.is_grad_enabled():
            return _with_thin_gradient(inputs, self.weight, self.bias, self)
        return super().forward(inputs)


class _FullyConnected(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        layer: FullyConnected,
    ) -> torch.Tensor:
        # Always in single precision: in bfloat16, every update would have to convert the weights.
        with torch.autocast("cpu", enabled=False):
            ctx.save_for_backward(inputs, weight)
            ctx.layer = layer
            return functional.linear(inputs.float(), weight, bias)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, gradient: torch.Tensor
    ) -> tuple[torch.Tensor | None, None, torch.Tensor | None, None]:
        inputs, weight = ctx.saved_tensors
        ctx.layer.factors = gradient, inputs.detach().float()
        back = (gradient @ weight).to(inputs.dtype) if ctx.needs_input_grad[0] else None
        return back, None, gradient.sum(dim=0) if ctx.needs_input_grad[2] else None, None


# To mypy, `apply` is untyped.
_of_one_channel = cast(Callable[..., torch.Tensor], _PooledConvolution.apply)
_with_thin_gradient = cast(Callable[..., torch.Tensor], _FullyConnected.apply)
