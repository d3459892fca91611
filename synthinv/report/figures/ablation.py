"""The ablation: its steps side by side, and its learning curves."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from synthinv.evaluate.verdict import COLLAPSED_BELOW
from synthinv.report.figures.style import LINES, MEAN, PREDICTION, add_legend


def steps(table: pd.DataFrame) -> Figure:
    """Draw how far every step of the ablation gets, from the first at the top.

    Parameters
    ----------
    table : pandas.DataFrame
        From `synthinv.evaluate.ablation.read_results`.

    Returns
    -------
    matplotlib.figure.Figure
        Panels: spread of the predictions, squared error of the parameters, PSD error, MSS.
    """
    figure, axes = plt.subplots(1, 4, figsize=(10, 1.2 + 0.28 * len(table)), sharey=True)
    rows = np.arange(len(table))
    panels = (
        (100 * table["spread"], "spread\n(% of labels')", 100 * COLLAPSED_BELOW, "linear"),
        (table["relative_parameter_mse"], "parameters' error\n(× mean)", 1.0, "linear"),
        # A step may be a hundred times as bad as the mean predictor.
        (table["relative_psd_error"], "PSD error\n(× mean)", 1.0, "log"),
        (table["relative_mss"], "MSS\n(× one-step)", None, "log"),
    )
    for ax, (values, label, line, scale) in zip(axes, panels, strict=True):
        # Not clipped, since the spread of a collapsed network lies on the axis.
        ax.plot(values, rows, "o", color=PREDICTION, clip_on=False, zorder=3)
        if line is not None:
            ax.axvline(line, color=MEAN, linestyle="--", linewidth=1)
        ax.set(xlabel=label, xscale=scale, ylim=(-0.5, len(table) - 0.5))
        if scale == "linear":
            ax.set_xlim(0, None)
        ax.grid(axis="y", linewidth=0.4)
    # Steps may have different test sets, on which the baselines differ.
    axes[3].plot(table["mean_relative_mss"], rows, "|", color=MEAN, markersize=9, label="mean")
    axes[3].plot(table["nearest_relative_mss"], rows, "x", color=LINES["nearest"], label="nearest")
    axes[3].axvline(1, color=LINES["one_step"], linestyle=":", label="one_step")
    axes[0].set_yticks(rows, table["title"])
    axes[0].invert_yaxis()
    add_legend(figure, axes[3])
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
        Squared error of the parameters and MSS: one curve per network, and baselines as lines.
    """
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.4))
    curves = points.groupby("curve", sort=False)
    palette = sns.color_palette(n_colors=len(curves))
    for (name, curve), colour in zip(curves, palette, strict=True):
        axes[0].plot(curve["samples"], curve["parameter_mse"], "o-", color=colour, label=name)
        axes[1].plot(curve["samples"], curve["relative_mss"], "o-", color=colour)
    first = points.iloc[0]
    lines = {
        "mean": (first["mean_parameter_mse"], first["mean_relative_mss"]),
        "nearest": (first["nearest_parameter_mse"], first["nearest_relative_mss"]),
        "one_step": (first["one_step_parameter_mse"], 1.0),
    }
    for name, values in lines.items():
        colour, style = (MEAN, "--") if name == "mean" else (LINES[name], ":")
        for ax, value in zip(axes, values, strict=True):
            ax.axhline(value, color=colour, linestyle=style, linewidth=1.2, label=name)
    labels = ("parameters: mean squared error", "MSS (× one-step)")
    for ax, label in zip(axes, labels, strict=True):
        ax.set(xscale="log", xlabel="patches trained on", ylabel=label, ylim=(0, None))
    add_legend(figure, axes[0])
    sns.despine(figure)
    return figure
