"""Training speed of the thesis's network beside a plain loop in PyTorch, on two threads.

`plain` is Algorithm 1 of the thesis as one would write it: PyTorch's layers and AdaDelta in single
precision, batches of five out of memory. `built-in` is `synthinv.training.train`, which reads its
images from a store and validates after every epoch. Subjects take turns; the fastest epoch counts.

`train-501-curve` is the squared error over the last epoch of a training from weights with which the
network learns, mean and standard deviation over seeds: the two must not differ by more than seeds.
"""

import logging
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from synthinv.capture import capture_shard
from synthinv.compute import use_threads
from synthinv.engines.built_in import BuiltIn
from synthinv.geometry import spectrogram_shape
from synthinv.instrument import Instrument, load_instrument
from synthinv.networks import build_network
from synthinv.sections import Audio, Network, Note, Silence, Training, View
from synthinv.seeds import seed_sequence
from synthinv.spectrogram import spectrograms
from synthinv.store import SpectrogramData, write_store
from synthinv.training import train

VIEWS = {"train-5001": View(name="bands-5001"), "train-501": View(name="bands-501", pool=10)}
PATCHES = {"train-5001": 40, "train-501": 200}
EPOCHS, CURVE_SEEDS = 3, 3
THREADS = 2
# The thesis's optimum (section 4.3.2).
TRAINING = Training(rho=0.45, weight_decay=0.0005, threads=THREADS)
# Its initial weights saturate the outputs, and nothing is learnt.
LEARNING = Network(initialisation="xavier"), TRAINING.model_copy(update={"weight_decay": 0.0})


class Clock(logging.Handler):
    """Notes when an epoch of `synthinv.training` ends."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.times: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note the time of a record."""
        self.times.append(record.created)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the speed of each subject and size, then what both learn."""
    use_threads(THREADS)
    instrument = load_instrument("config/instruments/minimoog-1osc.yaml")
    with tempfile.TemporaryDirectory() as folder:
        for name, view in VIEWS.items():
            data = _data(Path(folder) / name, instrument, view, PATCHES[name])
            plain, built_in = [], []
            for seed in range(2):
                plain += _plain(data, instrument, Network(), TRAINING, seed)[0]
                built_in += _built_in(data, instrument, Network(), TRAINING, seed)[0]
            yield name, "plain", f"{max(plain):.1f}", "samples/s"
            yield name, "built-in", f"{max(built_in):.1f}", "samples/s"
        for subject, run in {"plain": _plain, "built-in": _built_in}.items():
            errors = [run(data, instrument, *LEARNING, seed)[1] for seed in range(CURVE_SEEDS)]
            mean, deviation = statistics.mean(errors), statistics.stdev(errors)
            yield "train-501-curve", subject, f"{mean:.4f} ± {deviation:.4f}", "squared error"


def _data(folder: Path, instrument: Instrument, view: View, patches: int) -> SpectrogramData:
    synth = BuiltIn(instrument, Note(), Audio())
    capture = capture_shard(
        synth, instrument, seed_sequence(0, "capture", "bench", 0), patches, Silence()
    )
    store, manifest = folder / "store.zarr.zip", folder / "store.json"
    write_store(
        store,
        manifest,
        spectrograms(capture.audio, Audio().sample_rate, view),
        (patches, *spectrogram_shape(view, Audio().samples)),
        capture.patches,
        [p.name for p in instrument.parameters],
        {},
    )
    return SpectrogramData([manifest])


def _built_in(
    data: SpectrogramData, instrument: Instrument, network: Network, training: Training, seed: int
) -> tuple[list[float], float]:
    """Return samples per second of every epoch but the first, and the last one's squared error."""
    clock, log = Clock(), logging.getLogger("synthinv.training")
    log.addHandler(clock)
    log.setLevel(logging.INFO)
    # One patch is left for validation, or there would be fewer to time.
    training = training.model_copy(update={"validation": 1 / len(data)})
    _, history = train(data, instrument, network, training, EPOCHS, seed, ("bench",))
    log.removeHandler(clock)
    speeds = [(len(data) - 1) / (after - before) for before, after in pairwise(clock.times)]
    return speeds, history.train[-1]


def _plain(
    data: SpectrogramData, instrument: Instrument, network: Network, training: Training, seed: int
) -> tuple[list[float], float]:
    """Return the same of the plain loop."""
    images, labels = data.images(range(len(data))), instrument.encode(data.patches)
    torch.manual_seed(seed)
    model = _pytorchs_layers(build_network(network, data.shape, labels.shape[1]))
    optimiser = torch.optim.Adadelta(
        model.parameters(), rho=training.rho, weight_decay=training.weight_decay
    )
    rng, speeds = np.random.default_rng(seed), []
    for _ in range(EPOCHS):
        order, errors, started = rng.permutation(len(data)), [], time.perf_counter()
        for i in range(0, len(data), training.batch_size):
            batch = order[i : i + training.batch_size]
            optimiser.zero_grad()
            outputs = model(torch.from_numpy(images[batch])[:, None])
            loss = nn.functional.mse_loss(outputs, torch.from_numpy(labels[batch]))
            loss.backward()
            optimiser.step()
            errors.append(loss.item())
        speeds.append(len(data) / (time.perf_counter() - started))
    return speeds[1:], statistics.mean(errors)


def _pytorchs_layers(network: nn.Sequential) -> nn.Sequential:
    """Table 3 in PyTorch's own layers, with the weights of `synthinv.networks`."""
    layers: list[nn.Module] = []
    for layer in network:
        if isinstance(layer, nn.Conv2d):
            own = nn.Conv2d(
                layer.in_channels, layer.out_channels, layer.kernel_size, padding=layer.padding
            )
            own.load_state_dict(layer.state_dict())
            layers += [own, nn.ReLU(), nn.MaxPool2d(2)]
        elif isinstance(layer, nn.Linear):
            linear = nn.Linear(layer.in_features, layer.out_features)
            linear.load_state_dict(layer.state_dict())
            layers.append(linear)
        else:
            layers.append(layer)
    return nn.Sequential(*layers)
