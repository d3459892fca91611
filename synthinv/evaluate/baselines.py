"""Baselines: predictions without a network, with which all others are compared.

Each returns labels [sounds, parameters] in [0, 1] for the sounds of a test set.
"""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from synthinv.instruments.model import Instrument, Labels, Patches

if TYPE_CHECKING:
    # Stores come with the workflow only, and one-step errors need none.
    from synthinv.spectrogram.store import SpectrogramData


def random_patches(instrument: Instrument, count: int, seed: np.random.SeedSequence) -> Labels:
    """Predict `count` random patches, drawn from `seed` as those of the data sets are."""
    rng = np.random.default_rng(seed)
    return instrument.encode(np.stack([instrument.sample(rng) for _ in range(count)]))


def mean_predictor(instrument: Instrument, training: Patches, count: int) -> Labels:
    """Predict the constant with the least squared error for every sound.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    training : uint8 array [n, parameters]
        Patches of the training set.
    count : int
        Number of sounds.

    Returns
    -------
    float32 array [count, parameters]
        The mean of the training labels, `count` times.
    """
    mean = instrument.encode(training).mean(axis=0, dtype=np.float64).astype(np.float32)
    return np.tile(mean, (count, 1))


def nearest_neighbour(
    instrument: Instrument, training: "SpectrogramData", test: "SpectrogramData", chunk: int = 50
) -> Labels:
    """Predict the training patch whose spectrogram is closest in squared difference.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    training, test : SpectrogramData
        Both data sets as spectrograms of the same kind.
    chunk : int
        Training images read at a time.

    Returns
    -------
    float32 array [len(test), parameters]
        Labels of the nearest training patches.
    """
    sounds = _rows(test.images(range(len(test))))
    best = np.full(len(test), np.inf)
    nearest = np.zeros(len(test), dtype=int)
    for start in range(0, len(training), chunk):
        library = _rows(training.images(range(start, min(start + chunk, len(training)))))
        # |a − b|² less |a|², which is the same for the whole library.
        distance = (library**2).sum(axis=1) - 2 * sounds @ library.T
        candidate = distance.argmin(axis=1)
        closest = distance[np.arange(len(test)), candidate]
        nearest = np.where(closest < best, start + candidate, nearest)
        best = np.minimum(best, closest)
    return instrument.encode(training.patches[nearest])


def one_step(instrument: Instrument, truth: Patches, seed: np.random.SeedSequence) -> Labels:
    """Predict the truth, every continuous knob turned by one step up or down at random.

    A position has no neighbour one step away, so knobs with positions or choices stay.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    truth : uint8 array [n, parameters]
        The true patches.
    seed : numpy.random.SeedSequence
        Seed of the directions.

    Returns
    -------
    float32 array [n, parameters]
        Labels; a knob at the end of its travel is turned inwards.
    """
    signs = np.random.default_rng(seed).choice([-1, 1], size=truth.shape)
    turned = truth.astype(int) + signs
    inside = np.where((turned < 0) | (turned > instrument.highest), truth - signs, turned)
    return instrument.encode(np.where(instrument.continuous, inside, truth))


def _rows(images: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    return images.reshape(len(images), -1).astype(np.float64)
