"""A panel of training and validation losses, for grid searches and final trainings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from synthinv.report.figures.style import LINES, MEAN, PREDICTION, TRUTH


def draw_losses(ax: Axes, repeats: Sequence[Mapping[str, Any]], lines: Mapping[str, float]) -> None:
    """Draw the losses of a training over its epochs, and baselines as lines.

    The vertical axis is left to the caller: it has to fit all panels that share it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Panel to draw into.
    repeats : sequence of history
        Losses per epoch, and that of the mean predictor. Those after the first are drawn thinner,
        without labels.
    lines : mapping of str to float
        Mean squared error of the baselines' parameters.
    """
    first, *others = repeats
    epochs = np.arange(1, len(first["train"]) + 1)
    ax.plot(epochs, first["train"], color=TRUTH, marker=".", label="training")
    ax.plot(epochs, first["validation"], color=PREDICTION, marker=".", label="validation")
    ax.axhline(first["mean_predictor"], color=MEAN, linestyle="--", label="mean")
    for name, value in lines.items():
        ax.axhline(value, color=LINES[name], linestyle=":", linewidth=1.2, label=name)
    for history in others:
        epochs = np.arange(1, len(history["train"]) + 1)
        for losses, colour in ((history["train"], TRUTH), (history["validation"], PREDICTION)):
            ax.plot(epochs, losses, color=colour, linewidth=0.8, alpha=0.7)
    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    sns.despine(ax=ax)
