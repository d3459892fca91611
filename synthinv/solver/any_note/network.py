"""The any-note solver's network: spectra and envelopes of a note in, a class per knob out.

It has no waveform among its inputs, since nobody hears the polarity of a recording.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from synthinv.audio.presses import Notes, PressedNotes
from synthinv.config.sections.solver import SolverConfig
from synthinv.solver.any_note.spectra import AnyNoteInputs, AnyNoteSpectra
from synthinv.solver.autoregressive_heads import AutoregressiveHeads
from synthinv.solver.base import NoteNetwork
from synthinv.solver.network import image_branch, line_branch

PRESS_FEATURES = 32
"""Features of key and times, which are needed beside those of every branch."""


class AnyNoteNetwork(NoteNetwork):
    """A branch for each input, a shared layer, autoregressive heads.

    Features are normalised before the shared layer and before the heads.

    Parameters
    ----------
    solver : SolverConfig
        Sizes.
    classes : sequence of int
        Classes of every knob, see `synthinv.instruments.classes.class_counts`.
    continuous : sequence of bool
        Which knobs are continuous, see `Instrument.continuous`.
    sample_rate : int
        In Hz.
    """

    heads: AutoregressiveHeads

    def __init__(
        self,
        solver: SolverConfig,
        classes: Sequence[int],
        continuous: Sequence[bool],
        sample_rate: int,
    ) -> None:
        super().__init__(classes, AnyNoteSpectra(solver, sample_rate))
        one = np.ones(1, np.int64)
        inputs = self.front_end(PressedNotes(np.zeros((1, 1), np.float32), one, one, 60 * one))
        self.image = image_branch(solver, inputs.image.shape[1])
        self.spectrum = line_branch(inputs.spectrum.shape[1:], kernels=(9, 5, 5), strides=(4, 4, 4))
        self.envelope = line_branch(inputs.envelope.shape[1:], kernels=(9, 5, 5), strides=(4, 4, 4))
        self.press = nn.Linear(inputs.press.shape[1], PRESS_FEATURES)
        with torch.no_grad():
            features = self._features(inputs).shape[1]
        # Without it, a few thousand loud features of one odd note can undo a training.
        self.features = nn.LayerNorm(features)
        self.hidden = nn.Linear(features, solver.hidden_units)
        self.summary = nn.LayerNorm(solver.hidden_units)
        self.heads = AutoregressiveHeads(
            solver.hidden_units, classes, continuous, solver.autoregressive_units
        )

    def generate(self, inputs: AnyNoteInputs, uniforms: torch.Tensor) -> torch.Tensor:
        """Compute logits knob by knob, see `NoteNetwork.generate`."""
        return self.heads.generate(self._hidden(inputs), uniforms)

    def teacher_forced_logits(self, inputs: AnyNoteInputs, truth: torch.Tensor) -> torch.Tensor:
        """Compute teacher-forced logits, see `NoteNetwork.teacher_forced_logits`."""
        logits: torch.Tensor = self.heads(self._hidden(inputs), truth)
        return logits

    @property
    def first_layers(self) -> tuple[nn.Module, ...]:
        """The first layer of each branch."""
        return (self.image[0], self.spectrum[0], self.envelope[0], self.press)

    def inputs(self, notes: Notes) -> AnyNoteInputs:
        """Compute the inputs of the trained layers, see `NoteNetwork.inputs`."""
        with torch.no_grad():
            inputs: AnyNoteInputs = self.front_end(notes)
        return inputs

    def _hidden(self, inputs: AnyNoteInputs) -> torch.Tensor:
        features = functional.silu(self.features(self._features(inputs)))
        summary: torch.Tensor = self.summary(functional.silu(self.hidden(features)))
        return summary

    def _features(self, inputs: AnyNoteInputs) -> torch.Tensor:
        image = inputs.image.contiguous(memory_format=torch.channels_last)
        branches = (
            self.image(image),
            self.spectrum(inputs.spectrum),
            self.envelope(inputs.envelope),
            self.press(inputs.press),
        )
        return torch.cat(branches, dim=1)
