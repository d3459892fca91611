"""Autoregressive output layers: every knob is predicted conditioned on the knobs before it.

Cutoff and contour, decay and sustain, the tunings of two oscillators: many patches sound nearly the
same, since one knob makes up for another. Heads that predict each knob independently settle on the
middle of all these patches, which sounds like none of them.
"""

import math
from collections.abc import Callable, Sequence

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

    def logits(self, sounds: torch.Tensor) -> torch.Tensor:
        """Compute logits knob by knob, each conditioned on the predictions before it.

        Parameters
        ----------
        sounds : float tensor [batch, features]
            Features of the sounds.

        Returns
        -------
        float32 tensor [batch, classes of all knobs]
            Logits.
        """
        return self._generate(sounds, _predicted_classes)

    def marginals(
        self, sounds: torch.Tensor, draws: int, generator: torch.Generator
    ) -> torch.Tensor:
        """Estimate the marginal distribution of each knob by averaging over draws of the others.

        `logits` are conditioned on predictions, and overconfident wherever these may be wrong.

        Parameters
        ----------
        sounds : float tensor [batch, features]
            Features of the sounds.
        draws : int
            Draws per sound.
        generator : torch.Generator
            Source of randomness.

        Returns
        -------
        float32 tensor [batch, classes of all knobs]
            Logits; their exponentials sum to 1 for each knob.
        """

        def drawn(logits: torch.Tensor, continuous: bool) -> torch.Tensor:
            return torch.multinomial(logits.softmax(dim=1), 1, generator=generator)[:, 0]

        logits = self._generate(sounds.repeat_interleave(draws, dim=0), drawn)
        by_knob = torch.split(logits, self.classes, dim=1)
        log_probabilities = torch.cat([part.log_softmax(dim=1) for part in by_knob], dim=1)
        by_draw = log_probabilities.view(len(sounds), draws, -1)
        return by_draw.logsumexp(dim=1) - math.log(draws)

    def _generate(
        self, sounds: torch.Tensor, choose: Callable[[torch.Tensor, bool], torch.Tensor]
    ) -> torch.Tensor:
        """Compute logits knob by knob, each conditioned on the classes chosen before it."""
        context = self._context(sounds)
        before = context.new_zeros(len(sounds), self.units)
        by_sound = torch.split(self.sound(sounds), self.classes, dim=1)
        value_embedding = torch.split(self.value_embedding, self.classes)
        output_weights = torch.split(self.output_weights, self.classes)
        generated = []
        for knob, logits in enumerate(by_sound):
            hidden = functional.silu(context[:, knob] + before @ self.mixed[knob])
            generated.append((logits + hidden @ output_weights[knob].T).float())
            chosen = choose(generated[-1], self.continuous[knob])
            before = before + value_embedding[knob][chosen]
        return torch.cat(generated, dim=1)

    def _context(self, sounds: torch.Tensor) -> torch.Tensor:
        """Compute the sounds' share of the hidden layers: [batch, parameters, units]."""
        return (sounds @ self.context).view(len(sounds), len(self.classes), self.units)


def _predicted_classes(logits: torch.Tensor, continuous: bool) -> torch.Tensor:
    """Choose classes as `synthinv.instruments.classes.predicted_labels` does."""
    if not continuous:
        return logits.argmax(dim=1)
    return (logits.double().softmax(dim=1).cumsum(dim=1) < 0.5).sum(dim=1)
