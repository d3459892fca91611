"""The loss of a solver."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import log_softmax

CONTROLLER = 128
"""Steps of a MIDI controller; the label smoothing is in steps of a knob with so many."""


class SolverLoss(nn.Module):
    """Cross-entropy of every knob's classes, averaged over the knobs.

    Of a patch's equivalents, the one with the least loss counts, so the network may order
    interchangeable oscillators as it likes: permutation invariant training (D. Yu et al.,
    "Permutation invariant training of deep models for speaker-independent multi-talker speech
    separation", ICASSP 2017).

    Parameters
    ----------
    classes : sequence of int
        Classes of every knob.
    continuous : sequence of bool
        Which knobs are continuous, see `Instrument.continuous`.
    label_smoothing : float
        Standard deviation over which the target of a continuous knob is spread, since a
        neighbouring step is almost right; in steps of a knob that has 128, and the same share of
        the travel of others. Targets of positions and choices are not spread.
    """

    def __init__(
        self, classes: Sequence[int], continuous: Sequence[bool], label_smoothing: float
    ) -> None:
        super().__init__()
        self.classes, self.continuous = tuple(classes), tuple(continuous)
        amounts = {n for n, is_amount in zip(classes, continuous, strict=True) if is_amount}
        for count in sorted(amounts):
            deviation = label_smoothing * count / CONTROLLER
            self.register_buffer(f"targets_{count}", _targets(count, deviation))

    def forward(self, logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Compute the loss of logits.

        Parameters
        ----------
        logits : float32 tensor [equivalents, batch, all classes]
            A network's outputs.
        truth : int64 tensor [equivalents, batch, parameters]
            Classes of patches that sound alike, see `Instrument.equivalents`.

        Returns
        -------
        float32 tensor []
            The loss.
        """
        losses = [
            self._per_class(part, continuous).gather(2, own[:, :, None])[:, :, 0]
            for part, own, continuous in zip(
                torch.split(logits, list(self.classes), dim=2),
                truth.unbind(2),
                self.continuous,
                strict=True,
            )
        ]
        return torch.stack(losses).mean(dim=0).amin(dim=0).mean()

    def _per_class(self, logits: torch.Tensor, continuous: bool) -> torch.Tensor:
        """Return what the loss would be if each class were the true one."""
        nll = -log_softmax(logits, dim=2)
        return nll @ self.get_buffer(f"targets_{nll.shape[2]}") if continuous else nll


def _targets(count: int, deviation: float) -> torch.Tensor:
    """Return the spread targets of a knob's classes, one per column: float32 [count, count]."""
    steps = torch.arange(count)
    distance = steps[:, None] - steps
    # The identity for 0: no smoothing.
    weights = torch.exp(-0.5 * (distance / max(deviation, 1e-3)) ** 2)
    return (weights / weights.sum(dim=1, keepdim=True)).T
