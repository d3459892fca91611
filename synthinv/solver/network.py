"""The solver's network: spectra and waveforms of a note in, a class per knob out.

A note is represented in three ways, each of which shows something that the others cannot: a
spectrogram for envelopes and filter, a spectrum in long windows for tuning, and stretches of the
waveform itself, since a sawtooth has the same spectrum as its reverse.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from synthinv.audio.bands import band_weights
from synthinv.config.sections.solver import SolverConfig
from synthinv.solver.autoregressive_heads import AutoregressiveHeads
from synthinv.solver.base import NoteNetwork
from synthinv.solver.front_ends import STRETCH_SECONDS, STRETCHES, WAVE_HZ
from synthinv.solver.spectra import ShortTimeFourier, decibels, peak_normalised

CHUNK = 8
"""Notes whose spectra are computed at a time: these fit into the processor's cache."""
BLOCK = 32
"""Neighbouring bands that are summed at a time, from the few bins they have in common."""
FIRST_GAIN = 0.5
"""Initial gain of a residual branch. Rejected: zero, as in SkipInit, which leaves the branch
without effect for hundreds of the few thousand updates."""


class Inputs(NamedTuple):
    """The inputs of the trained layers, for a batch of notes.

    Attributes
    ----------
    spectrogram : float32 tensor [batch, 1, bands, frames]
        Log spectrogram.
    spectrum : float32 tensor [batch, frames, bands]
        Log spectra in long windows.
    wave : float32 tensor [batch, stretches, samples]
        Stretches of the waveform, each normalised to its peak.
    """

    spectrogram: torch.Tensor
    spectrum: torch.Tensor
    wave: torch.Tensor


class LogSpectrogram(nn.Module):
    """Power in logarithmically spaced triangular bands, in decibels, scaled to about ±1.

    Parameters
    ----------
    window, hop : int
        Length and distance of the Hann windows in samples.
    bands : int
        Number of bands.
    sample_rate : int
        In Hz.
    """

    def __init__(self, window: int, hop: int, bands: int, sample_rate: int) -> None:
        super().__init__()
        self.fourier = ShortTimeFourier(window, hop)
        weights = band_weights(window, bands, sample_rate)
        self.bins: list[slice] = []
        for i, first in enumerate(range(0, bands, BLOCK)):
            block = weights[:, first : first + BLOCK]
            own = np.flatnonzero(block.any(axis=1))
            low, high = int(own[0]), int(own[-1]) + 1
            # Real and imaginary parts lie side by side, so every weight is there twice.
            self.bins.append(slice(2 * low, 2 * high))
            twice = torch.from_numpy(block[low:high].repeat(2, axis=0))
            # Not in the state: they follow from the settings.
            self.register_buffer(f"triangles{i}", twice, persistent=False)

    def forward(self, notes: torch.Tensor) -> torch.Tensor:
        """Compute float32 [batch, frames, bands] from float32 notes [batch, samples]."""
        return torch.cat([self._levels(part) for part in torch.split(notes, CHUNK)])

    def _levels(self, notes: torch.Tensor) -> torch.Tensor:
        squares = torch.view_as_real(self.fourier(notes)).flatten(-2).square()
        power = torch.cat(
            [
                squares[..., own] @ self.get_buffer(f"triangles{i}")
                for i, own in enumerate(self.bins)
            ],
            dim=-1,
        )
        return decibels(power)


