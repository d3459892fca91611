"""Autoregressive output layers: every knob is predicted conditioned on the knobs before it.

Cutoff and contour, decay and sustain, the tunings of two oscillators: many patches sound nearly the
same, since one knob makes up for another. Heads that predict each knob independently settle on the
middle of all these patches, which sounds like none of them.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional


class AutoregressiveHeads(nn.Module):
    """Distributions over every knob's classes, conditioned on the sound and the knobs before it.

    The chain rule with shared weights follows H. Larochelle and I. Murray, "The neural
    autoregressive distribution estimator", AISTATS 2011; here with features of a sound as a further
    input, and with a hidden layer per knob.

    Parameters
    ----------
    features : int
        Length of the vector that describes a sound.
    classes : sequence of int
        Classes of every knob, see `synthinv.instruments.classes.class_counts`.
    continuous : sequence of bool
        Which knobs are continuous, see `Instrument.continuous`.
    units : int
        Width of the hidden layers that condition a knob on those before it; with 0, knobs are
        independent.
    """

    def __init__(
        self, features: int, classes: Sequence[int], continuous: Sequence[bool], units: int
    ) -> None:
        super().__init__()
        self.classes, self.continuous, self.units = list(classes), tuple(continuous), units
        self.sound = nn.Linear(features, sum(classes))
        self.context = nn.Parameter(torch.randn(features, len(classes) * units) / features**0.5)
        # One row per class of every knob, added to the hidden layers of the knobs after it.
        self.value_embedding = nn.Parameter(0.02 * torch.randn(sum(classes), units))
        self.mixed = nn.Parameter(torch.randn(len(classes), units, units) / max(units, 1) ** 0.5)
        # Zero: training starts with independent knobs.
        self.output_weights = nn.Parameter(torch.zeros(sum(classes), units))

    def forward(self, sounds: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Compute teacher-forced logits, conditioned on the true classes of the knobs before.

        Parameters
        ----------
        sounds : float tensor [batch, features]
            Features of the sounds.
        truth : int64 tensor [equivalents, batch, parameters]
            True classes; the patches of a column sound alike.

        Returns
        -------
        float32 tensor [equivalents, batch, classes of all knobs]
            Logits.
        """
        firsts = truth.new_tensor([0, *self.classes[:-1]]).cumsum(0)
        embedded = functional.embedding(firsts + truth, self.value_embedding)
        before = embedded.cumsum(dim=2) - embedded
        hidden = functional.silu(
            self._context(sounds) + torch.einsum("ebkh,khg->ebkg", before, self.mixed)
        )
        output_weights = torch.split(self.output_weights, self.classes)
        conditional = [hidden[:, :, knob] @ own.T for knob, own in enumerate(output_weights)]
        logits: torch.Tensor = self.sound(sounds).float() + torch.cat(conditional, dim=2).float()
        return logits

    def generate(self, sounds: torch.Tensor, uniforms: torch.Tensor) -> torch.Tensor:
        """Compute logits knob by knob, each conditioned on classes chosen for the knobs before it.

        Parameters
        ----------
        sounds : float tensor [batch, features]
            Features of the sounds.
        uniforms : float32 tensor [draws, parameters]
            How the classes are chosen, see `synthinv.solver.base.NoteNetwork.generate`.

        Returns
        -------
        float32 tensor [batch, draws, classes of all knobs]
            Logits.
        """
        by_sound = torch.split(self.sound(sounds).float()[:, None], self.classes, dim=2)
        if not self.units:
            return torch.cat(by_sound, dim=2).expand(-1, uniforms.shape[0], -1)
        context = self._context(sounds)[:, None]
        before = context.new_zeros(sounds.shape[0], uniforms.shape[0], self.units)
        value_embedding = torch.split(self.value_embedding, self.classes)
        output_weights = torch.split(self.output_weights, self.classes)
        generated = []
        for knob, logits in enumerate(by_sound):
            hidden = functional.silu(context[:, :, knob] + before @ self.mixed[knob])
            generated.append(logits + (hidden @ output_weights[knob].T).float())
            chosen = _chosen(generated[-1], uniforms[:, knob], self.continuous[knob])
            before = before + functional.embedding(chosen, value_embedding[knob])
        return torch.cat(generated, dim=2)

    def _context(self, sounds: torch.Tensor) -> torch.Tensor:
        """Compute the sounds' share of the hidden layers: [batch, parameters, units]."""
        return (sounds @ self.context).view(sounds.shape[0], len(self.classes), self.units)


def _chosen(logits: torch.Tensor, uniforms: torch.Tensor, continuous: bool) -> torch.Tensor:
    """Choose classes int64 [batch, draws] from one knob's logits [batch, draws, classes]."""
    shares = logits.double().softmax(dim=2).cumsum(dim=2)
    predicted = uniforms < 0
    # Half of it is below the median, as in `synthinv.instruments.classes.predicted_labels`. The
    # last sum, all of it, may not be 1 exactly.
    share = torch.where(predicted, 0.5, uniforms.double() * shares[:, :, -1])
    chosen = (shares < share[:, :, None]).sum(dim=2)
    return chosen if continuous else torch.where(predicted, logits.argmax(dim=2), chosen)
