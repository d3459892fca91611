"""The thesis's network: convolutions with max-pooling, then fully connected layers (Table 3)."""

import torch
from torch import nn

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.network import NetworkConfig
from synthinv.config.shapes import channels, convolved_shapes, flattened_size
from synthinv.thesis.layers import FullyConnected, PooledConvolution
from synthinv.thesis.pca import Projection

THESIS_CONVOLUTION_RANGE, THESIS_LINEAR_RANGE = 0.5, 0.1
"""Half-widths of the uniform distributions of the initial weights (thesis, section 4.3.2)."""
OWN_BIASES = {"thesis": "thesis", "pytorch": "pytorch", "xavier": "zero"}
"""The value of `initial_biases` that each `initialisation` has by itself."""


class MeanImage(nn.Module):
    """The mean of the images of all kernels."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map float tensors [n, kernels, height, width] to [n, 1, height, width]."""
        return images.mean(dim=1, keepdim=True)


class SeparateImages(nn.Module):
    """The images of all kernels, each as a row of its own."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map float tensors [n, kernels, height, width] to [n · kernels, 1, height, width]."""
        return images.flatten(0, 1)[:, None]


def build_network(
    network: NetworkConfig,
    shape: tuple[int, int],
    outputs: int,
    projection: Projection | None = None,
) -> nn.Sequential:
    """Build the network of Table 3 with new weights.

    Parameters
    ----------
    network : NetworkConfig
        Layer sizes and initialisation.
    shape : tuple of int
        (bands, frames) of the images.
    outputs : int
        Number of outputs, see `synthinv.thesis.losses`.
    projection : Projection, optional
        First layer, which projects the bands onto principal components.

    Returns
    -------
    torch.nn.Sequential
        Maps float32 [batch, 1, bands, frames] to [batch, outputs]: in (0, 1) under squared error,
        logits under cross-entropy. With `flatten: each`, there is a row for every image of the last
        convolution: [batch · kernels, outputs], those of an image next to each other. The weights
        are drawn from PyTorch's global generator.

    Raises
    ------
    SynthinvError
        If there are too few principal components for the convolutions.
    """
    layers: list[nn.Module] = []
    if projection is not None:
        layers.append(projection)
        shape = (projection.components, shape[1])
        if min(convolved_shapes(network, shape)[-1]) < 1:
            raise SynthinvError(
                f"pca: {shape[0]} principal components have {network.pca} of the variance, too few "
                f"for {network.convolutions} convolutions with pooling; raise pca, or use fewer "
                "convolutions"
            )
    inputs = 1
    for kernels in channels(network):
        layers.append(
            PooledConvolution(inputs, kernels, network.kernel_size, padding=network.padding)
        )
        inputs = kernels
    if network.flatten != "all":
        layers.append(MeanImage() if network.flatten == "mean" else SeparateImages())
    features = flattened_size(network, shape)
    layers.append(nn.Flatten())
    for _ in range(network.hidden_layers):
        layers += [FullyConnected(features, network.hidden_units), nn.ReLU()]
        features = network.hidden_units
    layers.append(FullyConnected(features, outputs))
    if network.loss == "mse":
        layers.append(nn.Sigmoid())
    model = nn.Sequential(*layers)
    _initialise(model, network)
    return model


def _initialise(model: nn.Sequential, network: NetworkConfig) -> None:
    """Replace PyTorch's initial weights and biases by those that the settings name."""
    layers = [layer for layer in model if isinstance(layer, nn.Conv2d | nn.Linear)]
    pytorchs = [_bias(layer).detach().clone() for layer in layers]
    if network.initialisation == "thesis":
        for layer in layers:
            for weights in layer.parameters():
                _draw_as_the_thesis(weights, layer)
    elif network.initialisation == "xavier":
        for layer in layers:
            _initialise_as_xavier(layer)
    if network.initial_biases in (None, OWN_BIASES[network.initialisation]):
        return
    # After all weights, so that these are the same with any biases.
    for layer, pytorch in zip(layers, pytorchs, strict=True):
        if network.initial_biases == "thesis":
            _draw_as_the_thesis(_bias(layer), layer)
        else:
            new = pytorch if network.initial_biases == "pytorch" else torch.zeros_like(pytorch)
            _bias(layer).data.copy_(new)


def _draw_as_the_thesis(weights: torch.Tensor, layer: nn.Conv2d | nn.Linear) -> None:
    """Draw weights or biases of a layer uniformly, in the thesis's range."""
    convolution = isinstance(layer, nn.Conv2d)
    half_width = THESIS_CONVOLUTION_RANGE if convolution else THESIS_LINEAR_RANGE
    nn.init.uniform_(weights, -half_width, half_width)


def _initialise_as_xavier(layer: nn.Conv2d | nn.Linear) -> None:
    """Draw weights as published by Xavier Glorot, and set the biases to 0.

    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.
    """
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(_bias(layer))


def _bias(layer: nn.Conv2d | nn.Linear) -> torch.Tensor:
    assert layer.bias is not None
    return layer.bias