class FrontEnd(nn.Module):
    """The conversion of notes to the inputs of the trained layers; without weights.

    Parameters
    ----------
    solver : SolverConfig
        Windows and bands.
    sample_rate : int
        In Hz.
    """

    def __init__(self, solver: SolverConfig, sample_rate: int) -> None:
        super().__init__()
        self.spectrogram = LogSpectrogram(solver.window, solver.hop, solver.bands, sample_rate)
        long = solver.long_window
        self.spectrum = LogSpectrogram(long, long // 2, solver.long_bands, sample_rate)
        self.decimation = max(1, round(sample_rate / WAVE_HZ))
        self.stretch = round(STRETCH_SECONDS * sample_rate / self.decimation)

    def forward(self, notes: torch.Tensor) -> Inputs:
        """Compute the inputs from float32 notes [batch, samples], each normalised to its peak."""
        notes = peak_normalised(notes)
        levels = self.spectrogram(notes).transpose(1, 2)[:, None]
        return Inputs(levels, self.spectrum(notes), self._wave(notes))

    def _wave(self, notes: torch.Tensor) -> torch.Tensor:
        means = functional.avg_pool1d(notes[:, None], self.decimation)[:, 0]
        length = means.shape[1]
        if length < self.stretch:
            means = functional.pad(means, (0, self.stretch - length))
        last = means.shape[1] - self.stretch
        starts = [min(round(share * length), last) for share in STRETCHES]
        stretches = torch.stack([means[:, s : s + self.stretch] for s in starts], dim=1)
        return peak_normalised(stretches)


class Residual(nn.Module):
    """Two 3 × 3 convolutions added to their input, with a trained gain instead of normalisation.

    Parameters
    ----------
    channels : int
        Channels in and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.gain = nn.Parameter(torch.tensor([FIRST_GAIN]))
        for layer in (self.first, self.second):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map float [batch, channels, bands, frames] to the same shape."""
        y = self.first(functional.silu(x))
        y = self.second(functional.silu(y))
        # Without the cast, all later layers would compute in single precision.
        result: torch.Tensor = x + self.gain.to(y.dtype) * y
        return result


class SolverNetwork(NoteNetwork):
    """The solver's network: a branch for each input, a shared layer, autoregressive heads.

    Parameters
    ----------
    solver : SolverConfig
        Sizes.
    classes : sequence of int
        Classes of every knob, see `synthinv.instruments.classes.class_counts`.
    continuous : sequence of bool
        Which knobs are continuous, see `Instrument.continuous`.
    samples : int
        Samples per note.
    sample_rate : int
        In Hz.
    """

    heads: AutoregressiveHeads

    def __init__(
        self,
        solver: SolverConfig,
        classes: Sequence[int],
        continuous: Sequence[bool],
        samples: int,
        sample_rate: int,
    ) -> None:
        super().__init__(classes, FrontEnd(solver, sample_rate))
        with torch.no_grad():
            inputs = self.front_end(torch.zeros(1, samples))
        self.spectrogram = image_branch(solver)
        self.spectrum = line_branch(inputs.spectrum.shape[1:], kernels=(9, 5, 5), strides=(4, 4, 4))
        self.wave = line_branch(inputs.wave.shape[1:], kernels=(31, 9, 5), strides=(8, 4, 4))
        with torch.no_grad():
            features = self._features(inputs).shape[1]
        self.hidden = nn.Linear(features, solver.hidden_units)
        self.heads = AutoregressiveHeads(
            solver.hidden_units, classes, continuous, solver.autoregressive_units
        )

    def generate(self, inputs: Inputs, uniforms: torch.Tensor) -> torch.Tensor:
        """Compute logits knob by knob, see `NoteNetwork.generate`."""
        return self.heads.generate(self._hidden(inputs), uniforms)

    def teacher_forced_logits(self, inputs: Inputs, truth: torch.Tensor) -> torch.Tensor:
        """Compute teacher-forced logits, see `NoteNetwork.teacher_forced_logits`."""
        logits: torch.Tensor = self.heads(self._hidden(inputs), truth)
        return logits

    @property
    def first_layers(self) -> tuple[nn.Module, ...]:
        """The first layer of each branch."""
        return tuple(branch[0] for branch in (self.spectrogram, self.spectrum, self.wave))

    def _hidden(self, inputs: Inputs) -> torch.Tensor:
        return functional.silu(self.hidden(functional.silu(self._features(inputs))))

    def _features(self, inputs: Inputs) -> torch.Tensor:
        image = inputs.spectrogram.contiguous(memory_format=torch.channels_last)
        branches = (
            self.spectrogram(image),
            self.spectrum(inputs.spectrum),
            self.wave(inputs.wave),
        )
        return torch.cat(branches, dim=1)


def image_branch(solver: SolverConfig, inputs: int = 1) -> nn.Sequential:
    """Build convolutions over an image: float [batch, inputs, bands, frames] to [batch, features].

    Parameters
    ----------
    solver : SolverConfig
        Sizes.
    inputs : int
        Channels of the image.

    Returns
    -------
    torch.nn.Sequential
        The layers.
    """
    first = solver.channels[0]
    # Overlapping patches of 7 × 7. Rejected: convolutions with few channels at full resolution,
    # which take most of the time and leave the processor's matrix units idle.
    layers: list[nn.Module] = [nn.Conv2d(inputs, first, 7, stride=4, padding=3)]
    channels = first
    for width in solver.channels:
        if len(layers) > 1:
            layers.append(nn.Conv2d(channels, width, 3, stride=2, padding=1))
        layers += [Residual(width) for _ in range(solver.blocks)]
        channels = width
    # No average over bands and frames: envelopes and filter show in which bands are loud when.
    layers += [nn.SiLU(), nn.Conv2d(channels, solver.bottleneck, 1), nn.Flatten()]
    branch = nn.Sequential(*layers)
    # The layout in which the matrix units are fastest.
    branch.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return branch


def line_branch(
    shape: Sequence[int], kernels: Sequence[int], strides: Sequence[int]
) -> nn.Sequential:
    """Build convolutions along one axis: float [batch, channels, length] to [batch, 256]."""
    layers: list[nn.Module] = []
    channels, length = shape
    for kernel, stride, width in zip(kernels, strides, (64, 128, 128), strict=True):
        layers += [nn.Conv1d(channels, width, kernel, stride, padding=kernel // 2), nn.SiLU()]
        channels, length = width, (length - 1) // stride + 1
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * length, 256))
