"""The inputs of the any-note solver's trained layers, computed without PyTorch.

A training computes the same in PyTorch (`synthinv.solver.any_note.spectra`), in single precision.
"""

import numpy as np
import numpy.typing as npt

from synthinv.audio.presses import PressedNotes
from synthinv.config.sections.solver import SolverConfig
from synthinv.solver.any_note.layout import FRAMES, STEPS, Double, Layout, layout_of
from synthinv.solver.front_ends import Inputs, decibels, hann_power, peak_normalised

SILENCE = float(decibels(np.zeros(1))[0])
"""Level of silence."""
KEY_DOWN, KEY_UP, OVER = 1.0, 0.0, -1.0
"""What inputs say of a time at which the key is held, has been released, or the sound is over."""


class AnyNoteFrontEnd:
    """The front end of `synthinv.solver.any_note.network.AnyNoteNetwork`.

    Parameters
    ----------
    solver : SolverConfig
        Windows and bands.
    sample_rate : int
        In Hz.
    """

    def __init__(self, solver: SolverConfig, sample_rate: int) -> None:
        self._layout = layout_of(solver, sample_rate)

    def __call__(self, note: PressedNotes) -> Inputs:
        """Compute the inputs from a single note."""
        (length,), (key,) = note.lengths, note.keys
        audio = peak_normalised(note.audio[0, :length].astype(np.float64))
        held, frequencies = image_marks(self._layout, note)
        levels = self._image(audio, key)
        image = np.stack(
            [
                levels,
                np.broadcast_to(held[0], levels.shape),
                np.broadcast_to(frequencies[0][:, np.newaxis], levels.shape),
            ]
        )
        envelope = np.concatenate([self._envelopes(audio), envelope_marks(self._layout, note)])
        inputs = {
            "image": image,
            "spectrum": self._spectrum(audio, key),
            "envelope": envelope,
            "press": press_numbers(note, self._layout.sample_rate)[0],
        }
        return {name: values[np.newaxis].astype(np.float32) for name, values in inputs.items()}

    def _image(self, note: Double, key: np.int64) -> Double:
        """Compute levels [bands, frames] from a note [samples]."""
        layout = self._layout
        sounding = layout.starts < len(note)
        power = _windows_power(note, layout.starts[sounding], layout.window)
        frames = layout.frames[sounding]
        sums = np.add.reduceat(power, np.searchsorted(frames, np.unique(frames)), axis=0)
        mean = sums / layout.windows_per_frame[: len(sums), np.newaxis]
        levels = np.full((layout.bands, FRAMES), SILENCE)
        levels[:, : len(mean)] = decibels(band_power(mean, layout.band_edges(key))).T
        return levels

    def _spectrum(self, note: Double, key: np.int64) -> Double:
        """Compute levels [positions, bands] in long windows from a note [samples]."""
        layout = self._layout
        starts = layout.long_starts(np.array(len(note)))
        power = _windows_power(note, starts, layout.long_window)
        return decibels(band_power(power, layout.long_band_edges(key)))

    def _envelopes(self, note: Double) -> Double:
        """Compute levels [2, STEPS] of a note [samples], and of its slope."""
        padded = np.zeros(STEPS * self._layout.step)
        padded[: len(note)] = note[: len(padded)]
        slope = np.diff(padded, prepend=0) / 2
        squares = np.stack([padded, slope]).reshape(2, STEPS, -1) ** 2
        return decibels(squares.mean(axis=2))


def image_marks(layout: Layout, note: PressedNotes) -> tuple[Double, Double]:
    """Say for every frame whether the key is held, and for every band where it lies.

    Returns
    -------
    tuple of float64 array [n, FRAMES] and float64 array [n, bands]
        The marks of frames, and the bands' frequencies on a logarithmic scale.
    """
    return _marks(layout.edges[:-1], note), layout.log_frequencies(note.keys)


def envelope_marks(layout: Layout, note: PressedNotes) -> Double:
    """Say for every step of the envelopes whether the key is held: [n, STEPS]."""
    return _marks(np.arange(STEPS) * layout.step, note)


def press_numbers(notes: PressedNotes, sample_rate: int) -> Double:
    """Return key and times of notes as numbers of about ±1: [n, 4].

    Middle C is 0, and two octaves above it 1. Times, from 10 ms on, are 0 for 1 s and 1 for 8 s.
    """
    seconds = np.stack([notes.lengths, notes.held], axis=1).clip(sample_rate // 100) / sample_rate
    share = notes.held / notes.lengths
    key = (notes.keys - 60) / 24
    return np.stack([key, *(np.log2(seconds).T / 3), share], axis=1)


def _marks(starts: npt.NDArray[np.int64], notes: PressedNotes) -> Double:
    after = np.where(starts < notes.lengths[:, np.newaxis], KEY_UP, OVER)
    return np.where(starts < notes.held[:, np.newaxis], KEY_DOWN, after)


def band_power(power: Double, edges: Double) -> Double:
    """Add up the power between the edges of bands.

    Parameters
    ----------
    power : float64 array [rows, bins]
        Power spectra.
    edges : float64 array [2, bands]
        Lower and upper edges in bins, see `synthinv.solver.any_note.layout`.

    Returns
    -------
    float64 array [rows, bands]
        Power of each band; a bin that lies across an edge counts for the share inside.
    """
    below = np.pad(power.cumsum(axis=1), ((0, 0), (1, 1)))
    below[:, -1] = below[:, -2]
    whole = edges.astype(np.int64)
    at = below[:, whole] + (edges - whole) * (below[:, whole + 1] - below[:, whole])
    # Rounding may leave a band without power a little below zero.
    found: Double = (at[:, 1] - at[:, 0]).clip(0)
    return found


def _windows_power(note: Double, starts: npt.NDArray[np.int64], window: int) -> Double:
    """Compute the power [windows, bins] of windows of a note [samples], see `hann_power`."""
    padded = np.zeros(window + len(note) + window)
    padded[window : window + len(note)] = note
    return hann_power(padded[(starts + window)[:, np.newaxis] + np.arange(window)])
