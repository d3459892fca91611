"""A panel of training and validation losses, for grid searches and final trainings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from synthinv.report.figures.style import LINES, MEAN, PREDICTION, TRUTH


def draw_losses(ax: Axes, history: Mapping[str, Any], lines: Mapping[str, float]) -> None:
    """Draw the losses of a training over its epochs, and baselines as lines.

    The vertical axis is left to the caller: it has to fit all panels that share it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    history : history
        Losses per epoch, and that of the mean predictor.
    lines : mapping of str to float
        Mean squared error of the baselines' parameters.
    """
    epochs = np.arange(1, len(history["train"]) + 1)
    ax.plot(epochs, history["train"], color=TRUTH, marker=".", label="training")
    ax.plot(epochs, history["validation"], color=PREDICTION, marker=".", label="validation")
    ax.axhline(history["mean_predictor"], color=MEAN, linestyle="--", label="mean")
    for name, value in lines.items():
        ax.axhline(value, color=LINES[name], linestyle=":", linewidth=1.2, label=name)
    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    sns.despine(ax=ax)


def draw_repeats(ax: Axes, repeats: Sequence[Mapping[str, Any]]) -> None:
    """Draw the losses of further trainings of the same kind, thinner and without labels."""
    for history in repeats:
        epochs = np.arange(1, len(history["train"]) + 1)
        for losses, colour in ((history["train"], TRUTH), (history["validation"], PREDICTION)):
            ax.plot(epochs, losses, color=colour, linewidth=0.8, alpha=0.7)
