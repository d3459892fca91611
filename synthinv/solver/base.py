"""The interface of all networks that predict a note's knobs as classes, and their inference."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from synthinv.instruments.classes import Logits

MARGINAL_DRAWS = 256
"""Draws per note, which take a few milliseconds and give probabilities to within 3 %."""


class NoteNetwork(nn.Module):
    """A network from notes to logits: a fixed front end, then trained layers.

    A subclass has an attribute `heads`, the last layer.

    Parameters
    ----------
    classes : sequence of int
        Classes of every knob, see `synthinv.instruments.classes.class_counts`.
    front_end : torch.nn.Module
        Turns float32 notes [batch, samples] into the inputs of the trained layers, such as
        spectrograms; without weights.
    """

    heads: nn.Module

    def __init__(self, classes: Sequence[int], front_end: nn.Module) -> None:
        super().__init__()
        self.classes = tuple(classes)
        self.front_end = front_end

    def forward(self, notes: torch.Tensor) -> torch.Tensor:
        """Compute logits [batch, classes of all knobs] from float32 notes [batch, samples]."""
        with torch.no_grad():
            inputs = self.front_end(notes)
        return self.logits(inputs)

    def logits(self, inputs: Any) -> torch.Tensor:
        """Compute float32 logits [batch, classes of all knobs] from the front end's outputs."""
        raise NotImplementedError

    def teacher_forced_logits(self, inputs: Any, truth: torch.Tensor) -> torch.Tensor:
        """Compute logits of every knob, conditioned on the true classes of the knobs before it.

        Parameters
        ----------
        inputs : Any
            The front end's outputs.
        truth : int64 tensor [equivalents, batch, parameters]
            True classes.

        Returns
        -------
        float32 tensor [equivalents, batch, classes of all knobs]
            Logits; by default those of independent knobs.
        """
        return self.logits(inputs).expand(len(truth), -1, -1)

    def marginals(self, inputs: Any, draws: int, generator: torch.Generator) -> torch.Tensor:
        """Estimate the marginal distribution of every knob.

        Parameters
        ----------
        inputs : Any
            The front end's outputs.
        draws : int
            Draws of the knobs before it to average over.
        generator : torch.Generator
            Source of randomness.

        Returns
        -------
        float32 tensor [batch, classes of all knobs]
            Logits; by default those of independent knobs, which are marginal already.
        """
        return self.logits(inputs)

    @property
    def first_layers(self) -> tuple[nn.Module, ...]:
        """The layers next to the front end; neither they nor the heads are trained by Muon."""
        raise NotImplementedError


def predict_logits(
    network: NoteNetwork, notes: npt.NDArray[np.float32], batch_size: int = 64
) -> Logits:
    """Predict logits for notes, in full precision.

    Parameters
    ----------
    network : NoteNetwork
        A trained network.
    notes : float32 array [n, samples]
        The notes.
    batch_size : int
        Notes at a time.

    Returns
    -------
    float32 array [n, classes of all knobs]
        Logits, see `synthinv.instruments.classes`.
    """
    parts = [notes[i : i + batch_size] for i in range(0, len(notes), batch_size)]
    with torch.no_grad():
        logits = [network(torch.from_numpy(part)).numpy() for part in parts]
    return np.concatenate(logits)


def predict_marginals(network: NoteNetwork, notes: npt.NDArray[np.float32]) -> Logits:
    """Predict the marginal distributions of all knobs for a few notes.

    Parameters
    ----------
    network : NoteNetwork
        A trained network.
    notes : float32 array [n, samples]
        The notes.

    Returns
    -------
    float32 array [n, classes of all knobs]
        Logits, see `synthinv.instruments.classes`; the same for the same notes.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        inputs = network.front_end(torch.from_numpy(notes))
        logits: Logits = network.marginals(inputs, MARGINAL_DRAWS, generator).numpy()
    return logits
