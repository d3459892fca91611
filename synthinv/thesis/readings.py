"""Training of one reading of the thesis: all networks whose results the thesis published."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from synthinv.capture.capture import render_shuffled
from synthinv.capture.shards import Shard
from synthinv.config.overrides import apply_settings
from synthinv.config.readings import ReadingTraining
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.engines.base import Engine
from synthinv.instruments.model import Instrument, Labels
from synthinv.metrics.parameters import spread
from synthinv.metrics.psd import psd_error
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.history import History
from synthinv.thesis.losses import make_loss
from synthinv.thesis.training import predict, train

log = logging.getLogger(__name__)

AT_ENDS = 0.01
"""Distance from 0 or 1 below which an output is at an end of its knob's travel."""


@dataclass(frozen=True)
class Material:
    """The data that a reading's networks are trained and tested on.

    Attributes
    ----------
    spectrograms : mapping of tuple of str to SpectrogramData
        Kind of spectrogram and data set to the images.
    instruments : mapping of str to Instrument
        Data set to the instrument that was played, with its fixed parameters.
    """

    spectrograms: Mapping[tuple[str, str], SpectrogramData]
    instruments: Mapping[str, Instrument]


@dataclass(frozen=True)
class Test:
    """Predictions for the sounds of a test set.

    Attributes
    ----------
    labels : float32 array [sounds, parameters]
        Predicted labels in [0, 1]; NaN if the training diverged.
    mean : list of float
        Mean predicted label of every parameter.
    spread : float
        Spread of the labels over the sounds, see `synthinv.metrics.parameters.spread`.
    at_ends : float
        Share of the labels that are at an end of their knob's travel.
    """

    labels: Labels
    mean: list[float]
    spread: float
    at_ends: float

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for a JSON file, without the labels."""
        return {"mean": self.mean, "spread": self.spread, "at_ends": self.at_ends}


@dataclass(frozen=True)
class Trained:
    """The outcome of one training.

    Attributes
    ----------
    history : History
        Its losses.
    test : Test or None
        Its predictions, if it has a test set.
    """

    history: History
    test: Test | None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for a JSON file."""
        return {**self.history.as_dict(), "test": self.test and self.test.as_dict()}


def train_all(
    trainings: Sequence[ReadingTraining],
    material: Material,
    network: NetworkConfig,
    training: TrainingConfig,
    seed: int,
    reading: str,
    repeat: int,
) -> dict[str, Trained]:
    """Train every network of a reading, each from weights of its own.

    Parameters
    ----------
    trainings : sequence of ReadingTraining
        From `synthinv.config.readings.reading_trainings`.
    material : Material
        Data that they are trained and tested on.
    network : NetworkConfig
        Network that their settings start from.
    training : TrainingConfig
        Training that their settings start from.
    seed : int
        The configuration's seed.
    reading : str
        Name of the reading, which with the training's name and the repeat seeds the weights and the
        order of the patches.
    repeat : int
        Number of the repeat; equal repeats of all readings share the split.

    Returns
    -------
    dict of str to Trained
        The outcome of every training, by its name.
    """
    outcomes: dict[str, Trained] = {}
    for item in trainings:
        log.info("%s: %s", item.name, item.settings)
        own = apply_settings(network, training, item.settings)
        model, history = train(
            material.spectrograms[item.spectrogram, item.train],
            material.instruments[item.train],
            *own,
            item.epochs,
            seed,
            ("reading", reading, item.name),
            repeat,
        )
        test = None if item.test is None else _test(model, own[0], material, item)
        outcomes[item.name] = Trained(history, test)
    return outcomes


def _test(
    model: nn.Module, network: NetworkConfig, material: Material, item: ReadingTraining
) -> Test:
    """Predict the training's test set."""
    assert item.test is not None
    unseen = material.spectrograms[item.spectrogram, item.test]
    instrument = material.instruments[item.test]
    labels = make_loss(network, instrument).labels(predict(model, unseen))
    return Test(
        labels=labels,
        mean=labels.mean(axis=0, dtype=np.float64).tolist(),
        # In single precision, the spread of equal labels would not be exactly 0.
        spread=spread(labels.astype(np.float64), instrument.encode(unseen.patches)),
        at_ends=float((np.abs(labels - 0.5) > 0.5 - AT_ENDS).mean()),
    )


def psd_errors(
    engine: Engine,
    instrument: Instrument,
    labels: Labels,
    truth: Shard,
    seed: np.random.SeedSequence,
) -> list[float]:
    """Play the predictions for a test set, and compute the PSD error of every sound.

    Parameters
    ----------
    engine : Engine
        An open engine.
    instrument : Instrument
        The instrument that is played.
    labels : float32 array [sounds, parameters]
        Predicted labels in [0, 1].
    truth : Shard
        The test set.
    seed : numpy.random.SeedSequence
        Seed of the order in which they are played.

    Returns
    -------
    list of float
        See `synthinv.metrics.psd`; NaN for every sound if a label is not a number.
    """
    if not np.isfinite(labels).all():
        return [float("nan")] * len(labels)
    played = render_shuffled(engine, instrument.decode(labels), seed)
    pairs = zip(truth.audio, played, strict=True)
    return [psd_error(*pair, truth.sample_rate) for pair in pairs]
