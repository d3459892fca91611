"""The any-note solver's front end in PyTorch, for its training.

It computes what `synthinv.solver.any_note.front_end` does, for many notes at a time.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from synthinv.audio.presses import PressedNotes
from synthinv.config.sections.solver import SolverConfig
from synthinv.solver.any_note.front_end import (
    SILENCE,
    envelope_marks,
    image_marks,
    press_numbers,
)
from synthinv.solver.any_note.layout import FRAMES, STEPS, Indices, layout_of
from synthinv.solver.spectra import decibels, peak_normalised

CHUNK = 4
"""Notes whose inputs are computed at a time: their spectra fit into the processor's cache."""


class AnyNoteInputs(NamedTuple):
    """The inputs of the trained layers, for a batch of notes.

    Attributes
    ----------
    image : float32 tensor [batch, 3, bands, frames]
        Log spectrogram; whether the key is held, by frame; logarithmic frequency, by band.
    spectrum : float32 tensor [batch, positions, bands]
        Log spectra in long windows.
    envelope : float32 tensor [batch, 3, steps]
        Level; level of the slope; whether the key is held.
    press : float32 tensor [batch, 4]
        Key, length, time for which the key is held, and the latter's share of the length.
    """

    image: torch.Tensor
    spectrum: torch.Tensor
    envelope: torch.Tensor
    press: torch.Tensor


class AnyNoteSpectra(nn.Module):
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
        self.layout = layout_of(solver, sample_rate)
        for name, window in (("taper", solver.window), ("long_taper", solver.long_window)):
            hann = torch.hann_window(window)
            # Not in the state: it follows from the settings.
            self.register_buffer(name, 2 * hann / hann.sum(), persistent=False)

    def forward(self, notes: PressedNotes) -> AnyNoteInputs:
        """Compute the inputs, on the device of the module."""
        parts = [
            self._inputs(notes[first : first + CHUNK]) for first in range(0, len(notes), CHUNK)
        ]
        return AnyNoteInputs(*(torch.cat(part) for part in zip(*parts, strict=True)))

    def _inputs(self, notes: PressedNotes) -> AnyNoteInputs:
        window = self.layout.long_window
        # Room before and after for windows that reach beyond a note.
        longest = int(notes.lengths.max())
        padded = self._tensor(np.pad(notes.audio[:, :longest], ((0, 0), (window, window))))
        padded = peak_normalised(padded)
        levels = self._image(padded, notes)
        held, frequencies = (self._tensor(marks) for marks in image_marks(self.layout, notes))
        image = torch.stack(
            [
                levels,
                held[:, None].expand(levels.shape),
                frequencies[:, :, None].expand(levels.shape),
            ],
            dim=1,
        )
        marks = self._tensor(envelope_marks(self.layout, notes))
        envelope = torch.cat([self._envelopes(padded[:, window:-window]), marks[:, None]], dim=1)
        press = self._tensor(press_numbers(notes, self.layout.sample_rate))
        return AnyNoteInputs(image, self._spectrum(padded, notes), envelope, press)

    def _tensor(
        self, values: npt.NDArray[np.generic], dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        return torch.from_numpy(values).to(self.get_buffer("taper").device, dtype)

    def _image(self, padded: torch.Tensor, notes: PressedNotes) -> torch.Tensor:
        """Compute levels [batch, bands, frames]; silence where the note is over."""
        layout = self.layout
        note, which = np.nonzero(layout.starts < notes.lengths[:, np.newaxis])
        power = self._power(padded, note, layout.starts[which], self.get_buffer("taper"))
        # The frames that have windows, note after note, are the rows of the means.
        places, rows = np.unique(note * FRAMES + layout.frames[which], return_inverse=True)
        shares = 1 / layout.windows_per_frame[layout.frames[which]]
        mean = power.new_zeros(len(places), power.shape[1])
        rows = self._tensor(rows, torch.int64)
        mean.index_add_(0, rows, power * self._tensor(shares)[:, None])
        edges = layout.band_edges(notes.keys)[places // FRAMES]
        found = decibels(_band_power(mean, self._tensor(edges, torch.float64)))
        levels = found.new_full((len(notes.keys) * FRAMES, layout.bands), SILENCE)
        levels[self._tensor(places, torch.int64)] = found
        return levels.view(-1, FRAMES, layout.bands).transpose(1, 2)

    def _spectrum(self, padded: torch.Tensor, notes: PressedNotes) -> torch.Tensor:
        """Compute levels [batch, positions, bands] in long windows."""
        starts = self.layout.long_starts(notes.lengths)
        count, positions = starts.shape
        note = np.repeat(np.arange(count), positions)
        power = self._power(padded, note, starts.ravel(), self.get_buffer("long_taper"))
        edges = self.layout.long_band_edges(notes.keys)[note]
        levels = decibels(_band_power(power, self._tensor(edges, torch.float64)))
        return levels.view(count, positions, -1)

    def _power(
        self, padded: torch.Tensor, note: Indices, starts: Indices, taper: torch.Tensor
    ) -> torch.Tensor:
        """Compute the power [windows, bins] of windows, given their notes and first samples."""
        length = padded.shape[1]
        firsts = note * length + starts + self.layout.long_window
        overlapping = padded.view(-1).unfold(0, len(taper), 1)
        frames = overlapping.index_select(0, self._tensor(firsts, torch.int64)) * taper
        spectra = torch.fft.rfft(frames)
        power: torch.Tensor = spectra.real.square() + spectra.imag.square()
        return power

    def _envelopes(self, notes: torch.Tensor) -> torch.Tensor:
        """Compute levels [batch, 2, STEPS] of notes, and of their slopes."""
        step = self.layout.step
        count, samples = notes.shape
        steps = min(STEPS, -(-samples // step))
        padded = notes.new_zeros(count, 2, 1 + steps * step)
        kept = notes[:, : steps * step]
        padded[:, 0, 1 : 1 + kept.shape[1]] = kept
        torch.sub(padded[:, 0, 1:], padded[:, 0, :-1], out=padded[:, 1, 1:]).mul_(0.5)
        squares = padded[:, :, 1:].reshape(count, 2, steps, step).square().mean(dim=3)
        levels = notes.new_full((count, 2, STEPS), SILENCE)
        levels[:, :, :steps] = decibels(squares)
        return levels


def _band_power(power: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
    """Add up power between edges, see `synthinv.solver.any_note.front_end.band_power`.

    Each row of power, float32 [rows, bins], has edges of its own, float64 [rows, 2, bands].
    """
    rows, bins = power.shape
    below = torch.zeros(rows, bins + 2, dtype=torch.float64, device=power.device)
    # In double precision, or the differences of sums would drown quiet bands.
    torch.cumsum(power, 1, dtype=torch.float64, out=below[:, 1:-1])
    below[:, -1] = below[:, -2]
    flat = edges.flatten(1)
    whole = flat.long()
    lower = below.gather(1, whole)
    at = lower + (flat - whole) * (below.gather(1, whole + 1) - lower)
    low, high = at.view(rows, 2, -1).unbind(1)
    # Rounding may leave a band without power a little below zero.
    found: torch.Tensor = (high - low).clamp_min(0).float()
    return found
