"""Parameters as classes, and predictions from a solver's logits.

A solver predicts a distribution per parameter: over the steps of a continuous one, over the
positions or choices of another. An inaudible parameter then has a broad distribution, and does not
pull a mean to the middle; and searches draw their candidates from the distributions.
"""

import numpy as np
import numpy.typing as npt

from synthinv.instruments.model import Instrument, Labels, Patches

Logits = npt.NDArray[np.float32]
Classes = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.float64]


def class_counts(instrument: Instrument) -> tuple[int, ...]:
    """Count the classes of every knob, in the order of a patch's columns."""
    return tuple(len(parameter.steps) for parameter in instrument.parameters)


def classes_of(instrument: Instrument, patches: npt.NDArray[np.integer]) -> Classes:
    """Convert patches to classes.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    patches : int array [..., parameters]
        Steps; one between two positions belongs to the lower.

    Returns
    -------
    int64 array [..., parameters]
        Class of every knob, from 0.
    """
    columns = [
        np.searchsorted(parameter.steps, patches[..., i], side="right") - 1
        for i, parameter in enumerate(instrument.parameters)
    ]
    return np.stack(columns, axis=-1).astype(np.int64)


def patches_of(instrument: Instrument, classes: Classes) -> Patches:
    """Turn classes back into patches, the inverse of `classes_of`.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    classes : int64 array [n, parameters]
        Class of every knob, from 0.

    Returns
    -------
    uint8 array [n, parameters]
        Steps.
    """
    columns = [parameter.steps[classes[:, i]] for i, parameter in enumerate(instrument.parameters)]
    return np.stack(columns, axis=1)


def probabilities(instrument: Instrument, logits: Logits) -> list[Probabilities]:
    """Convert logits to one distribution per parameter.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    logits : float32 array [n, classes of all knobs]
        A solver's outputs, the knobs' classes side by side.

    Returns
    -------
    list of float64 array [n, classes]
        One per knob; every row sums to 1.
    """
    ends = np.cumsum(class_counts(instrument))[:-1]
    return [_softmax(part.astype(np.float64)) for part in np.split(logits, ends, axis=1)]


def predicted_labels(instrument: Instrument, logits: Logits) -> Labels:
    """Predict the median of each continuous parameter, and the likeliest position of the others.

    The median is the step with the least expected distance from the truth. For an audible
    parameter it is also the likeliest value; for a barely audible one, the likeliest value is
    arbitrary.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    logits : float32 array [n, classes of all knobs]
        A solver's outputs.

    Returns
    -------
    float32 array [n, parameters]
        Labels in [0, 1].
    """
    columns = []
    for parameter, chances in zip(
        instrument.parameters, probabilities(instrument, logits), strict=True
    ):
        if parameter.continuous:
            # The last sum is 1, give or take rounding, so one of them always reaches a half.
            chosen = (chances.cumsum(axis=1) < 0.5).sum(axis=1)
        else:
            chosen = chances.argmax(axis=1)
        columns.append(parameter.steps[chosen])
    return instrument.encode(np.stack(columns, axis=1))


def sample_labels(
    instrument: Instrument, logits: Logits, count: int, rng: np.random.Generator
) -> Labels:
    """Draw candidates from the knobs' distributions, each knob by itself.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    logits : float32 array [n, classes of all knobs]
        A solver's outputs.
    count : int
        Candidates per sound.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    float32 array [count, n, parameters]
        Labels in [0, 1].
    """
    columns = []
    for parameter, chances in zip(
        instrument.parameters, probabilities(instrument, logits), strict=True
    ):
        steps = chances.cumsum(axis=1)
        # A sum that rounding leaves below 1 must not lead past the last class.
        drawn = rng.random((count, len(logits), 1)) * steps[:, -1:]
        chosen = (drawn >= steps).sum(axis=2)
        columns.append(parameter.steps[chosen])
    return instrument.encode(np.stack(columns, axis=2))


def _softmax(logits: Probabilities) -> Probabilities:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances: Probabilities = powers / powers.sum(axis=1, keepdims=True)
    return chances
