"""Losses, each with the conversion of a network's outputs to predicted labels."""

from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy, mse_loss

from synthinv.config.sections.network import NetworkConfig
from synthinv.instruments.classes import class_counts, classes_of, predicted_labels
from synthinv.instruments.model import Instrument, Labels, Patches

Outputs = npt.NDArray[np.float32]


class Loss(Protocol):
    """A loss, and the interpretation of the outputs of a network that minimises it.

    Attributes
    ----------
    outputs : int
        Number of outputs per sound.
    """

    outputs: int

    def __call__(self, outputs: torch.Tensor, patches: Patches) -> torch.Tensor:
        """Compute the loss of float32 outputs [n, outputs] for uint8 patches [n, parameters]."""

    def labels(self, outputs: Outputs) -> Labels:
        """Convert float32 outputs [n, outputs] to labels [n, parameters] in [0, 1]."""


class SquaredError:
    """Mean squared error of one output per knob; the thesis's loss, but a mean over the knobs.

    Parameters
    ----------
    instrument : Instrument
        The instrument whose knobs are predicted.
    """

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self.outputs = len(instrument.parameters)

    def __call__(self, outputs: torch.Tensor, patches: Patches) -> torch.Tensor:
        """Compute the mean squared difference from the labels."""
        labels = torch.from_numpy(self._instrument.encode(patches))
        return mse_loss(outputs, labels.to(outputs.device))

    def labels(self, outputs: Outputs) -> Labels:
        """Return the outputs, which are labels already."""
        return outputs


class CrossEntropy:
    """Cross-entropy of a class per CC value or position; the mean over the knobs, in nats.

    Parameters
    ----------
    instrument : Instrument
        The instrument whose knobs are predicted.
    """

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._counts = class_counts(instrument)
        self.outputs = sum(self._counts)

    def __call__(self, outputs: torch.Tensor, patches: Patches) -> torch.Tensor:
        """Compute the mean cross-entropy of the true classes."""
        truth = torch.from_numpy(classes_of(self._instrument, patches)).to(outputs.device)
        knobs = zip(torch.split(outputs, list(self._counts), dim=1), truth.T, strict=True)
        return torch.stack([cross_entropy(logits, own) for logits, own in knobs]).mean()

    def labels(self, outputs: Outputs) -> Labels:
        """Convert logits to labels, see `synthinv.instruments.classes.predicted_labels`."""
        return predicted_labels(self._instrument, outputs)


def make_loss(network: NetworkConfig, instrument: Instrument) -> Loss:
    """Make the loss of a network.

    Parameters
    ----------
    network : NetworkConfig
        Settings that name the loss.
    instrument : Instrument
        The instrument whose knobs are predicted.

    Returns
    -------
    Loss
        The loss.
    """
    return SquaredError(instrument) if network.loss == "mse" else CrossEntropy(instrument)
