"""Figure 11: one sound through windows of several lengths."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.report.figures.spectrogram import Note, draw_spectrogram


def windows(note: Note, sample_rate: int, lengths: Sequence[int], nfft: int) -> Figure:
    """Draw Figure 11: one sound through windows of several lengths.

    Parameters
    ----------
    note : float32 array [samples]
        The sound.
    sample_rate : int
        In Hz.
    lengths : sequence of int
        Window lengths n1 in samples.
    nfft : int
        Length n2 of the transform.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per length.
    """
    figure, axes = plt.subplots(1, len(lengths), figsize=(10, 3.2), sharey=True, squeeze=False)
    for ax, length in zip(axes[0], lengths, strict=True):
        draw_spectrogram(
            ax, note, sample_rate, SpectrogramConfig(name="window", nperseg=length, nfft=nfft)
        )
        ax.set_title(f"n1 = {length}")
    axes[0, 0].set_ylabel("frequency (Hz)")
    return figure
