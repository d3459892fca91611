"""InverSynth's spectrogram network, to set the solver against: six strided convolutions.

O. Barkan, D. Tsiris, O. Katz and N. Koenigstein, "InverSynth: Deep Estimation of Synthesizer
Parameter Configurations from Audio Signals", IEEE/ACM Transactions on Audio, Speech, and Language
Processing, 2019: the architecture Conv6, and 16 classes for every continuous parameter.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from synthinv.solver.base import NoteNetwork, decibels, peak_normalised

# As published: 512 samples at 16,384 Hz, hops of half a window, all bins.
WINDOW_SECONDS = 512 / 16_384
BINS = 257
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


class Spectrogram(nn.Module):
    """Log power in the bins of a Fourier transform up to 8,192 Hz.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        super().__init__()
        self.window = 2 * round(WINDOW_SECONDS * sample_rate / 2)
        hann = torch.hann_window(self.window)
        self.register_buffer("taper", 2 * hann / hann.sum(), persistent=False)

    def forward(self, notes: torch.Tensor) -> torch.Tensor:
        """Compute float32 [batch, 1, bins, frames] from float32 notes [batch, samples]."""
        half = self.window // 2
        padded = functional.pad(peak_normalised(notes), (half, half))
        frames = padded.unfold(1, self.window, half) * self.get_buffer("taper")
        levels = decibels(torch.fft.rfft(frames)[..., :BINS].abs().square())
        return levels.transpose(1, 2)[:, None]


class InverSynthNetwork(NoteNetwork):
    """InverSynth's Conv6.

    A continuous knob's 16 classes are as wide as can be: eight CC values each, between which the
    network does not tell. Trained like the solver, by cross-entropy instead of one sigmoid per
    class. Its convolutions are padded, so that a note of any length has an image left.

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
        super().__init__(classes, Spectrogram(sample_rate))
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
        # Which of its classes every CC value belongs to.
        firsts = torch.tensor([0, *own]).cumsum(0).tolist()
        values = [
            first + torch.arange(count) * few // count
            for first, count, few in zip(firsts, classes, own, strict=False)
        ]
        self.register_buffer("values", torch.cat(values), persistent=False)

    def logits(self, inputs: torch.Tensor) -> torch.Tensor:
        """Answer float32 inputs [batch, 1, bins, frames]; see `NoteNetwork`."""
        # In bfloat16, gradients of convolutions over images narrower than their kernels are wrong.
        with torch.autocast(inputs.device.type, enabled=False):
            hidden = functional.relu(self.hidden(self.image(inputs)))
            logits: torch.Tensor = self.heads(hidden)
        return logits[:, self.get_buffer("values")]

    @property
    def first_layers(self) -> tuple[nn.Module, ...]:
        """The layer that sees the spectrogram."""
        return (self.image[0],)
