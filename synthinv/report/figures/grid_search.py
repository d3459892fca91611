"""Figures 12 and 13: the losses of grid searches."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from synthinv.report.figures.losses import draw_losses
from synthinv.report.figures.style import MEAN, PREDICTION, TRUTH, add_legend


def curves(
    histories: Mapping[str, Sequence[Mapping[str, Any]]], lines: Mapping[str, float]
) -> Figure:
    """Draw Figure 12: losses over the epochs, one panel per value of a single axis.

    Parameters
    ----------
    histories : mapping of str to sequence of history
        Value to the losses of every repeat, or to their mean alone.
    lines : mapping of str to float
        Mean squared error of the baselines' parameters.

    Returns
    -------
    matplotlib.figure.Figure
        Training and validation loss; the mean predictor and the baselines as lines.
    """
    figure, axes = plt.subplots(1, len(histories), figsize=(10, 3.2), sharey=True, squeeze=False)
    for ax, (value, repeats) in zip(axes[0], histories.items(), strict=True):
        draw_losses(ax, repeats, lines)
        ax.set_title(value)
    # Set last, since all panels share it: set earlier, it would cut off the losses of later ones.
    axes[0, 0].set_ylim(0, None)
    axes[0, 0].set_ylabel("mean squared error")
    add_legend(figure, axes[0, 0])
    return figure


def heatmap(table: pd.DataFrame, axes: Sequence[str], lines: Mapping[str, float]) -> Figure:
    """Draw Figure 13: mean of the least validation loss over a grid of two axes.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per cell: the axes' values and `mean`.
    axes : sequence of str
        Names of the two axes: rows, columns.
    lines : mapping of str to float
        Mean squared error of the parameters of the mean predictor (`mean`) and the baselines.

    Returns
    -------
    matplotlib.figure.Figure
        A heat map; darker is better, as in the thesis. A line across the colour bar is the mean
        predictor.
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
    # As text: most lie far outside the cells' range, and would leave all cells the same grey.
    ax.set_title(", ".join(f"{name} {value:.4f}" for name, value in lines.items()), fontsize=8)
    ax.set(xlabel=columns.replace("_", " "), ylabel=rows.replace("_", " "))
    return figure


def distribution(losses: Sequence[float], mean_predictor: float) -> Figure:
    """Draw how the least validation losses of single trainings are distributed.

    Parameters
    ----------
    losses : sequence of float
        One per training.
    mean_predictor : float
        Loss of the mean predictor.

    Returns
    -------
    matplotlib.figure.Figure
        A histogram, with the mean predictor as a line.
    """
    figure, ax = plt.subplots(figsize=(10, 2.4))
    finite = [loss for loss in losses if np.isfinite(loss)]
    ax.hist(finite, bins=60, range=(0, max([*finite, mean_predictor]) * 1.02), color=TRUTH)
    ax.axvline(mean_predictor, color=MEAN, linestyle="--", label="mean")
    ax.set(xlabel="least validation loss", ylabel="trainings")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    add_legend(figure, ax)
    sns.despine(figure)
    return figure
