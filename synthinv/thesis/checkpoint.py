"""A trained network of the thesis on disk."""

from collections.abc import Mapping
from dataclasses import asdict
from operator import index
from pathlib import Path
from typing import Any

import torch
from torch import nn

from synthinv.common.compute import describe_computation
from synthinv.common.errors import SynthinvError
from synthinv.common.files import FIELDS, read_manifest, understood, within_memory
from synthinv.common.tensors import load_weights, save_weights
from synthinv.common.validation import validated
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.instruments.model import Instrument
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.losses import Loss, make_loss
from synthinv.thesis.network import build_network
from synthinv.thesis.pca import Projection


def save_network(
    path: Path,
    manifest_path: Path,
    model: nn.Sequential,
    network: NetworkConfig,
    training: TrainingConfig,
    data: SpectrogramData,
    origin: Mapping[str, Any],
) -> None:
    """Write a network, in the process that trained it.

    Parameters
    ----------
    path : Path
        Weights (safetensors).
    manifest_path : Path
        Its manifest.
    model : torch.nn.Module
        The network, from `build_network`.
    network : NetworkConfig
        The settings it was built with.
    training : TrainingConfig
        The settings it was trained with.
    data : SpectrogramData
        The data set it was trained on, which fixes image shape and parameters.
    origin : mapping
        Further fields of the manifest.
    """
    first = model[0]
    image = torch.zeros(1, 1, *data.shape, device=next(model.parameters()).device)
    trained_with = describe_computation(
        model, lambda: model(image), training.threads, requested=False
    )
    fields = {
        "network": network.model_dump(),
        "components": first.components if isinstance(first, Projection) else None,
        "shape": list(data.shape),
        "parameters": list(data.names),
        "training": training.model_dump(),
        "trained_with": asdict(trained_with),
        **origin,
    }
    save_weights(path, manifest_path, model.state_dict(), fields)


def load_network(
    manifest_path: Path, data: SpectrogramData, instrument: Instrument
) -> tuple[nn.Sequential, Loss]:
    """Read a network for the sounds of a data set.

    Parameters
    ----------
    manifest_path : Path
        Its manifest; the weights lie beside it.
    data : SpectrogramData
        The sounds to predict.
    instrument : Instrument
        The instrument that played them.

    Returns
    -------
    tuple of torch.nn.Sequential and Loss
        The network, on the CPU, and the loss that turns its outputs into labels.

    Raises
    ------
    SynthinvError
        If a file is missing or damaged, or the network was trained for other images or knobs.
    """
    manifest = read_manifest(manifest_path)
    with understood(manifest_path, *FIELDS):
        trained_on = tuple(manifest["shape"]), tuple(manifest["parameters"])
        sections, components = dict(manifest["network"]), manifest["components"]
        if components is not None and index(components) not in range(1, data.shape[0] + 1):
            raise ValueError(f"{components} components of {data.shape[0]} bands")
    if trained_on != (data.shape, data.names):
        raise SynthinvError(
            f"{manifest_path}: was trained on images or parameters other than the test set's; "
            "use the same spectrogram and instrument for train and test"
        )
    network = validated(NetworkConfig, sections, str(manifest_path))
    loss = make_loss(network, instrument)
    with within_memory(manifest_path):
        projection = None if components is None else Projection.blank(components, data.shape[0])
        model = build_network(network, data.shape, loss.outputs, projection)
    load_weights(model, manifest_path, manifest)
    return model, loss
