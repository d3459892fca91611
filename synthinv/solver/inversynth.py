"""InverSynth's spectrogram network, to compare the solver with: six strided convolutions.

O. Barkan, D. Tsiris, O. Katz and N. Koenigstein, "InverSynth: Deep Estimation of Synthesizer
Parameter Configurations from Audio Signals", IEEE/ACM Transactions on Audio, Speech, and Language
Processing, 2019: the architecture Conv6, and 16 classes for every continuous parameter.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from synthinv.solver.base import NoteNetwork
from synthinv.solver.front_ends import INVERSYNTH_BINS, inversynth_half_window
from synthinv.solver.spectra import ShortTimeFourier, decibels, peak_normalised

# Channels, kernel and stride of every convolution, bands first.
CONVOLUTIONS = (
    (32, (3, 3), (2, 2)),
    (71, (3, 3), (2, 2)),
    (128, (3, 4), (2, 3)),
    (128, (3, 3), (2, 2)),
    (128, (3, 3), (2, 2)),
    (128, (3, 3), (1, 2)),
)
HIDDEN_UNITS = 512
CLASSES = 16


class LinearSpectrogram(nn.Module):
    """Log power in the bins of a Fourier transform up to 8,192 Hz.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        super().__init__()
        half = inversynth_half_window(sample_rate)
        self.fourier = ShortTimeFourier(2 * half, half)

    def forward(self, notes: torch.Tensor) -> torch.Tensor:
        """Compute float32 [batch, 1, bins, frames] from float32 notes [batch, samples]."""
        bins = self.fourier(peak_normalised(notes))[..., :INVERSYNTH_BINS]
        levels = decibels(bins.abs().square())
        return levels.transpose(1, 2)[:, None]


class InverSynthNetwork(NoteNetwork):
    """InverSynth's Conv6.

    The 16 classes of a continuous knob hold eight CC values each, which share a logit. It differs
    from the publication in two ways: it is trained like the solver, by cross-entropy instead of one
    sigmoid per class, and its convolutions are padded, to accept notes of any length.

    Parameters
    ----------
    classes : sequence of int
        Classes of every knob, see `synthinv.instruments.classes.class_counts`.
    samples : int
        Samples per note.
    sample_rate : int
        In Hz.
    """

    def __init__(self, classes: Sequence[int], samples: int, sample_rate: int) -> None:
        super().__init__(classes, LinearSpectrogram(sample_rate))
        layers: list[nn.Module] = []
        channels = 1
        for width, kernel, stride in CONVOLUTIONS:
            padding = (kernel[0] // 2, kernel[1] // 2)
            layers += [nn.Conv2d(channels, width, kernel, stride, padding), nn.ReLU()]
            channels = width
        self.image = nn.Sequential(*layers, nn.Flatten())
        with torch.no_grad():
            features = self.image(self.front_end(torch.zeros(1, samples))).shape[1]
        self.hidden = nn.Linear(features, HIDDEN_UNITS)
        own = [min(count, CLASSES) for count in classes]
        self.heads = nn.Linear(HIDDEN_UNITS, sum(own))
        # The class of every CC value.
        firsts = torch.tensor([0, *own]).cumsum(0).tolist()
        values = [
            first + torch.arange(count) * few // count
            for first, count, few in zip(firsts, classes, own, strict=False)
        ]
        self.register_buffer("values", torch.cat(values), persistent=False)

    def logits(self, inputs: torch.Tensor) -> torch.Tensor:
        """Compute logits from float32 spectrograms [batch, 1, bins, frames]."""
        # In bfloat16, PyTorch's gradients of convolutions are wrong where an image is narrower than
        # the kernel.
        with torch.autocast(inputs.device.type, enabled=False):
            hidden = functional.relu(self.hidden(self.image(inputs)))
            logits: torch.Tensor = self.heads(hidden)
        return logits[:, self.get_buffer("values")]

    @property
    def first_layers(self) -> tuple[nn.Module, ...]:
        """The first convolution."""
        return (self.image[0],)
