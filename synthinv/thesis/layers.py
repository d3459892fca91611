"""The thesis network's layers, optimised for mini-batches of a few images on a CPU.

They compute the same as PyTorch's layers with less memory traffic and fewer multiplications. With
PyTorch's layers, a training with five images per update spends most of its time on reading and
writing up to 48 million weights and their gradients, and on computing and storing pixels that
pooling discards.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from synthinv.common.compute import in_shares
from synthinv.thesis.kernels import (
    IMAGE_ROWS,
    copy_channels,
    largest_of_four,
    pooled_convolution,
    pooled_convolution_gradient,
    sparse_images_gradient,
    sparse_weights_gradient,
    spread_channels,
)

CHANNELS_AT_A_TIME = 8
"""Numbers of channels are rounded up to a multiple of this: each compiles loops of its own."""

Floats = npt.NDArray[np.float32]
Winners = npt.NDArray[np.uint8]


class PooledConvolution(nn.Conv2d):
    """Convolution, 2 × 2 max-pooling and rectification.

    The thesis rectifies before pooling (Table 3). Both orders give the same, but rectifying after
    pooling takes a quarter of the operations.

    Channels of the images that are zero everywhere, as more than half are after a first layer whose
    images are divided by their sum, are left out of the computation. No gradient is passed back to
    them: the `PooledConvolution` below, which rectified them to zero, would not pass it on.
    """

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map float32 tensors [n, in, height, width] to [n, out, height', width']."""
        if images.device.type == "cpu":
            return _pooled_convolution(images, self.weight, self.bias, self.padding[0])
        return functional.relu(functional.max_pool2d(super().forward(images), 2))


class _PooledConvolution(torch.autograd.Function):
    """A `PooledConvolution` that stores only the pooled pixels and the winners of pooling.

    Its arrays have the channels last.
    """

    @staticmethod
    def forward(
        ctx: Any, images: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, padding: int
    ) -> torch.Tensor:
        images = images.permute(0, 2, 3, 1).contiguous()
        used = _used_channels(images)
        padded = _padded(images, used, padding)
        convolve = _convolve_one_channel if padded.shape[3] == 1 else _convolve
        pooled, winners = convolve(padded, weight[:, used], bias)
        ctx.save_for_backward(weight, used)
        ctx.padded, ctx.winners, ctx.padding = padded.numpy(), winners, padding
        return torch.from_numpy(pooled).permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, gradient: torch.Tensor
    ) -> tuple[torch.Tensor | None, torch.Tensor, torch.Tensor, None]:
        weight, used = ctx.saved_tensors
        pooled = gradient.permute(0, 2, 3, 1).contiguous().numpy()
        one_channel = ctx.padded.shape[3] == 1
        differentiate = _one_channel_weights_gradient if one_channel else _weights_gradient
        own, biases = differentiate(ctx.padded, pooled, ctx.winners, weight.shape[2])
        weights = torch.zeros_like(weight)
        weights[:, used] = own
        images = None
        if ctx.needs_input_grad[0]:
            arrays = pooled, ctx.winners, weight[:, used], ctx.padding
            own = _images_gradient(ctx.padded.shape, *arrays)
            images = _all_channels(own, used, weight.shape[1]).permute(0, 3, 1, 2)
        return images, weights, biases, None


