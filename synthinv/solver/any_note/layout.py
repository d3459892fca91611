"""Where the frames and bands of the any-note solver's inputs lie.

Frames lie close at the onset and wider later, so that an image has one size whatever the sound's
length. Bands lie relative to the key's frequency, so that a patch looks alike at all keys.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from synthinv.audio.presses import LONGEST_SECONDS
from synthinv.config.sections.solver import SolverConfig

FRAMES = 80
"""Frames of the image."""
FIRST_FRAME_SECONDS = 0.008
"""Length of its first frame; each is longer than the one before it by the same factor."""
BELOW, ABOVE = 4.0, 7.0
"""Octaves below and above the key's frequency in which the image's bands lie."""
LINES_BELOW, LINES_ABOVE = 2.75, 5.25
"""Octaves below and above the key's frequency in which the fine spectrum's bands lie."""
POSITIONS = (0.125, 0.375, 0.625, 0.875)
"""Centres of the long windows as shares of the sound."""
STEPS = 512
"""Steps of the envelopes, equally long, from onset to `LONGEST_SECONDS`."""
LOWEST_HZ = 20.0
"""Bands have no power from frequencies below."""
MIDDLE_HZ, MIDDLE_OCTAVES = 640.0, 5
"""Middle of what can be heard, 20 Hz to 20 kHz, and how many octaves are on either side of it."""

Indices = npt.NDArray[np.int64]
Keys = npt.NDArray[np.integer] | np.integer
Double = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """The frames of a solver's inputs, in samples, and its bands.

    Attributes
    ----------
    window, long_window : int
        Length of the windows of the image and of the fine spectrum.
    bands, long_bands : int
        Bands of the image and of the fine spectrum.
    sample_rate : int
        In Hz.
    starts : int64 array [windows]
        First sample of each window, relative to the onset; the first ones begin before it.
    frames : int64 array [windows]
        Frame to which the window belongs; a long frame has several, whose power is averaged.
    edges : int64 array [FRAMES + 1]
        First sample of each frame, and the end of the last.
    step : int
        Samples per step of the envelopes.
    """

    window: int
    long_window: int
    bands: int
    long_bands: int
    sample_rate: int
    starts: Indices
    frames: Indices
    edges: Indices
    step: int

    @property
    def windows_per_frame(self) -> Indices:
        """Return the number of windows of each frame."""
        return np.bincount(self.frames, minlength=FRAMES)

    def band_edges(self, key: Keys) -> Double:
        """Return the image's bands of some keys, see `_edges`: [..., 2, bands]."""
        return _edges(key, (BELOW, ABOVE), self.bands, self.window, self.sample_rate)

    def long_band_edges(self, key: Keys) -> Double:
        """Return the fine spectrum's bands of some keys, see `_edges`: [..., 2, bands]."""
        ends = (LINES_BELOW, LINES_ABOVE)
        return _edges(key, ends, self.long_bands, self.long_window, self.sample_rate)

    def long_starts(self, lengths: npt.NDArray[np.integer]) -> Indices:
        """Return the first samples of the long windows of notes: [..., positions]."""
        centres = np.asarray(lengths)[..., np.newaxis] * np.array(POSITIONS)
        starts: Indices = (centres - self.long_window / 2).round().astype(np.int64)
        return starts

    def log_frequencies(self, key: Keys) -> Double:
        """Return where the image's bands lie in what can be heard, about ±1: [..., bands]."""
        octaves = (np.asarray(key, np.float64)[..., np.newaxis] - 69) / 12 + np.log2(
            440 / MIDDLE_HZ
        )
        spacing = (BELOW + ABOVE) / self.bands
        octaves = octaves - BELOW + spacing * (np.arange(self.bands) + 0.5)
        found: Double = octaves / MIDDLE_OCTAVES
        return found


def layout_of(solver: SolverConfig, sample_rate: int) -> Layout:
    """Lay out the inputs of a solver.

    Parameters
    ----------
    solver : SolverConfig
        Windows and bands.
    sample_rate : int
        In Hz.

    Returns
    -------
    Layout
        The layout.
    """
    sizes = (solver.window, solver.long_window, solver.bands, solver.long_bands)
    return _layout(*sizes, sample_rate)


@lru_cache
def _layout(window: int, long_window: int, bands: int, long_bands: int, sample_rate: int) -> Layout:
    growth = _growth(LONGEST_SECONDS / FIRST_FRAME_SECONDS)
    edges = FIRST_FRAME_SECONDS * (growth ** np.arange(FRAMES + 1) - 1) / (growth - 1)
    edges *= sample_rate
    starts, frames = [], []
    for frame, (first, last) in enumerate(pairwise(edges)):
        # As many windows as overlap by a quarter, rounded. So a frame a little longer than a window
        # has just one, with gaps of up to a tenth of a window: shipped solvers were trained so.
        count = max(1, round((last - first) / (0.75 * window)))
        centres = first + (np.arange(count) + 0.5) * (last - first) / count
        starts.append(centres - window / 2)
        frames += [frame] * count
    return Layout(
        *(window, long_window, bands, long_bands, sample_rate),
        starts=np.concatenate(starts).round().astype(np.int64),
        frames=np.array(frames),
        edges=edges.round().astype(np.int64),
        step=-(-round(LONGEST_SECONDS * sample_rate) // STEPS),
    )


def _growth(total: float) -> float:
    """Find the factor by which frames grow for all of them to be `total` times the first.

    By bisection, since a match would wait for `scipy.optimize` to be imported.
    """
    low, high = 1 + 1e-6, 2.0
    for _ in range(60):
        middle = (low + high) / 2
        longer = (middle**FRAMES - 1) / (middle - 1) > total
        low, high = (low, middle) if longer else (middle, high)
    return (low + high) / 2


def _edges(
    key: Keys,
    octaves: tuple[float, float],
    bands: int,
    window: int,
    sample_rate: int,
) -> Double:
    """Compute the lower and upper edges of bands, none narrower than a bin.

    Parameters
    ----------
    key : int array [...]
        MIDI note numbers.
    octaves : tuple of float
        How far the bands reach below and above the key's frequency.
    bands : int
        Number of bands.
    window : int
        Samples of the Fourier transform.
    sample_rate : int
        In Hz.

    Returns
    -------
    float64 array [..., 2, bands]
        Edges in bins from the lower edge of the first one, between `LOWEST_HZ` and the upper edge
        of the last; a band without frequencies in between has two equal edges.
    """
    below, above = octaves
    frequency = 440 * 2 ** ((np.asarray(key, np.float64)[..., np.newaxis] - 69) / 12)
    steps = np.arange(bands + 1) * (below + above) / bands - below
    edges = frequency * 2**steps * (window / sample_rate)
    centres = np.sqrt(edges[..., :-1] * edges[..., 1:])
    low = np.minimum(edges[..., :-1], centres - 0.5)
    high = np.maximum(edges[..., 1:], centres + 0.5)
    lowest = LOWEST_HZ * window / sample_rate
    # Bin k reaches from k - 0.5 to k + 0.5.
    found: Double = np.stack([low, high], axis=-2).clip(lowest, window // 2 + 0.5) + 0.5
    return found
