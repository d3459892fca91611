"""Heads that hear one another: every knob is answered given the knobs before it.

Cutoff and contour, decay and sustain, the tunings of two oscillators: many patches sound nearly the
same, as one knob makes up for another. Heads that do not know of each other answer each knob with
the middle of all these patches, which is none of them.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional


class AutoregressiveHeads(nn.Module):
    """A distribution over every knob's classes, given the sound and the knobs before it.

    The chain rule with shared weights: H. Larochelle and I. Murray, "The neural autoregressive
    distribution estimator", AISTATS 2011; here with a sound, and a hidden layer per knob.

    Parameters
    ----------
    features : int
        Numbers that describe a sound.
    classes : sequence of int
        Classes of every knob, see `synthinv.instruments.classes.class_counts`.
    continuous : sequence of bool
        Which knobs are continuous, see `Instrument.continuous`.
    units : int
        Width of what a knob is told of the knobs before it; with 0 it is told nothing.
    """

    def __init__(
        self, features: int, classes: Sequence[int], continuous: Sequence[bool], units: int
    ) -> None:
        super().__init__()
        self.classes, self.continuous, self.units = list(classes), tuple(continuous), units
        self.sound = nn.Linear(features, sum(classes))
        self.context = nn.Parameter(torch.randn(features, len(classes) * units) / features**0.5)
        # One row per class of every knob: what it adds to the context of the knobs after it.
        self.value_embedding = nn.Parameter(0.02 * torch.randn(sum(classes), units))
        self.mixed = nn.Parameter(torch.randn(len(classes), units, units) / max(units, 1) ** 0.5)
        # At first, the parameters are independent.
        self.output_weights = nn.Parameter(torch.zeros(sum(classes), units))

    def forward(self, sounds: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Answer every knob, given the truth about those before it.

        Parameters
        ----------
        sounds : float tensor [batch, features]
            The sounds.
        truth : int64 tensor [equivalents, batch, parameters]
            True classes; the patches of a column sound alike.

        Returns
        -------
        float32 tensor [equivalents, batch, classes of all knobs]
            Logits.
        """
        firsts = truth.new_tensor([0, *self.classes[:-1]]).cumsum(0)
        told = functional.embedding(firsts + truth, self.value_embedding)
        before = told.cumsum(dim=2) - told
        context = (sounds @ self.context).view(len(sounds), len(self.classes), self.units)
        hidden = functional.silu(context + torch.einsum("ebkh,khg->ebkg", before, self.mixed))
        output_weights = torch.split(self.output_weights, self.classes)
        heard = [hidden[:, :, knob] @ own.T for knob, own in enumerate(output_weights)]
        logits: torch.Tensor = self.sound(sounds).float() + torch.cat(heard, dim=2).float()
        return logits

    def logits(self, sounds: torch.Tensor) -> torch.Tensor:
        """Answer one knob after the other, each given the answers to those before it.

        Parameters
        ----------
        sounds : float tensor [batch, features]
            The sounds.

        Returns
        -------
        float32 tensor [batch, classes of all knobs]
            Logits.
        """
        return self._walk(sounds, _answer)

    def marginals(
        self, sounds: torch.Tensor, draws: int, generator: torch.Generator
    ) -> torch.Tensor:
        """Say what each knob may be, whatever the knobs before it are.

        `answer` says what a knob is if all answers before it are right, and is too sure where they
        may not be. Here the knobs are drawn, and what is said to all draws is averaged.

        Parameters
        ----------
        sounds : float tensor [batch, features]
            The sounds.
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

        logits = self._walk(sounds.repeat_interleave(draws, dim=0), drawn)
        said = [part.log_softmax(dim=1) for part in torch.split(logits, self.classes, dim=1)]
        by_draw = torch.cat(said, dim=1).view(len(sounds), draws, -1)
        return by_draw.logsumexp(dim=1) - math.log(draws)

    def _walk(
        self, sounds: torch.Tensor, choose: Callable[[torch.Tensor, bool], torch.Tensor]
    ) -> torch.Tensor:
        """Go from knob to knob, each told what was chosen of the logits of those before it."""
        context = (sounds @ self.context).view(len(sounds), len(self.classes), self.units)
        before = context.new_zeros(len(sounds), self.units)
        by_sound = torch.split(self.sound(sounds), self.classes, dim=1)
        value_embedding = torch.split(self.value_embedding, self.classes)
        output_weights = torch.split(self.output_weights, self.classes)
        predictions = []
        for knob, logits in enumerate(by_sound):
            hidden = functional.silu(context[:, knob] + before @ self.mixed[knob])
            predictions.append((logits + hidden @ output_weights[knob].T).float())
            chosen = choose(predictions[-1], self.continuous[knob])
            before = before + value_embedding[knob][chosen]
        return torch.cat(predictions, dim=1)


def _answer(logits: torch.Tensor, continuous: bool) -> torch.Tensor:
    """Answer as `synthinv.instruments.classes.predicted_labels` does."""
    if not continuous:
        return logits.argmax(dim=1)
    return (logits.double().softmax(dim=1).cumsum(dim=1) < 0.5).sum(dim=1)
