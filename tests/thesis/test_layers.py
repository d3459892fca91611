import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from synthinv.common.compute import use_threads
from synthinv.thesis.layers import FullyConnected, PooledConvolution


# Not randomised: with some shapes, two pixels are equal but for rounding, and either may win.
@settings(derandomize=True, max_examples=40, deadline=None)
@given(
    # Rows of a kernel of up to 200 floats, more than are summed at a time.
    inputs=st.sampled_from((1, 2, 40)),
    channels=st.integers(1, 20),
    kernel=st.sampled_from((1, 3, 5)),
    padding=st.integers(0, 3),
    height=st.integers(6, 40),
    width=st.integers(6, 9),
    threads=st.integers(1, 3),
)
def test_a_pooled_convolution_equals_pytorchs_three_layers(
    inputs: int, channels: int, kernel: int, padding: int, height: int, width: int, threads: int
) -> None:
    use_threads(threads)
    torch.manual_seed(0)
    layer = PooledConvolution(inputs, channels, kernel, padding=padding)
    images = torch.randn(3, inputs, height, width, requires_grad=True)
    found, expected = layer(images), plain(layer, images)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    # Some pixels that won have no gradient, as they have none behind a layer with few kernels.
    gradient_of_outputs = functional.relu(torch.randn(expected.shape))
    assert_same_gradients(layer, images, found, expected, gradient_of_outputs)


def plain(layer: PooledConvolution, images: torch.Tensor) -> torch.Tensor:
    """Compute what a layer does, in PyTorch's own layers."""
    convolved = functional.conv2d(images, layer.weight, layer.bias, padding=layer.padding)
    return functional.max_pool2d(functional.relu(convolved), 2)


def assert_same_gradients(
    layer: PooledConvolution,
    images: torch.Tensor,
    found: torch.Tensor,
    expected: torch.Tensor,
    gradient_of_outputs: torch.Tensor,
) -> None:
    assert layer.bias is not None
    inputs = (layer.weight, layer.bias, images)
    gradients = zip(
        torch.autograd.grad(found, inputs, gradient_of_outputs),
        torch.autograd.grad(expected, inputs, gradient_of_outputs),
        strict=True,
    )
    for own, pytorchs in gradients:
        assert own.shape == pytorchs.shape
        assert (own - pytorchs).norm() <= 1e-5 * pytorchs.norm()


@pytest.mark.parametrize("channels", [32, 1])
def test_the_thesis_second_convolution_has_pytorchs_gradients(channels: int) -> None:
    use_threads(2)
    torch.manual_seed(0)
    layer = PooledConvolution(32, channels, 5, padding=2)
    # Many blocks of rows, and as in the network images after rectification.
    images = functional.relu(torch.randn(2, 32, 250, 15)).requires_grad_()
    found, expected = layer(images), plain(layer, images)
    assert_same_gradients(layer, images, found, expected, torch.randn(expected.shape))


@pytest.mark.parametrize("silent", [0, 11, 17, 32])
def test_channels_that_are_zero_everywhere_change_nothing(silent: int) -> None:
    use_threads(2)
    torch.manual_seed(0)
    first, second = PooledConvolution(1, 32, 5, padding=2), PooledConvolution(32, 8, 5, padding=2)
    assert first.bias is not None
    assert second.bias is not None
    with torch.no_grad():
        first.bias[torch.randperm(32)[:silent]] = -100
        second.bias += 0.1
    images = torch.randn(3, 1, 80, 30, requires_grad=True)
    found, expected = second(first(images)), plain(second, plain(first, images))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    inputs = (images, first.weight, first.bias, second.weight, second.bias)
    ones = torch.randn(expected.shape)
    for own, pytorchs in zip(
        torch.autograd.grad(found, inputs, ones),
        torch.autograd.grad(expected, inputs, ones),
        strict=True,
    ):
        assert (own - pytorchs).norm() <= 1e-5 * pytorchs.norm()


def test_images_without_a_gradient_cost_none() -> None:
    layer, images = PooledConvolution(2, 3, 3), torch.randn(2, 2, 8, 8)
    layer(images).sum().backward()
    assert images.grad is None
    assert layer.weight.grad is not None


def test_the_factors_of_a_fully_connected_layer_multiply_to_its_weights_gradient() -> None:
    torch.manual_seed(0)
    layer, plain = FullyConnected(7, 3), nn.Linear(7, 3)
    plain.load_state_dict(layer.state_dict())
    inputs = torch.randn(5, 7, requires_grad=True)
    again = inputs.detach().clone().requires_grad_()
    (layer(inputs) ** 3).sum().backward()
    (plain(again) ** 3).sum().backward()
    assert layer.factors is not None
    outputs, activations = layer.factors
    assert plain.weight.grad is not None
    torch.testing.assert_close(outputs.T @ activations, plain.weight.grad)
    assert layer.bias is not None
    torch.testing.assert_close(layer.bias.grad, plain.bias.grad)
    torch.testing.assert_close(inputs.grad, again.grad)
    assert layer.weight.grad is None
    with torch.no_grad():
        np.testing.assert_allclose(layer(inputs), plain(inputs), rtol=1e-5)


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("inputs", [1, 3])
def test_gradients_are_the_same_every_time(count: int, inputs: int) -> None:
    use_threads(2)
    torch.manual_seed(0)
    layer = PooledConvolution(inputs, 8, 3, padding=1)
    images = torch.randn(count, inputs, 30, 10, requires_grad=True)
    gradients = [
        torch.autograd.grad(layer(images).sum(), (images, *layer.parameters())) for _ in range(2)
    ]
    assert all(torch.equal(*pair) for pair in zip(*gradients, strict=True))


def test_gradients_do_not_depend_on_where_arrays_are_in_memory() -> None:
    use_threads(1)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    # The third convolution of images of 51 bands.
    layer = PooledConvolution(32, 32, 5, padding=2)
    images = torch.rand(5, 32, 12, 7)
    outputs = layer(images)
    gradient = torch.randn(outputs.shape)
    found = set()
    for _ in range(500):
        # Holes of many sizes, in one of which the next array will be.
        held = [np.ones(size, np.uint8) for size in rng.integers(1, 60_000, rng.integers(1, 200))]
        del held[::2]
        gradients = torch.autograd.grad(
            layer(images.clone()), tuple(layer.parameters()), gradient.clone()
        )
        found.add(b"".join(part.numpy().tobytes() for part in gradients))
    assert len(found) == 1
