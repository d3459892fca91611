"""The inputs of a solver's trained layers, computed from a note without PyTorch.

A training computes the same in PyTorch, in single precision and on a GPU if there is one
(`FrontEnd` in `synthinv.solver.network`, `LinearSpectrogram` in `synthinv.solver.inversynth`). Here
it is computed in double precision, since in single precision the levels near `RANGE_DB` are mostly
rounding errors, which differ between Fourier transforms.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from synthinv.audio.bands import band_weights
from synthinv.config.sections.solver import SolverConfig

RANGE_DB = 100.0
"""Decibels below the note's peak at which a level counts as silence."""
STRETCHES = (0.0, 0.4, 0.8)
"""Starts of the solver's stretches of waveform, as shares of the note."""
STRETCH_SECONDS = 0.093
"""Length of a stretch of waveform."""
WAVE_HZ = 11_025
"""The waveform is averaged down to about this rate."""
INVERSYNTH_SECONDS, INVERSYNTH_BINS = 512 / 16_384, 257
"""InverSynth's windows and bins, as published: 512 samples at 16,384 Hz."""

Double = npt.NDArray[np.float64]
Inputs = dict[str, npt.NDArray[np.float32]]
FrontEnd = Callable[[Any], Inputs]
"""From a note [samples], or a `PressedNotes` of one note, to inputs [1, …] by their names."""


class SolverFrontEnd:
    """The front end of `synthinv.solver.network.SolverNetwork`.

    Parameters
    ----------
    solver : SolverConfig
        Windows and bands.
    sample_rate : int
        In Hz.
    """

    def __init__(self, solver: SolverConfig, sample_rate: int) -> None:
        self._spectrogram = LogBands(solver.window, solver.hop, solver.bands, sample_rate)
        long = solver.long_window
        self._spectrum = LogBands(long, long // 2, solver.long_bands, sample_rate)
        self._decimation = max(1, round(sample_rate / WAVE_HZ))
        self._stretch = round(STRETCH_SECONDS * sample_rate / self._decimation)

    def __call__(self, note: npt.NDArray[np.float32]) -> Inputs:
        """Compute the inputs from a note [samples]."""
        normalised = peak_normalised(note.astype(np.float64))
        inputs = {
            "spectrogram": self._spectrogram(normalised).T[np.newaxis],
            "spectrum": self._spectrum(normalised),
            "wave": self._wave(normalised),
        }
        return {name: values[np.newaxis].astype(np.float32) for name, values in inputs.items()}

    def _wave(self, note: Double) -> Double:
        """Cut stretches [stretches, samples] out of a note."""
        length = len(note) // self._decimation
        means = note[: length * self._decimation].reshape(length, -1).mean(axis=1)
        means = np.pad(means, (0, max(0, self._stretch - length)))
        last = len(means) - self._stretch
        starts = [min(round(share * length), last) for share in STRETCHES]
        return peak_normalised(np.stack([means[s : s + self._stretch] for s in starts]))


class InverSynthFrontEnd:
    """The front end of `synthinv.solver.inversynth.InverSynthNetwork`.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._half = inversynth_half_window(sample_rate)

    def __call__(self, note: npt.NDArray[np.float32]) -> Inputs:
        """Compute the inputs from a note [samples]."""
        normalised = peak_normalised(note.astype(np.float64))
        power = short_time_power(normalised, 2 * self._half, self._half)[:, :INVERSYNTH_BINS]
        return {"spectrogram": decibels(power).T[np.newaxis, np.newaxis].astype(np.float32)}


class LogBands:
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
        self._window, self._hop = window, hop
        weights = band_weights(window, bands, sample_rate).T
        # Bins without weight, nearly all, are left out; every band has some with weight.
        band, self._bins = np.nonzero(weights)
        self._firsts = np.searchsorted(band, np.arange(bands))
        self._weights = weights[band, self._bins].astype(np.float64)

    def __call__(self, note: Double) -> Double:
        """Compute levels [frames, bands] from a note [samples]."""
        power = short_time_power(note, self._window, self._hop)[:, self._bins] * self._weights
        return decibels(np.add.reduceat(power, self._firsts, axis=1))


def inversynth_half_window(sample_rate: int) -> int:
    """Return half the length, in samples, of InverSynth's windows, which is also their distance."""
    return round(INVERSYNTH_SECONDS * sample_rate / 2)


def short_time_power(note: Double, window: int, hop: int) -> Double:
    """Compute the power [frames, bins] of a note [samples], see `hann_power`.

    The first frame is centred on the first sample.
    """
    return hann_power(sliding_window_view(np.pad(note, window // 2), window)[::hop])


def hann_power(frames: Double) -> Double:
    """Compute the power [frames, bins] of frames [frames, samples] in a Hann window.

    A sine of amplitude 1 has power 1 in its bin.
    """
    samples = frames.shape[1]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(samples) / samples)
    spectra = np.fft.rfft(frames * (2 * hann / hann.sum()))
    power: Double = spectra.real**2 + spectra.imag**2
    return power


def peak_normalised(notes: Double) -> Double:
    """Divide notes [..., samples] by their peaks; digital silence stays silence."""
    peaks = np.abs(notes).max(axis=-1, keepdims=True)
    normalised: Double = notes / np.maximum(peaks, 1e-6)
    return normalised


def decibels(power: Double) -> Double:
    """Convert power, at most 1, to decibels, scaled to about ±1."""
    share = np.log10(power + 10 ** (-RANGE_DB / 10)) * (10 / RANGE_DB)
    # Most levels lie within the middle half of the range.
    levels: Double = 3 * (share + 0.7)
    return levels
