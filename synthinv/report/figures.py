"""The thesis's figures, drawn from our own results."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from synthinv.common.files import replacing
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.evaluate.verdict import COLLAPSED_BELOW
from synthinv.metrics.psd import psd
from synthinv.search.curves import METHOD_TITLES, relative_to_one_step
from synthinv.spectrogram.transform import spectrogram

Note = npt.NDArray[np.float32]

TRUTH, PREDICTION, MEAN = "#4c72b0", "#dd8452", "#555555"
LINES = {"random": "#c44e52", "nearest": "#8172b3", "one_step": "#55a868"}
# Thesis, Figure 11: most of the spectrum lies below this frequency.
CROP_HZ = 2000
# A patch found exactly has no place on a logarithmic axis; it is drawn at its lower end.
LEAST_SHOWN = 1e-3

mpl.use("svg")
sns.set_theme(style="ticks", context="notebook", font_scale=0.8)
# Without a salt, SVG ids are random and the same figure differs from run to run.
mpl.rcParams.update({"svg.hashsalt": "synthinv", "figure.constrained_layout.use": True})


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, the same bytes for the same figure, and forget it."""
    with replacing(path) as partial:
        figure.savefig(partial, format="svg", metadata={"Date": None})
    plt.close(figure)


def windows(note: Note, sample_rate: int, lengths: Sequence[int], nfft: int) -> Figure:
    """Figure 11: one sound through windows of several lengths.

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
        _spectrogram(
            ax, note, sample_rate, SpectrogramConfig(name="window", nperseg=length, nfft=nfft)
        )
        ax.set_title(f"n1 = {length}")
    axes[0, 0].set_ylabel("frequency (Hz)")
    return figure


def grid_search_curves(
    histories: Mapping[str, Mapping[str, Any]], lines: Mapping[str, float]
) -> Figure:
    """Figure 12: losses over the epochs, one panel per value of a single axis.

    Parameters
    ----------
    histories : mapping of str to history
        Value to losses, averaged over the repeats.
    lines : mapping of str to float
        Squared error of the baselines' knobs.

    Returns
    -------
    matplotlib.figure.Figure
        Training and validation loss; the prior and the baselines as lines.
    """
    figure, axes = plt.subplots(1, len(histories), figsize=(10, 3.2), sharey=True, squeeze=False)
    for ax, (value, history) in zip(axes[0], histories.items(), strict=True):
        _losses(ax, history, lines)
        ax.set_title(value)
    axes[0, 0].set_ylabel("mean squared error")
    _legend(figure, axes[0, 0])
    return figure


def grid_search_heatmap(
    table: pd.DataFrame, axes: Sequence[str], lines: Mapping[str, float]
) -> Figure:
    """Figure 13: mean of the least validation loss over a grid of two axes.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per cell: the axes' values and `mean`.
    axes : sequence of str
        Names of the two axes: rows, columns.
    lines : mapping of str to float
        Squared error of the prior's and the baselines' knobs.

    Returns
    -------
    matplotlib.figure.Figure
        A heat map; darker is better, as in the thesis. The prior crosses the colour bar.
    """
    rows, columns = axes
    ends = [*table["mean"], lines["mean"]]
    grid = table.pivot_table(index=rows, columns=columns, values="mean", dropna=False)
    figure, ax = plt.subplots(figsize=(3 + 0.9 * len(grid.columns), 1.6 + 0.6 * len(grid)))
    sns.heatmap(
        grid,
        annot=True,
        fmt=".4f",
        cmap="Greys_r",
        vmin=np.nanmin(ends),
        vmax=np.nanmax(ends),
        ax=ax,
        cbar_kws={"label": "loss"},
    )
    # seaborn adds the colour bar as the figure's last axes.
    scale = figure.axes[-1]
    scale.axhline(lines["mean"], color=PREDICTION, linewidth=2)
    # As text, for most lie far outside the cells' range and would leave the cells one grey.
    ax.set_title(", ".join(f"{name} {value:.4f}" for name, value in lines.items()), fontsize=8)
    ax.set(xlabel=columns.replace("_", " "), ylabel=rows.replace("_", " "))
    return figure


def training_curves(
    histories: Mapping[str, Mapping[str, Any]], lines: Mapping[str, float]
) -> Figure:
    """Figure 14: losses of the final trainings, and below them the outputs' spread.

    Parameters
    ----------
    histories : mapping of str to history
        Title to losses and spread per epoch.
    lines : mapping of str to float
        Squared error of the baselines' knobs.

    Returns
    -------
    matplotlib.figure.Figure
        One column per training. A spread of 0 is a network with one answer to every sound.
    """
    figure, axes = plt.subplots(
        2,
        len(histories),
        figsize=(10, 5),
        sharex=True,
        sharey="row",
        squeeze=False,
        height_ratios=(2, 1),
    )
    for column, (title, history) in enumerate(histories.items()):
        top, bottom = axes[:, column]
        _losses(top, history, lines)
        top.set(title=title, xlabel="")
        epochs = np.arange(1, len(history["spread"]) + 1)
        bottom.plot(epochs, 100 * np.array(history["spread"]), color=PREDICTION, marker=".")
        bottom.set(xlabel="epoch", ylim=(0, None))
    axes[0, 0].set_ylabel("mean squared error")
    axes[1, 0].set_ylabel("outputs' spread\n(% of labels')")
    _legend(figure, axes[0, 0])
    sns.despine(figure)
    return figure


def solver_curve(losses: Sequence[float], batch_size: int) -> Figure:
    """Draw the loss of a solver over the notes it was trained on.

    Parameters
    ----------
    losses : sequence of float
        Cross-entropy before every update, in nats per knob.
    batch_size : int
        Notes per update.

    Returns
    -------
    matplotlib.figure.Figure
        Every update's loss, and their mean over a fiftieth of the training.
    """
    figure, ax = plt.subplots(figsize=(10, 3.2))
    notes = batch_size * np.arange(1, len(losses) + 1)
    window = max(1, len(losses) // 50)
    means = np.convolve(losses, np.full(window, 1 / window), mode="valid")
    ax.plot(notes, losses, color=TRUTH, linewidth=0.6, alpha=0.4, label="each update")
    # A mean is drawn where its window ends: it says nothing of the updates after that.
    ax.plot(notes[window - 1 :], means, color=TRUTH, label=f"mean of {window}")
    ax.set(xlabel="notes", ylabel="cross-entropy per knob (nats)")
    _legend(figure, ax)
    sns.despine(figure)
    return figure


def example(
    truth: Note, prediction: Note, sample_rate: int, spectrogram: SpectrogramConfig
) -> Figure:
    """Figure 15: spectrogram and power spectrum of a sound and of the answer to it.

    Parameters
    ----------
    truth, prediction : float32 array [samples]
        The sound and the answer.
    sample_rate : int
        In Hz.
    spectrogram : SpectrogramConfig
        View of the spectrograms.

    Returns
    -------
    matplotlib.figure.Figure
        Spectrograms above, power spectra below.
    """
    figure, axes = plt.subplots(2, 2, figsize=(10, 5.5), sharey="row")
    pairs = (("original", truth, TRUTH), ("prediction", prediction, PREDICTION))
    for column, (title, note, colour) in enumerate(pairs):
        _spectrogram(axes[0, column], note, sample_rate, spectrogram)
        axes[0, column].set_title(title)
        frequencies, density = psd(note, sample_rate)
        shown = frequencies <= CROP_HZ
        axes[1, column].plot(frequencies[shown], density[shown], color=colour, linewidth=1)
        axes[1, column].set_xlabel("frequency (Hz)")
    axes[0, 0].set_ylabel("frequency (Hz)")
    axes[1, 0].set_ylabel("normalised PSD")
    return figure


def patch_searches(table: pd.DataFrame) -> Figure:
    """Draw error against number of renders, on logarithmic axes.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `method`, `index`, `renders`, `mss`: see `synthinv.search.curves`.

    Returns
    -------
    matplotlib.figure.Figure
        Each method's mean over the sounds, in floors, and the range from the lower to the upper
        quartile; a point for an answer that takes one render.
    """
    most = table["renders"].max()
    renders = np.unique(np.geomspace(1, most, 100).round().astype(int))
    sums = relative_to_one_step(table, renders.tolist())
    sums[["mean", "lower", "upper"]] = sums[["mean", "lower", "upper"]].clip(lower=LEAST_SHOWN)
    figure, ax = plt.subplots(figsize=(10, 4.5))
    ax.axhline(1, color=LINES["one_step"], linestyle=":", label="one_step")
    methods = [m for m in sums["method"].unique() if m != "one_step"]
    palette = dict(zip(methods, sns.color_palette("tab20", len(methods)), strict=True))
    for method, own in sums[sums["method"] != "one_step"].groupby("method", sort=False):
        colour, label = palette[method], METHOD_TITLES.get(str(method), str(method))
        if len(own) == 1:
            ax.plot(1, own["mean"], "D", color=colour, label=label, clip_on=False)
            continue
        ax.plot(own["renders"], own["mean"], color=colour, label=label)
        ax.fill_between(own["renders"], own["lower"], own["upper"], color=colour, alpha=0.15)
        ax.plot(own["renders"].iloc[-1], own["mean"].iloc[-1], "o", color=colour)
    ax.set(xscale="log", yscale="log", xlabel="renders", ylabel="MSS in floors")
    ax.set_xlim(1, most)
    _legend(figure, ax)
    sns.despine(figure)
    return figure


def errors(scores: pd.DataFrame, order: Sequence[str]) -> Figure:
    """Figure 16: distribution of the PSD errors, the baselines beside the network.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns `predictor`, `psd_error`; one row per sound and answer.
    order : sequence of str
        Answers to show, from top to bottom.

    Returns
    -------
    matplotlib.figure.Figure
        Every sound as a point on a logarithmic axis, with box plots.
    """
    # An exact answer has no place on a logarithmic axis; it is drawn at its left end.
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


def knobs(
    labels: npt.NDArray[np.floating], outputs: npt.NDArray[np.floating], names: Sequence[str]
) -> Figure:
    """Figure 17: distribution of every knob's labels and of the network's outputs.

    Parameters
    ----------
    labels, outputs : float array [sounds, parameters]
        Truth and answers, in [0, 1].
    names : sequence of str
        Parameter names.

    Returns
    -------
    matplotlib.figure.Figure
        Pairs of box plots in CC values; a collapsed network's boxes are lines.
    """
    tables = [
        pd.DataFrame(127 * values, columns=list(names)).melt(var_name="knob").assign(of=of)
        for of, values in (("label", labels), ("output", outputs))
    ]
    figure, ax = plt.subplots(figsize=(10, 3.6))
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
    ax.set(xlabel="", ylabel="CC value", ylim=(-3, 130))
    ax.tick_params(axis="x", rotation=40)
    plt.setp(ax.get_xticklabels(), ha="right", rotation_mode="anchor")
    sns.move_legend(ax, "upper left", bbox_to_anchor=(1, 1), title=None, frameon=False)
    sns.despine(figure)
    return figure


def ablation(steps: pd.DataFrame) -> Figure:
    """Draw how far every step of the ablation gets, from the first at the top.

    Parameters
    ----------
    steps : pandas.DataFrame
        From `synthinv.evaluate.ablation.read_results`.

    Returns
    -------
    matplotlib.figure.Figure
        Panels for the answers' spread, the knobs' squared error, the PSD error and the MSS.
    """
    figure, axes = plt.subplots(1, 4, figsize=(10, 1.2 + 0.28 * len(steps)), sharey=True)
    rows = np.arange(len(steps))
    panels = (
        (100 * steps["spread"], "spread (% of labels')", 100 * COLLAPSED_BELOW, "linear"),
        (steps["knobs"], "knobs' error (priors)", 1.0, "linear"),
        # A step may be a hundred times as bad as the prior.
        (steps["psd"], "PSD error (priors)", 1.0, "log"),
        (steps["relative"], "MSS (relative)", None, "log"),
    )
    for ax, (values, label, line, scale) in zip(axes, panels, strict=True):
        # Not clipped, for a collapsed network's spread is on the axis.
        ax.plot(values, rows, "o", color=PREDICTION, clip_on=False, zorder=3)
        if line is not None:
            ax.axvline(line, color=MEAN, linestyle="--", linewidth=1)
        ax.set(xlabel=label, xscale=scale, ylim=(-0.5, len(steps) - 0.5))
        if scale == "linear":
            ax.set_xlim(0, None)
        ax.grid(axis="y", linewidth=0.4)
    # The prior and the nearest neighbour depend on the sounds, and steps may have others.
    axes[3].plot(steps["mean_predictor"], rows, "|", color=MEAN, markersize=9, label="mean")
    axes[3].plot(steps["nearest"], rows, "x", color=LINES["nearest"], label="nearest")
    axes[3].axvline(1, color=LINES["one_step"], linestyle=":", label="one_step")
    axes[0].set_yticks(rows, steps["title"])
    axes[0].invert_yaxis()
    _legend(figure, axes[3])
    sns.despine(figure)
    return figure


def learning_curves(points: pd.DataFrame) -> Figure:
    """Draw error against the number of patches trained on.

    Parameters
    ----------
    points : pandas.DataFrame
        From `synthinv.evaluate.ablation.read_results`.

    Returns
    -------
    matplotlib.figure.Figure
        One curve per network, for the knobs' squared error and for the MSS; baselines as lines.
    """
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.4))
    curves = points.groupby("curve", sort=False)
    for (name, curve), colour in zip(curves, sns.color_palette(), strict=False):
        axes[0].plot(curve["samples"], curve["parameter_mse"], "o-", color=colour, label=name)
        axes[1].plot(curve["samples"], curve["relative"], "o-", color=colour)
    first = points.iloc[0]
    lines = {
        "mean": (first["mean_parameter_mse"], first["mean_predictor"]),
        "nearest": (first["nearest_parameter_mse"], first["nearest"]),
        "one_step": (first["one_step_parameter_mse"], 1.0),
    }
    for name, values in lines.items():
        colour, style = (MEAN, "--") if name == "mean" else (LINES[name], ":")
        for ax, value in zip(axes, values, strict=True):
            ax.axhline(value, color=colour, linestyle=style, linewidth=1.2, label=name)
    labels = ("knobs: mean squared error", "MSS (relative)")
    for ax, label in zip(axes, labels, strict=True):
        ax.set(xscale="log", xlabel="patches trained on", ylabel=label, ylim=(0, None))
    _legend(figure, axes[0])
    sns.despine(figure)
    return figure


def _spectrogram(ax: Axes, note: Note, sample_rate: int, config: SpectrogramConfig) -> None:
    # In Hz and decibels, whatever the network sees.
    shown_as = config.model_copy(update={"scale": "decibel", "mels": None})
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


def _legend(figure: Figure, ax: Axes) -> None:
    figure.legend(*ax.get_legend_handles_labels(), loc="outside right center", frameon=False)


def _losses(ax: Axes, history: Mapping[str, Any], lines: Mapping[str, float]) -> None:
    epochs = np.arange(1, len(history["train"]) + 1)
    ax.plot(epochs, history["train"], color=TRUTH, marker=".", label="training")
    ax.plot(epochs, history["validation"], color=PREDICTION, marker=".", label="validation")
    ax.axhline(history["mean_predictor"], color=MEAN, linestyle="--", label="mean")
    for name, value in lines.items():
        ax.axhline(value, color=LINES[name], linestyle=":", linewidth=1.2, label=name)
    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylim(0, None)
    sns.despine(ax=ax)
