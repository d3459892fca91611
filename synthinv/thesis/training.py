"""Mini-batch training of the thesis's network (Algorithm 1) and its predictions."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from synthinv.common.compute import device, subnormals_as_zero
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.instruments.model import Instrument, Patches
from synthinv.metrics.parameters import spread
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.losses import Loss, Outputs, make_loss
from synthinv.thesis.network import build_network, mean_outputs
from synthinv.thesis.optimisers import Optimiser, make_optimiser
from synthinv.thesis.pca import principal_components

log = logging.getLogger(__name__)

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class History:
    """The losses of a training; every list has one entry per epoch.

    Attributes
    ----------
    train : list of float
        Mean squared error of the mini-batches' predictions during the epoch, whatever the loss.
    validation : list of float
        Mean squared error of the predictions for the validation set after the epoch.
    spread : list of float
        Spread of these predictions, see `synthinv.metrics.parameters.spread`: 0 for a network that
        predicts the same patch for every sound.
    mean_predictor : float
        Mean squared error of the best constant prediction, the mean of the training labels.
    """

    train: list[float]
    validation: list[float]
    spread: list[float]
    mean_predictor: float

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for a JSON file."""
        return asdict(self)

    def latest(self) -> str:
        """Return the latest epoch's entries as text for a log."""
        return (
            f"squared error {self.train[-1]:.4f}, validation {self.validation[-1]:.4f} "
            f"(mean predictor {self.mean_predictor:.4f}), spread {100 * self.spread[-1]:.0f} %"
        )


def split(count: int, validation: float, seed: np.random.SeedSequence) -> tuple[Indices, Indices]:
    """Split off a random share for validation (thesis, section 4.2.1).

    Parameters
    ----------
    count : int
        Size of the data set.
    validation : float
        Share for validation; both sets have at least one patch.
    seed : numpy.random.SeedSequence
        Seed of the split.

    Returns
    -------
    tuple of int array
        Indices of the training and of the validation set.
    """
    order = np.random.default_rng(seed).permutation(count)
    held_out = min(max(round(count * validation), 1), count - 1)
    return order[held_out:], order[:held_out]


@subnormals_as_zero()
def train(
    data: SpectrogramData,
    instrument: Instrument,
    network: NetworkConfig,
    training: TrainingConfig,
    epochs: int,
    seed: int,
    run: tuple[str | int, ...],
    repeat: int = 0,
) -> tuple[nn.Sequential, History]:
    """Train a network from new weights.

    Parameters
    ----------
    data : SpectrogramData
        Training and validation patches together.
    instrument : Instrument
        The instrument that was played.
    network : NetworkConfig
        The network.
    training : TrainingConfig
        Optimiser, batch size, validation share.
    epochs : int
        Passes over the training patches.
    seed : int
        The configuration's seed.
    run : tuple of str or int
        Name of the training, which seeds the weights and the order of the batches.
    repeat : int
        Number of the repeat, which also seeds the split; equal repeats of different runs share it.

    Returns
    -------
    tuple of torch.nn.Sequential and History
        The network after the last epoch, and its losses.
    """
    labels = instrument.encode(data.patches)
    split_seed = seed_sequence(seed, "split", len(data), repeat)
    kept, held_out = split(len(data), training.validation, split_seed)
    rng = np.random.default_rng(seed_sequence(seed, "train", *run, repeat))
    torch.manual_seed(int(rng.integers(2**63)))

    loss, projection = make_loss(network, instrument), None
    if network.pca is not None:
        projection = principal_components((data.images([i])[0] for i in kept), network.pca)
        log.info("%d bands, %d principal components", data.shape[0], projection.components)
    model = build_network(network, data.shape, loss.outputs, projection).to(device())
    updater = _Updater(
        model,
        make_optimiser(model, training),
        loss,
        _loss_scale(training, len(instrument.parameters)),
    )

    mean_predictor = float(np.mean((labels[held_out] - labels[kept].mean(axis=0)) ** 2))
    history = History([], [], [], mean_predictor)
    log.info("training on %s", device().type)
    for epoch in range(1, epochs + 1):
        errors = []
        for batch, images in _read(data, rng.permutation(kept), training.batch_size):
            outputs = [
                updater.update(data.patches[own], its_images)
                for own, its_images in _updates(batch, images, training)
            ]
            predictions = loss.labels(np.concatenate(outputs))
            errors.append(float(np.mean((predictions - labels[batch]) ** 2)))
        predictions = loss.labels(predict(model, data, held_out))
        history.train.append(float(np.mean(errors)))
        history.validation.append(float(np.mean((predictions - labels[held_out]) ** 2)))
        history.spread.append(spread(predictions, labels[held_out]))
        log.info("epoch %d of %d: %s", epoch, epochs, history.latest())
    return model, history


def _updates(
    batch: Indices, images: torch.Tensor, training: TrainingConfig
) -> Iterator[tuple[Indices, torch.Tensor]]:
    """Yield the indices and images of each update: of the whole batch, or of one patch."""
    size = len(batch) if training.update_after == "batch" else 1
    for i in range(0, len(batch), size):
        yield batch[i : i + size], images[i : i + size]


def _loss_scale(training: TrainingConfig, knobs: int) -> float:
    """Return the factor of the mean loss of which the gradient is taken."""
    scale = float(knobs) if training.loss_reduction == "sum" else 1.0
    return scale / training.batch_size if training.update_after == "patch" else scale


@dataclass(frozen=True)
class _Updater:
    """Updates of a network's weights by the gradient of `scale` times a loss."""

    model: nn.Module
    optimiser: Optimiser
    loss: Loss
    scale: float

    def update(self, patches: Patches, images: torch.Tensor) -> Outputs:
        """Update the weights once, and return the outputs [patches, outputs] before that."""
        self.optimiser.zero_grad()
        outputs = self.model(images)
        # With `flatten: each`, an image has several rows of outputs and a loss for each.
        repeated = patches.repeat(len(outputs) // len(patches), axis=0)
        (self.scale * self.loss(outputs, repeated)).backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        own: Outputs = mean_outputs(outputs.detach(), len(patches)).cpu().numpy()
        return own


def predict(
    model: nn.Module, data: SpectrogramData, indices: Indices | None = None, batch_size: int = 20
) -> Outputs:
    """Compute a network's outputs for some sounds.

    Parameters
    ----------
    model : torch.nn.Module
        A trained network.
    data : SpectrogramData
        The sounds.
    indices : int array, optional
        Indices of the sounds; all by default.
    batch_size : int
        Sounds at a time.

    Returns
    -------
    float32 array [sounds, outputs]
        Outputs, which the network's loss converts to labels.
    """
    indices = np.arange(len(data)) if indices is None else indices
    with torch.no_grad():
        outputs = [
            mean_outputs(model(images), len(images)).cpu().numpy()
            for _, images in _read(data, indices, batch_size)
        ]
    return np.concatenate(outputs)


def _read(
    data: SpectrogramData, indices: Indices, size: int
) -> Iterator[tuple[Indices, torch.Tensor]]:
    """Yield indices and images [n, 1, bands, frames] of batches, read one batch ahead."""
    batches = [indices[i : i + size] for i in range(0, len(indices), size)]
    with ThreadPoolExecutor(1) as reader:
        pending = reader.submit(data.images, batches[0])
        for batch, following in zip(batches, [*batches[1:], None], strict=True):
            images = pending.result()
            if following is not None:
                pending = reader.submit(data.images, following)
            yield batch, torch.from_numpy(images)[:, None].to(device())
