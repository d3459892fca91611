"""Mini-batch training of the thesis's network (Algorithm 1) and its predictions."""

import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from synthinv.common.compute import device, subnormals_as_zero
from synthinv.common.durations import duration
from synthinv.common.seeds import seed_sequence
from synthinv.common.unfinished import (
    Tensors,
    UnfinishedTraining,
    restore_tensors,
    tensors_of,
)
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.instruments.model import Instrument, Labels, Patches
from synthinv.metrics.parameters import spread
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.history import History
from synthinv.thesis.losses import Loss, Outputs, make_loss
from synthinv.thesis.network import build_network
from synthinv.thesis.optimisers import Optimiser, make_optimiser
from synthinv.thesis.pca import principal_components

log = logging.getLogger(__name__)

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class TrainingState:
    """Everything that changes from one epoch of a training to the next.

    Attributes
    ----------
    model : torch.nn.Module
        The network.
    optimiser : Optimiser
        Its optimiser.
    rng : numpy.random.Generator
        Generator of the order of the batches.
    history : History
        The losses of the epochs so far.
    unit : str
        What the training's progress is counted in.
    """

    model: nn.Module
    optimiser: Optimiser
    rng: np.random.Generator
    history: History
    unit: str = "epoch"

    @property
    def done(self) -> int:
        """Epochs that are done."""
        return self.history.epochs

    def tensors(self) -> Tensors:
        """Return the weights and the optimiser's state, by name."""
        return tensors_of({"model": self.model}, {"optimiser": self.optimiser})

    def fields(self) -> dict[str, Any]:
        """Return the rest of the state as fields of a JSON file."""
        return {"rng": self.rng.bit_generator.state, "history": self.history.as_dict()}

    def restore(self, tensors: Tensors, fields: Mapping[str, Any]) -> None:
        """Restore a state that `tensors` and `fields` returned."""
        restore_tensors({"model": self.model}, {"optimiser": self.optimiser}, tensors)
        self.rng.bit_generator.state = fields["rng"]
        for name in ("train", "validation", "spread"):
            getattr(self.history, name)[:] = fields["history"][name]


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
    unfinished: UnfinishedTraining | None = None,
) -> tuple[nn.Sequential, History]:
    """Train a network from new weights, or resume a training that was killed.

    Parameters
    ----------
    data : SpectrogramData
        Training and validation patches together.
    instrument : Instrument
        The instrument that was played.
    network : NetworkConfig
        The network.
    training : TrainingConfig
        The training's settings.
    epochs : int
        Passes over the training patches.
    seed : int
        The configuration's seed.
    run : tuple of str or int
        Name of the training, which with the repeat seeds the weights and the order of the patches.
    repeat : int
        Number of the repeat, which also seeds the split; equal repeats of different runs share it.
    unfinished : UnfinishedTraining, optional
        Saves the training after some epochs, so that it can be resumed. The network is the same,
        bit for bit, however often the training is killed and resumed.

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
    state = TrainingState(model, updater.optimiser, rng, history)
    if unfinished is not None:
        unfinished.resume(state)
    done, started = history.epochs, time.perf_counter()
    for epoch in range(done + 1, epochs + 1):
        error = _train_epoch(updater, data, labels, rng.permutation(kept), training)
        outputs = _outputs(model, data, held_out)
        history.train.append(error)
        history.validation.append(_squared_error(loss, outputs, labels[held_out]))
        history.spread.append(spread(loss.labels(outputs.mean(axis=1)), labels[held_out]))
        if unfinished is not None:
            unfinished.save(state)
        pace = _pace(time.perf_counter() - started, epoch - done, epochs - epoch)
        log.info("epoch %d of %d: %s; %s", epoch, epochs, history.latest(), pace)
    return model, history


def _train_epoch(
    updater: "_Updater",
    data: SpectrogramData,
    labels: Labels,
    order: Indices,
    training: TrainingConfig,
) -> float:
    """Train one epoch, and return the mean of the batches' mean squared errors."""
    errors = []
    for batch, images in _read(data, order, training.batch_size):
        outputs = [
            updater.update(data.patches[own], its_images)
            for own, its_images in _updates(batch, images, training)
        ]
        errors.append(_squared_error(updater.loss, np.concatenate(outputs), labels[batch]))
    return float(np.mean(errors))


def _squared_error(loss: Loss, outputs: Outputs, labels: Labels) -> float:
    """Return the mean squared error of all rows of outputs [sounds, rows, outputs]."""
    predictions = loss.labels(outputs.reshape(-1, outputs.shape[2])).reshape(*outputs.shape[:2], -1)
    return float(np.mean((predictions - labels[:, None]) ** 2))


def _pace(seconds: float, done: int, left: int) -> str:
    """Describe how long an epoch takes, and how much time the epochs that are left will take."""
    each = seconds / done
    remaining = f", about {duration(left * each)} left" if left else ""
    return f"{duration(each)} each{remaining}"


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
        """Update the weights once, and return the outputs [patches, rows, outputs] before that."""
        self.optimiser.zero_grad()
        outputs = self.model(images)
        # With `flatten: each`, an image has several rows of outputs and a loss for each.
        repeated = patches.repeat(len(outputs) // len(patches), axis=0)
        (self.scale * self.loss(outputs, repeated)).backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return _by_image(outputs.detach(), len(patches))


def predict(
    model: nn.Module, data: SpectrogramData, indices: Indices | None = None, batch_size: int = 20
) -> Outputs:
    """Predict some sounds: compute one row of outputs for each.

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
        Outputs, which the network's loss converts to labels. With `flatten: each`, the means of
        every image's rows.
    """
    indices = np.arange(len(data)) if indices is None else indices
    means: Outputs = _outputs(model, data, indices, batch_size).mean(axis=1)
    return means


def _outputs(
    model: nn.Module, data: SpectrogramData, indices: Indices, batch_size: int = 20
) -> Outputs:
    """Compute all rows of a network's outputs [sounds, rows, outputs] for some sounds."""
    with torch.no_grad():
        return np.concatenate(
            [
                _by_image(model(images), len(images))
                for _, images in _read(data, indices, batch_size)
            ]
        )


def _by_image(outputs: torch.Tensor, count: int) -> Outputs:
    """Group outputs by image: [count, rows, outputs], one row unless `flatten: each`."""
    grouped: Outputs = outputs.view(count, -1, outputs.shape[1]).cpu().numpy()
    return grouped


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
