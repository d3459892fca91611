"""The thesis's network: convolutions with max-pooling, then fully connected layers (Table 3)."""

from torch import nn

from synthinv.common.errors import SynthinvError
from synthinv.config.sections.network import NetworkConfig
from synthinv.config.shapes import convolved_shapes
from synthinv.thesis.layers import FullyConnected, PooledConvolution
from synthinv.thesis.pca import Projection

THESIS_CONVOLUTION_RANGE, THESIS_LINEAR_RANGE = 0.5, 0.1
"""Half-widths of the uniform distributions of the initial weights (thesis, section 4.3.2)."""


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
        logits under cross-entropy. The weights are drawn from PyTorch's global generator.

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
    channels = 1
    for _ in range(network.convolutions):
        layers.append(
            PooledConvolution(
                channels, network.kernels, network.kernel_size, padding=network.padding
            )
        )
        channels = network.kernels
    height, width = convolved_shapes(network, shape)[-1]
    features = channels * height * width
    layers.append(nn.Flatten())
    for _ in range(network.hidden_layers):
        layers += [FullyConnected(features, network.hidden_units), nn.ReLU()]
        features = network.hidden_units
    layers.append(FullyConnected(features, outputs))
    if network.loss == "mse":
        layers.append(nn.Sigmoid())
    model = nn.Sequential(*layers)
    if network.initialisation == "thesis":
        model.apply(_initialise_as_the_thesis)
    elif network.initialisation == "xavier":
        model.apply(_initialise_as_xavier)
    return model


def _initialise_as_xavier(layer: nn.Module) -> None:
    """Draw weights as published by Xavier Glorot, and set the biases to 0.

    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.
    """
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _initialise_as_the_thesis(layer: nn.Module) -> None:
    """Draw weights and biases uniformly, in the thesis's ranges."""
    if isinstance(layer, nn.Conv2d):
        half_width = THESIS_CONVOLUTION_RANGE
    elif isinstance(layer, nn.Linear):
        half_width = THESIS_LINEAR_RANGE
    else:
        return
    for weights in layer.parameters():
        nn.init.uniform_(weights, -half_width, half_width)
