"""Figures 15 to 17: one predictor's best prediction, its errors and its parameters."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import CC_MAX
from synthinv.metrics.psd import psd
from synthinv.report.figures.spectrogram import CROP_HZ, Note, draw_spectrogram
from synthinv.report.figures.style import PREDICTION, TRUTH


def example(
    truth: Note, prediction: Note, sample_rate: int, spectrogram: SpectrogramConfig
) -> Figure:
    """Draw Figure 15: spectrogram and power spectrum of a sound and of the prediction for it.

    Parameters
    ----------
    truth, prediction : float32 array [samples]
        The sound, and the predicted patch played.
    sample_rate : int
        In Hz.
    spectrogram : SpectrogramConfig
        Which spectrogram to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Spectrograms above, power spectra below.
    """
    figure, axes = plt.subplots(2, 2, figsize=(10, 5.5), sharey="row")
    pairs = (("original", truth, TRUTH), ("prediction", prediction, PREDICTION))
    for column, (title, note, colour) in enumerate(pairs):
        draw_spectrogram(axes[0, column], note, sample_rate, spectrogram)
        axes[0, column].set_title(title)
        frequencies, density = psd(note, sample_rate)
        shown = frequencies <= CROP_HZ
        axes[1, column].plot(frequencies[shown], density[shown], color=colour, linewidth=1)
        axes[1, column].set_xlabel("frequency (Hz)")
    axes[0, 0].set_ylabel("frequency (Hz)")
    axes[1, 0].set_ylabel("normalised PSD")
    return figure


def errors(scores: pd.DataFrame, order: Sequence[str]) -> Figure:
    """Draw Figure 16: distribution of the PSD errors, the baselines beside the predictor.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns `predictor`, `psd_error`; one row per sound and predictor.
    order : sequence of str
        Predictors to show, from top to bottom.

    Returns
    -------
    matplotlib.figure.Figure
        Every sound as a point on a logarithmic axis, with box plots.
    """
    # An error of 0 has no place on a logarithmic axis; it is drawn at the left end.
    shown = scores.assign(psd_error=scores["psd_error"].clip(lower=1e-6))
    figure, ax = plt.subplots(figsize=(10, 0.7 + 0.5 * len(order)))
    common = {"data": shown, "x": "psd_error", "y": "predictor", "order": list(order), "ax": ax}
    sns.boxplot(**common, color="#dddddd", showfliers=False, log_scale=True)
    # The points' vertical jitter is random; a seed keeps the file the same from run to run.
    np.random.seed(0)  # noqa: NPY002 -- seaborn draws from NumPy's global generator
    sns.stripplot(**common, color=TRUTH, size=3, alpha=0.6)
    ax.set(xlabel="PSD error (eq. 15, 0 drawn at 1e-6)", ylabel="")
    sns.despine(figure)
    return figure


def parameters(
    labels: npt.NDArray[np.floating], outputs: npt.NDArray[np.floating], instrument: Instrument
) -> Figure:
    """Draw Figure 17: distribution of every parameter's labels and of the predictor's outputs.

    Parameters
    ----------
    labels, outputs : float array [sounds, parameters]
        True and predicted labels, in [0, 1].
    instrument : Instrument
        Whose parameters they are.

    Returns
    -------
    matplotlib.figure.Figure
        Pairs of box plots in CC values or, of parameters with other steps, as shares of their
        travel; a collapsed network's boxes are lines.
    """
    names = list(instrument.names)
    travel, unit = (CC_MAX, "CC value") if instrument.has_controllers else (1, "share of travel")
    tables = [
        pd.DataFrame(travel * values, columns=names).melt(var_name="knob").assign(of=of)
        for of, values in (("label", labels), ("output", outputs))
    ]
    figure, ax = plt.subplots(figsize=(max(10, 0.25 * len(names)), 3.6))
    sns.boxplot(
        pd.concat(tables, ignore_index=True),
        x="knob",
        y="value",
        hue="of",
        palette=[TRUTH, PREDICTION],
        fliersize=2,
        linewidth=0.8,
        ax=ax,
    )
    ax.set(xlabel="", ylabel=unit, ylim=(-0.024 * travel, 1.024 * travel))
    ax.tick_params(axis="x", rotation=40)
    plt.setp(ax.get_xticklabels(), ha="right", rotation_mode="anchor")
    sns.move_legend(ax, "upper left", bbox_to_anchor=(1, 1), title=None, frameon=False)
    sns.despine(figure)
    return figure
