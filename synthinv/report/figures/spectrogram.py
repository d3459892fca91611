"""A panel with the spectrogram of a note."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.spectrogram.transform import spectrogram

# Thesis, Figure 11: most of the spectrum lies below this frequency.
CROP_HZ = 2000

Note = npt.NDArray[np.float32]


def draw_spectrogram(ax: Axes, note: Note, sample_rate: int, config: SpectrogramConfig) -> None:
    """Draw the spectrogram of a note up to 2 kHz, in decibels.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    note : float32 array [samples]
        The note.
    sample_rate : int
        In Hz.
    config : SpectrogramConfig
        Window, transform and pooling; its scale, normalisation and mel bands are not used.
    """
    plain = {"mels": None, "normalisation": "maximum", "reference": None}
    shown_as = config.model_copy(update={"scale": "decibel", **plain})
    image = spectrogram(note, sample_rate, shown_as)
    band_hz = sample_rate / config.nfft * config.pool
    shown = image[: int(CROP_HZ / band_hz) + 1]
    ax.imshow(
        shown,
        origin="lower",
        aspect="auto",
        # Row k is centred on k times the band width.
        extent=(0, len(note) / sample_rate, -band_hz / 2, (len(shown) - 0.5) * band_hz),
        cmap="magma",
        interpolation="nearest",
    )
    ax.set_ylim(0, CROP_HZ)
    ax.set_xlabel("time (s)")
