"""The interface of all networks that predict a note's knobs as classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from synthinv.audio.presses import Notes


class NoteNetwork(nn.Module):
    """A network from notes to logits: a fixed front end, then trained layers.

    A subclass has an attribute `heads`, the last layer. Its front end has a counterpart in
    `synthinv.solver.front_ends`, with which the exported layers are used.

    Parameters
    ----------
    classes : sequence of int
        Classes of every knob, see `synthinv.instruments.classes.class_counts`.
    front_end : torch.nn.Module
        Turns float32 notes [batch, samples], or PressedNotes, into the inputs of the trained
        layers, such as spectrograms; without weights.
    """

    heads: nn.Module

    def __init__(self, classes: Sequence[int], front_end: nn.Module) -> None:
        super().__init__()
        self.classes = tuple(classes)
        self.front_end = front_end

    def forward(self, notes: Any) -> torch.Tensor:
        """Compute logits [batch, classes of all knobs] from what the front end takes in.

        Each knob is conditioned on the predictions for the knobs before it.
        """
        with torch.no_grad():
            inputs = self.front_end(notes)
        predicted = torch.full((1, len(self.classes)), -1.0, device=self._device)
        return self.generate(inputs, predicted)[:, 0]

    def inputs(self, notes: Notes) -> Any:
        """Compute the inputs of the trained layers on their device.

        Parameters
        ----------
        notes : float32 array [batch, samples] or PressedNotes
            Notes of one key and length, or of different ones, as the network takes them.

        Returns
        -------
        Any
            The front end's outputs.
        """
        assert isinstance(notes, np.ndarray)
        with torch.no_grad():
            return self.front_end(torch.from_numpy(notes).to(self._device))

    @property
    def _device(self) -> torch.device:
        return next(self.parameters()).device

    def logits(self, inputs: Any) -> torch.Tensor:
        """Compute float32 logits [batch, classes of all knobs], if knobs are independent.

        Networks whose knobs are not have the next two methods instead.
        """
        raise NotImplementedError

    def generate(self, inputs: Any, uniforms: torch.Tensor) -> torch.Tensor:
        """Compute logits of every knob, conditioned on classes chosen for the knobs before it.

        Parameters
        ----------
        inputs : Any
            The front end's outputs.
        uniforms : float32 tensor [draws, parameters]
            How the classes are chosen: a number in [0, 1) draws a class from its knob's
            distribution, a negative one chooses the prediction, which is the median of a continuous
            knob, and the likeliest position of another.

        Returns
        -------
        float32 tensor [batch, draws, classes of all knobs]
            Logits; by default those of independent knobs, the same for all draws.
        """
        return self.logits(inputs)[:, None].expand(-1, uniforms.shape[0], -1)

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

    @property
    def first_layers(self) -> tuple[nn.Module, ...]:
        """The layers next to the front end; neither they nor the heads are trained by Muon."""
        raise NotImplementedError