def _used_channels(images: torch.Tensor) -> torch.Tensor:
    """Return the indices of the channels of images [n, height, width, channels] to compute with.

    Those that are not zero everywhere, and so many others that their number is a multiple of
    `CHANNELS_AT_A_TIME`.
    """
    channels = images.shape[3]
    pixels = images.flatten(0, 2)
    # `aminmax` takes thirty times as long as both.
    zero = (pixels.amin(dim=0) == 0) & (pixels.amax(dim=0) == 0)
    count = -(-max(channels - int(zero.sum()), 1) // CHANNELS_AT_A_TIME) * CHANNELS_AT_A_TIME
    return zero.to(torch.uint8).argsort(stable=True)[:count].sort().values


def _padded(images: torch.Tensor, used: torch.Tensor, padding: int) -> torch.Tensor:
    """Return some channels of images [n, height, width, channels], with zeros around them."""
    n, height, width, channels = images.shape
    if len(used) == channels:
        return functional.pad(images, (0, 0, *(padding,) * 4))
    padded = torch.empty(n, height + 2 * padding, width + 2 * padding, len(used))
    work = partial(copy_channels, images.numpy(), used.numpy(), padding, padded.numpy())
    in_shares(work, n * padded.shape[1])
    return padded


def _all_channels(images: torch.Tensor, used: torch.Tensor, channels: int) -> torch.Tensor:
    """Return images [n, height, width, channels] with zeros in all channels but the `used` ones."""
    if len(used) == channels:
        return images
    every = torch.empty(*images.shape[:3], channels)
    work = partial(spread_channels, images.numpy(), used.numpy(), every.numpy())
    in_shares(work, every.shape[0] * every.shape[1])
    return every


def _convolve(
    padded: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
) -> tuple[Floats, Winners]:
    """Convolve, and return pooled pixels and winners, see `kernels.largest_of_four`."""
    convolved = functional.conv2d(padded.permute(0, 3, 1, 2), weight, bias)
    pixels = convolved.permute(0, 2, 3, 1).contiguous().numpy()
    n, height, width, channels = pixels.shape
    pooled = np.empty((n, height // 2, width // 2, channels), np.float32)
    winners = np.empty(pooled.shape, np.uint8)
    work = partial(largest_of_four, pixels, pooled, winners)
    in_shares(work, n * pooled.shape[1])
    return pooled, winners


def _convolve_one_channel(
    padded: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
) -> tuple[Floats, Winners]:
    """Return the same as `_convolve`, without storing the pixels before pooling."""
    pixels, taps = padded[..., 0].numpy(), weight[:, 0].permute(1, 2, 0).contiguous().numpy()
    height, width = ((pixels.shape[1 + axis] - taps.shape[axis] + 1) // 2 for axis in range(2))
    pooled = np.empty((len(pixels), height, width, len(weight)), np.float32)
    winners = np.empty(pooled.shape, np.uint8)
    arrays = pixels, taps, bias.numpy(), pooled, winners
    in_shares(partial(pooled_convolution(len(taps), len(weight)), *arrays), len(pixels) * height)
    return pooled, winners


def _weights_gradient(
    padded: Floats, pooled: Floats, winners: Winners, size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the gradients of kernels [channels, inputs, size, size] and biases [channels]."""
    channels, inputs = pooled.shape[3], padded.shape[3]
    compute_gradients = sparse_weights_gradient(size * inputs)

    def share(start: int, stop: int) -> tuple[torch.Tensor, torch.Tensor]:
        weights, biases = torch.empty(channels, size, size * inputs), torch.empty(channels)
        arrays = padded, pooled, winners, weights.numpy(), biases.numpy()
        compute_gradients(*arrays, start, stop)
        return weights, biases

    weights, biases = _summed(in_shares(share, pooled.shape[0] * pooled.shape[1]))
    return weights.view(channels, size, size, inputs).permute(0, 3, 1, 2), biases


def _one_channel_weights_gradient(
    padded: Floats, pooled: Floats, winners: Winners, size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the same as `_weights_gradient`, for images with one channel."""
    channels = pooled.shape[3]
    compute_gradients = pooled_convolution_gradient(size, channels)

    def share(start: int, stop: int) -> tuple[torch.Tensor, torch.Tensor]:
        taps, biases = torch.empty(size, size, channels), torch.empty(channels)
        arrays = padded[..., 0], pooled, winners, taps.numpy(), biases.numpy()
        compute_gradients(*arrays, start, stop)
        return taps, biases

    taps, biases = _summed(in_shares(share, pooled.shape[0] * pooled.shape[1]))
    return taps.permute(2, 0, 1)[:, None], biases


def _images_gradient(
    shape: tuple[int, ...], pooled: Floats, winners: Winners, weight: torch.Tensor, padding: int
) -> torch.Tensor:
    """Return the gradient of images; `shape` is theirs with padding. The channels are last."""
    n, height, width, inputs = shape
    images = torch.empty(n, height - 2 * padding, width - 2 * padding, inputs)
    channels, _, size, _ = weight.shape
    taps = weight.permute(2, 0, 3, 1).contiguous()
    kernels = taps.view(size, channels, size * inputs).numpy()
    compute_gradient = sparse_images_gradient(size * inputs)
    work = partial(compute_gradient, kernels, pooled, winners, padding, images.numpy())
    in_shares(work, n * -(-images.shape[1] // IMAGE_ROWS))
    return images


def _summed(
    shares: list[tuple[torch.Tensor, torch.Tensor]],
) -> tuple[torch.Tensor, torch.Tensor]:
    weights, biases = (sum(parts[1:], parts[0]) for parts in zip(*shares, strict=True))
    return weights, biases


class FullyConnected(nn.Linear):
    """Fully connected layer whose weights' gradient is kept as two thin factors.

    For n rows of inputs, the gradient of the weights [outputs, inputs] is the product of the
    transposed gradient of the outputs [n, outputs] and the inputs [n, inputs].
    `synthinv.thesis.optimisers` multiplies the factors block by block while it updates the weights,
    so that the product is not stored if n is small.

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
        ctx.save_for_backward(inputs, weight)
        ctx.layer = layer
        return functional.linear(inputs, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, gradient: torch.Tensor
    ) -> tuple[torch.Tensor | None, None, torch.Tensor | None, None]:
        inputs, weight = ctx.saved_tensors
        ctx.layer.factors = gradient, inputs.detach()
        back = gradient @ weight if ctx.needs_input_grad[0] else None
        return back, None, gradient.sum(dim=0) if ctx.needs_input_grad[2] else None, None


# PyTorch does not annotate `apply`.
_pooled_convolution = cast(Callable[..., torch.Tensor], _PooledConvolution.apply)
_with_thin_gradient = cast(Callable[..., torch.Tensor], _FullyConnected.apply)
