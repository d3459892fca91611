"""What all networks that answer notes with classes have in common."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from synthinv.instruments.classes import Logits

RANGE_DB = 100.0  # below the note's peak; what is weaker is not seen
MARGINAL_DRAWS = 256  # per note: a few milliseconds, and chances are then known to 3 %


class NoteNetwork(nn.Module):
    """Notes to logits, in two steps: views of a note, then what is learnt.

    A subclass has an attribute `heads`, the last layer.

    Parameters
    ----------
    classes : sequence of int
        Classes of every knob, see `synthinv.instruments.classes.class_counts`.
    front_end : torch.nn.Module
        Float32 notes [batch, samples] to views, without anything to learn.
    """

    heads: nn.Module

    def __init__(self, classes: Sequence[int], front_end: nn.Module) -> None:
        super().__init__()
        self.classes = tuple(classes)
        self.front_end = front_end

    def forward(self, notes: torch.Tensor) -> torch.Tensor:
        """Answer float32 notes [batch, samples] with logits [batch, classes of all knobs]."""
        with torch.no_grad():
            inputs = self.front_end(notes)
        return self.logits(inputs)

    def logits(self, inputs: Any) -> torch.Tensor:
        """Answer views with float32 logits [batch, classes of all knobs]."""
        raise NotImplementedError

    def teacher_forced_logits(self, inputs: Any, truth: torch.Tensor) -> torch.Tensor:
        """Answer every knob of views, given the truth about the knobs before it.

        Parameters
        ----------
        inputs : Any
            What the front end makes of notes.
        truth : int64 tensor [equivalents, batch, parameters]
            True classes.

        Returns
        -------
        float32 tensor [equivalents, batch, classes of all knobs]
            Logits; by default, no knob knows of another.
        """
        return self.logits(inputs).expand(len(truth), -1, -1)

    def marginals(self, inputs: Any, draws: int, generator: torch.Generator) -> torch.Tensor:
        """Say of every knob of views what it may be, whatever the others are.

        Parameters
        ----------
        inputs : Any
            What the front end makes of notes.
        draws : int
            Draws of the knobs before it that are averaged.
        generator : torch.Generator
            Source of randomness.

        Returns
        -------
        float32 tensor [batch, classes of all knobs]
            Logits; by default those of the answer, for no knob knows of another.
        """
        return self.logits(inputs)

    @property
    def first_layers(self) -> tuple[nn.Module, ...]:
        """The layers that see the views; like the heads, they are not trained by Muon."""
        raise NotImplementedError


def solve(network: NoteNetwork, notes: npt.NDArray[np.float32], batch_size: int = 64) -> Logits:
    """Answer notes, in full precision.

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
    """Say of a few notes what each knob may be, whatever the others are.

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


def peak_normalised(notes: torch.Tensor) -> torch.Tensor:
    """Divide float notes [..., samples] by their peaks; digital silence stays silence."""
    return notes / notes.abs().amax(dim=-1, keepdim=True).clamp_min(1e-6)


def decibels(power: torch.Tensor) -> torch.Tensor:
    """Turn power, at most 1, into decibels, scaled to about ±1."""
    share = torch.log10(power + 10 ** (-RANGE_DB / 10)) * (10 / RANGE_DB)
    # Most levels lie within the middle half of the range.
    return 3 * (share + 0.7)
