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
@settings(derandomize=True, max_examples=40)
@given(
    inputs=st.integers(1, 2),
    channels=st.integers(1, 20),
    kernel=st.integers(1, 5),
    padding=st.integers(0, 3),
    height=st.integers(6, 15),
    width=st.integers(6, 9),
    threads=st.integers(1, 3),
)
def test_a_pooled_convolution_equals_pytorchs_three_layers(
    inputs: int, channels: int, kernel: int, padding: int, height: int, width: int, threads: int
) -> None:
    use_threads(threads)
    torch.manual_seed(0)
    layer = PooledConvolution(inputs, channels, kernel, padding=padding)
    images = torch.randn(3, inputs, height, width)
    expected = functional.max_pool2d(
        functional.relu(functional.conv2d(images, layer.weight, layer.bias, padding=padding)), 2
    )
    found = layer(images)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    gradient_of_outputs = torch.randn(expected.shape)
    assert layer.bias is not None
    weights = (layer.weight, layer.bias)
    torch.testing.assert_close(
        torch.autograd.grad(found, weights, gradient_of_outputs),
        torch.autograd.grad(expected, weights, gradient_of_outputs),
        rtol=1e-4,
        atol=1e-4,
    )


# Narrower than the kernel, where PyTorch's own gradient would be wrong, and wider.
@pytest.mark.parametrize("width", [3, 12])
def test_gradients_in_mixed_precision_are_those_in_single(width: int) -> None:
    torch.manual_seed(0)
    layer = PooledConvolution(4, 8, 5, padding=2)
    images = torch.randn(3, 4, 20, width)

    def gradient(mixed: bool) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, mixed):
            pooled = layer(images).float()
        return torch.autograd.grad((pooled**2).sum(), layer.weight)[0]

    assert (gradient(True) - gradient(False)).norm() < 0.03 * gradient(False).norm()


def test_a_layer_in_single_precision_accepts_images_from_one_in_mixed_precision() -> None:
    layers = torch.nn.Sequential(*(PooledConvolution(4, 4, 5, padding=2) for _ in range(2)))
    with torch.autocast("cpu", torch.bfloat16):
        assert layers(torch.randn(3, 4, 20, 6)).dtype == torch.float32


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


def test_a_fully_connected_layer_stays_in_single_precision() -> None:
    torch.manual_seed(0)
    layer = FullyConnected(50, 3)
    inputs = torch.randn(5, 50)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = layer(inputs)
    assert mixed.dtype == torch.float32
    assert torch.equal(mixed, layer(inputs))


@pytest.mark.parametrize("count", [1, 5])
def test_gradients_are_the_same_every_time(count: int) -> None:
    use_threads(2)
    torch.manual_seed(0)
    layer, images = PooledConvolution(1, 8, 3, padding=1), torch.randn(count, 1, 30, 10)
    gradients = [torch.autograd.grad(layer(images).sum(), layer.weight)[0] for _ in range(2)]
    assert torch.equal(*gradients)
