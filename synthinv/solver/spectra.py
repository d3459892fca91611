"""Short-time spectra of notes in PyTorch, for the front ends of the networks."""

import torch
from torch import nn
from torch.nn import functional

from synthinv.solver.front_ends import RANGE_DB


class ShortTimeFourier(nn.Module):
    """Fourier transforms of a note's Hann-windowed frames.

    The first frame is centred on the first sample, and a sine of amplitude 1 has power 1 in its
    bin.

    Parameters
    ----------
    window, hop : int
        Length and distance of the windows in samples.
    """

    def __init__(self, window: int, hop: int) -> None:
        super().__init__()
        self.window, self.hop = window, hop
        hann = torch.hann_window(window)
        # Not in the state: it follows from the settings.
        self.register_buffer("taper", 2 * hann / hann.sum(), persistent=False)

    def forward(self, notes: torch.Tensor) -> torch.Tensor:
        """Compute complex64 [batch, frames, bins] from float32 notes [batch, samples]."""
        padded = functional.pad(notes, (self.window // 2, self.window // 2))
        frames = padded.unfold(1, self.window, self.hop) * self.get_buffer("taper")
        spectra: torch.Tensor = torch.fft.rfft(frames)
        return spectra


def peak_normalised(notes: torch.Tensor) -> torch.Tensor:
    """Divide float notes [..., samples] by their peaks; digital silence stays silence."""
    return notes / notes.abs().amax(dim=-1, keepdim=True).clamp_min(1e-6)


def decibels(power: torch.Tensor) -> torch.Tensor:
    """Convert power, at most 1, to decibels, scaled to about ±1."""
    share = torch.log10(power + 10 ** (-RANGE_DB / 10)) * (10 / RANGE_DB)
    # Most levels lie within the middle half of the range.
    return 3 * (share + 0.7)
