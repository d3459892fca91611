"""A perceptual distance between two notes, which nothing here minimises.

Zimtohrli (M. Bruse, J. Alakuijala, Google) compares the outputs of a model of the ear: 128 bands,
loudness, alignment in time, and the similarity of short pieces.
"""

import numpy as np

from synthinv.audio.resampling import resample
from synthinv.audio.types import Audio
from synthinv.common.extras import extras_explained
from synthinv.metrics.audio import peak_normalised

SAMPLE_RATE = 48_000
"""Sample rate in Hz that the model has."""
SHORTEST = SAMPLE_RATE // 10
"""Samples to which shorter notes are padded: of fewer than 3,500, the package reads memory that is
not its own."""


def zimtohrli(reference: Audio, prediction: Audio, sample_rate: int) -> float:
    """Compute the Zimtohrli distance.

    Parameters
    ----------
    reference, prediction : float32 array [samples]
        Two notes of equal length.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        0 for equal notes, up to 1.

    Raises
    ------
    SynthinvError
        If the package zimtohrli is not installed.
    ValueError
        If the notes differ in length.
    """
    with extras_explained():
        from zimtohrli import Pyohrli

    if len(reference) != len(prediction):
        raise ValueError(f"notes of {len(reference)} and {len(prediction)} samples")
    notes = peak_normalised(np.stack([reference, prediction]))
    first, second = (resample(note, SAMPLE_RATE / sample_rate) for note in notes)
    missing = max(0, SHORTEST - len(first))
    first, second = (np.pad(note, (0, missing)) for note in (first, second))
    return float(Pyohrli().distance(first, second))
