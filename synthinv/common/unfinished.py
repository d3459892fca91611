"""Unfinished trainings on disk, which can be resumed from their latest saved state."""

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from synthinv.common.compute import describe_computation
from synthinv.common.errors import SynthinvError, in_brief
from synthinv.common.files import (
    Manifest,
    cannot_write,
    read_manifest,
    replacing,
    sha256_of,
    understood,
    verified,
    write_manifest,
)

log = logging.getLogger(__name__)

SAVE_EVERY = 60.0
"""Least seconds between two saves. One takes up to 4 s: 600 MB with 60,000 inputs."""

Tensors = dict[str, torch.Tensor]


class Stateful(Protocol):
    """An optimiser whose state can be saved and restored, as all of PyTorch's."""

    def state_dict(self) -> dict[str, Any]:
        """Return its state."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a state."""


class ResumableState(Protocol):
    """Everything that changes in the course of a training, in a form that can be saved."""

    @property
    def unit(self) -> str:
        """What the training's progress is counted in, such as "epoch"."""

    @property
    def done(self) -> int:
        """Units that are done."""

    def tensors(self) -> Tensors:
        """Return the weights and the optimisers' state, by name."""

    def fields(self) -> dict[str, Any]:
        """Return the rest of the state as fields of a JSON file."""

    def restore(self, tensors: Tensors, fields: Mapping[str, Any]) -> None:
        """Restore a state that `tensors` and `fields` returned."""


def tensors_of(networks: Mapping[str, nn.Module], optimisers: Mapping[str, Stateful]) -> Tensors:
    """Return the state of networks and optimisers, for `restore_tensors`.

    Parameters
    ----------
    networks : mapping of str to torch.nn.Module
        Networks by name.
    optimisers : mapping of str to Stateful
        Optimisers by name; no name is that of a network.

    Returns
    -------
    dict of str to tensor
        Their tensors.
    """
    tensors: Tensors = {}
    for name, network in networks.items():
        tensors |= {f"{name}.{key}": tensor for key, tensor in network.state_dict().items()}
    for name, optimiser in optimisers.items():
        for index, values in optimiser.state_dict()["state"].items():
            tensors |= {f"{name}.{index}.{key}": tensor for key, tensor in values.items()}
    return tensors


def restore_tensors(
    networks: Mapping[str, nn.Module], optimisers: Mapping[str, Stateful], tensors: Tensors
) -> None:
    """Restore the state of networks and optimisers that `tensors_of` returned."""
    for name, network in networks.items():
        network.load_state_dict(_below(tensors, name))
    for name, optimiser in optimisers.items():
        state: dict[int, Tensors] = {}
        for key, tensor in _below(tensors, name).items():
            index, own = key.split(".", 1)
            state.setdefault(int(index), {})[own] = tensor
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def _below(tensors: Tensors, name: str) -> Tensors:
    return {
        key.removeprefix(f"{name}."): tensor
        for key, tensor in tensors.items()
        if key.startswith(f"{name}.")
    }


class UnfinishedTraining:
    """The folder with the latest saved state of a training that has not finished.

    A state is only used by a training with the same settings and input files, in the same computing
    environment. The state of another training is ignored, and so is a damaged one.

    The folder is not an output of a rule, so Snakemake leaves it alone when it deletes the outputs
    of a job that was killed.

    Parameters
    ----------
    folder : Path
        The folder; it need not exist.
    settings : mapping
        All parameters that the training depends on, the digest of its code included.
    inputs : iterable of Path
        Files that the training depends on. Of files that are listed in a manifest, the manifest.
    save_every : float
        Least seconds between two saves.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Any],
        inputs: Iterable[Path],
        save_every: float = SAVE_EVERY,
    ) -> None:
        self._folder = folder
        self._manifest = folder / "state.json"
        self._training = _digest(settings, inputs)
        self._save_every = save_every
        self._saved = time.monotonic()

    def resume(self, state: ResumableState) -> None:
        """Restore the latest saved state, if there is one.

        Parameters
        ----------
        state : ResumableState
            The state at the start; it is changed in place.
        """
        if not self._manifest.is_file():
            return
        try:
            manifest, tensors = self._read()
        except SynthinvError as error:
            log.warning("training starts anew, since its saved state cannot be used: %s", error)
            return
        # Needs no further checks: the digests show that the same code wrote it for this training.
        state.restore(tensors, manifest)
        log.info("training goes on after %s %d", state.unit, state.done)

    def _read(self) -> tuple[Manifest, Tensors]:
        manifest = read_manifest(self._manifest)
        if manifest.get("training") != self._training:
            raise SynthinvError(
                f"{self._manifest}: is that of other code, settings or inputs, or of another "
                "processor or version of PyTorch"
            )
        path = verified(self._manifest, manifest, "tensors")
        with understood(path, SafetensorError):
            return manifest, load_file(path)

    def save(self, state: ResumableState) -> None:
        """Save the state, unless the last save was a short time ago.

        Parameters
        ----------
        state : ResumableState
            The state.

        Raises
        ------
        SynthinvError
            If the disk is full or the folder cannot be written to.
        """
        if time.monotonic() - self._saved < self._save_every:
            return
        # Each state has a file of its own, so that the manifest is right at every moment.
        path = self._folder / f"{state.unit}-{state.done}.safetensors"
        tensors = {name: tensor.cpu().contiguous() for name, tensor in state.tensors().items()}
        with replacing(path) as partial:
            try:
                save_file(tensors, partial)
            except SafetensorError as error:
                raise cannot_write(path, in_brief(error)) from error
            _flush(partial)
        fields = {"training": self._training, **state.fields()}
        write_manifest(self._manifest, fields, {"tensors": path})
        # The older state is deleted only when the newer one would survive a power failure.
        _flush(self._manifest)
        _flush(self._folder)
        for file in self._folder.iterdir():
            if file not in (self._manifest, path):
                file.unlink()
        self._saved = time.monotonic()

    def delete(self) -> None:
        """Delete the folder, once the training's results have been written."""
        # The manifest goes first, so that it never lists a file that is gone.
        self._manifest.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)


def _digest(settings: Mapping[str, Any], inputs: Iterable[Path]) -> str:
    """Digest everything that the weights depend on."""
    # With a model without layers: whether a network computes in bfloat16 is one of its settings.
    computation = describe_computation(
        nn.Identity(), lambda: None, torch.get_num_threads(), requested=False
    )
    content = {
        "settings": dict(settings),
        "inputs": [sha256_of(path) for path in inputs],
        "computation": asdict(computation),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _flush(path: Path) -> None:
    """Wait until a file or folder is on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
