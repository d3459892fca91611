"""A trained network on disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from synthinv.errors import SynthinvError
from synthinv.files import read_manifest
from synthinv.networks import build_network
from synthinv.sections import Network
from synthinv.store import SpectrogramData
from synthinv.tensors import load_weights, save_weights
from synthinv.validation import validated


def save_network(
    path: Path,
    manifest_path: Path,
    model: nn.Module,
    network: Network,
    data: SpectrogramData,
    origin: Mapping[str, Any],
) -> None:
    """Write a network.

    Parameters
    ----------
    path : Path
        Weights (safetensors).
    manifest_path : Path
        Its manifest.
    model : torch.nn.Module
        From `build_network`.
    network : Network
        The layers it was built with.
    data : SpectrogramData
        What it was trained on: fixes image shape and parameters.
    origin : mapping
        Further fields of the manifest.
    """
    fields = {
        "network": network.model_dump(),
        "shape": list(data.shape),
        "parameters": list(data.names),
        **origin,
    }
    save_weights(path, manifest_path, model.state_dict(), fields)


def load_network(manifest_path: Path, data: SpectrogramData) -> nn.Module:
    """Read a network for the sounds of a data set.

    Parameters
    ----------
    manifest_path : Path
        Its manifest; the weights lie beside it.
    data : SpectrogramData
        The sounds it is to answer.

    Returns
    -------
    torch.nn.Module
        The network, on the CPU.

    Raises
    ------
    SynthinvError
        If a file is missing or damaged, or the network was trained for other images or knobs.
    """
    manifest = read_manifest(manifest_path)
    if (tuple(manifest["shape"]), tuple(manifest["parameters"])) != (data.shape, data.names):
        raise SynthinvError(
            f"{manifest_path}: was trained on images or parameters other than the test set's; "
            "use the same view and instrument for train and test"
        )
    network = validated(Network, manifest["network"], str(manifest_path))
    model = build_network(network, data.shape, len(data.names))
    load_weights(model, manifest_path, manifest)
    return model
