"""Training speed of the thesis's network beside a plain loop in PyTorch, on two cores.

`plain` is Algorithm 1 of the thesis as one would write it: PyTorch's layers and AdaDelta in single
precision, an update after every sound, images in memory, PyTorch's own two threads. `built-in` is
`synthinv.thesis.training.train` as the workflow runs it: two trainings at a time with a thread
each, which read their images from a store. `plain, two at a time` is the plain loop run like that.
Each training has a fresh process, and the fastest epoch but the first counts.

`train-501-curve` is the squared error over the last epoch of a training without L2, in which the
network learns: mean and standard deviation over seeds. The two must not differ by more than seeds.
"""

import logging
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from synthinv.capture.capture import capture_shard
from synthinv.common.compute import use_threads
from synthinv.common.seeds import seed_sequence
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, SilenceConfig
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.shapes import spectrogram_shape
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.spectrogram.store import SpectrogramData, write_store
from synthinv.spectrogram.transform import spectrograms
from synthinv.thesis.network import build_network
from synthinv.thesis.training import train

SPECTROGRAMS = {
    "train-5001": SpectrogramConfig(name="bands-5001", normalisation="sum"),
    "train-501": SpectrogramConfig(name="bands-501", pool=10, normalisation="sum"),
}
PATCHES = {"train-5001": 40, "train-501": 200}
# The reading in use (`config/thesis.yaml`), with the thesis's optimum (section 4.3.2).
NETWORK = NetworkConfig(last_kernels=1, initial_biases="zero")
TRAINING = TrainingConfig(rho=0.45, weight_decay=0.0005, update_after="patch")
WITHOUT_L2 = TRAINING.model_copy(update={"weight_decay": 0.0})
EPOCHS, CURVE_EPOCHS, CURVE_SEEDS = 3, 15, 3

# Returns samples per second of every epoch but the first, and the last one's squared error.
Way = Callable[
    [SpectrogramData, Instrument, TrainingConfig, int, int],
    tuple[list[float], float],
]


class Clock(logging.Handler):
    """A log handler that keeps the times at which epochs of `synthinv.thesis.training` end."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.times: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the time of a record of an epoch."""
        if record.getMessage().startswith("epoch "):
            self.times.append(record.created)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the speed of each subject and size, then what both learn."""
    instrument = load_instrument("minimoog-1osc")
    with tempfile.TemporaryDirectory() as folder:
        for name, spectrogram in SPECTROGRAMS.items():
            store = _write(Path(folder) / name, instrument, spectrogram, PATCHES[name])
            for subject, way, at_a_time, threads in (
                ("plain", _plain, 1, 2),
                ("plain, two at a time", _plain, 2, 1),
                ("built-in", _built_in, 2, 1),
            ):
                runs = _trained(way, store, TRAINING, EPOCHS, at_a_time, threads)
                speed = sum(max(speeds) for speeds, _ in runs)
                yield name, subject, f"{speed:.1f}", "samples/s"
        for subject, way in {"plain": _plain, "built-in": _built_in}.items():
            runs = _trained(way, store, WITHOUT_L2, CURVE_EPOCHS, CURVE_SEEDS, 1)
            errors = [error for _, error in runs]
            mean, deviation = statistics.mean(errors), statistics.stdev(errors)
            yield f"{name}-curve", subject, f"{mean:.4f} ± {deviation:.4f}", "squared error"


def _trained(
    way: Way,
    store: Path,
    training: TrainingConfig,
    epochs: int,
    seeds: int,
    threads: int,
) -> list[tuple[list[float], float]]:
    """Train with several seeds at a time, each in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    job = partial(_train, way, store, training, epochs, threads)
    with ProcessPoolExecutor(seeds, mp_context=spawn) as pool:
        return list(pool.map(job, range(seeds)))


def _train(
    way: Way,
    store: Path,
    training: TrainingConfig,
    epochs: int,
    threads: int,
    seed: int,
) -> tuple[list[float], float]:
    use_threads(threads)
    instrument = load_instrument("minimoog-1osc")
    return way(SpectrogramData([store]), instrument, training, epochs, seed)


def _write(
    folder: Path, instrument: Instrument, spectrogram: SpectrogramConfig, patches: int
) -> Path:
    synth = BuiltIn(instrument, NoteConfig(), AudioConfig())
    capture = capture_shard(
        synth, instrument, seed_sequence(0, "capture", "bench", 0), patches, SilenceConfig()
    )
    store, manifest = folder / "store.zarr.zip", folder / "store.json"
    write_store(
        store,
        manifest,
        spectrograms(capture.audio, AudioConfig().sample_rate, spectrogram),
        (patches, *spectrogram_shape(spectrogram, AudioConfig().samples)),
        capture.patches,
        [p.name for p in instrument.parameters],
        {},
    )
    return manifest


def _built_in(
    data: SpectrogramData,
    instrument: Instrument,
    training: TrainingConfig,
    epochs: int,
    seed: int,
) -> tuple[list[float], float]:
    clock, log = Clock(), logging.getLogger("synthinv.thesis.training")
    log.addHandler(clock)
    log.setLevel(logging.INFO)
    # One patch is left for validation, or there would be fewer to time.
    training = training.model_copy(update={"validation": 1 / len(data)})
    _, history = train(data, instrument, NETWORK, training, epochs, seed, ("bench",))
    log.removeHandler(clock)
    speeds = [(len(data) - 1) / (after - before) for before, after in pairwise(clock.times)]
    return speeds, history.train[-1]


def _plain(
    data: SpectrogramData,
    instrument: Instrument,
    training: TrainingConfig,
    epochs: int,
    seed: int,
) -> tuple[list[float], float]:
    images, labels = data.images(range(len(data))), instrument.encode(data.patches)
    torch.manual_seed(seed)
    model = _pytorchs_layers(build_network(NETWORK, data.shape, labels.shape[1]))
    optimiser = torch.optim.Adadelta(
        model.parameters(), rho=training.rho, weight_decay=training.weight_decay
    )
    rng, speeds = np.random.default_rng(seed), []
    for _ in range(epochs):
        order, errors, started = rng.permutation(len(data)), [], time.perf_counter()
        for i in order:
            optimiser.zero_grad()
            outputs = model(torch.from_numpy(images[i])[None, None])[0]
            loss = nn.functional.mse_loss(outputs, torch.from_numpy(labels[i]))
            (loss / training.batch_size).backward()
            optimiser.step()
            errors.append(loss.item())
        speeds.append(len(data) / (time.perf_counter() - started))
    return speeds[1:], statistics.mean(errors)


def _pytorchs_layers(network: nn.Sequential) -> nn.Sequential:
    """Table 3 in PyTorch's own layers, with the weights of `synthinv.thesis.network`."""
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
