"""A network's weights on disk: a safetensors file, and a manifest for everything else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from synthinv.common.errors import in_brief
from synthinv.common.files import (
    Manifest,
    cannot_write,
    replacing,
    understood,
    verified,
    write_manifest,
)


def save_weights(
    path: Path,
    manifest_path: Path,
    weights: Mapping[str, torch.Tensor],
    fields: Mapping[str, Any],
) -> None:
    """Write weights and their manifest.

    Parameters
    ----------
    path : Path
        Weights (safetensors).
    manifest_path : Path
        Their manifest.
    weights : mapping of str to tensor
        A network's state.
    fields : mapping
        Fields of the manifest.

    Raises
    ------
    SynthinvError
        If the disk is full or the folder cannot be written to.
    """
    tensors = {name: tensor.cpu().contiguous() for name, tensor in weights.items()}
    with replacing(path) as partial:
        try:
            save_file(tensors, partial)
        except SafetensorError as error:
            raise cannot_write(path, in_brief(error)) from error
    write_manifest(manifest_path, fields, {"weights": path})


def load_weights(model: nn.Module, manifest_path: Path, manifest: Manifest) -> None:
    """Read weights into a network of the same shapes; they are converted to its precision.

    Parameters
    ----------
    model : torch.nn.Module
        The network.
    manifest_path : Path
        Their manifest; the weights lie beside it.
    manifest : dict
        Its fields, from `synthinv.common.files.read_manifest`.

    Raises
    ------
    SynthinvError
        If the weights are missing or damaged, or are those of another network.
    """
    path = verified(manifest_path, manifest, "weights")
    with understood(path, SafetensorError):
        weights = load_file(path)
    # A RuntimeError: names or shapes that are not the network's.
    with understood(path, RuntimeError):
        model.load_state_dict(weights)
