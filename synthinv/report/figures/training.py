"""Figure 14: the final trainings; and the training of a solver."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

from synthinv.report.figures.losses import draw_losses
from synthinv.report.figures.style import PREDICTION, TRUTH, add_legend


def training_curves(
    histories: Mapping[str, Sequence[Mapping[str, Any]]], lines: Mapping[str, float]
) -> Figure:
    """Draw Figure 14: losses of the final trainings, and below them the outputs' spread.

    Parameters
    ----------
    histories : mapping of str to sequence of history
        Title to losses and spread per epoch of every repeat of the training.
    lines : mapping of str to float
        Mean squared error of the baselines' parameters.

    Returns
    -------
    matplotlib.figure.Figure
        One column per training. A spread of 0 means the same prediction for every sound.
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
    for column, (title, repeats) in enumerate(histories.items()):
        top, bottom = axes[:, column]
        draw_losses(top, repeats, lines)
        top.set(title=title, xlabel="")
        for i, history in enumerate(repeats):
            shares = 100 * np.array(history["spread"])
            style = {"linewidth": 0.8} if i else {"marker": "."}
            bottom.plot(np.arange(1, len(shares) + 1), shares, color=PREDICTION, **style)
        bottom.set(xlabel="epoch")
    # Set last, since all columns share it: set earlier, it would cut off the losses of later ones.
    for row in axes:
        row[0].set_ylim(0, None)
    axes[0, 0].set_ylabel("mean squared error")
    axes[1, 0].set_ylabel("outputs' spread\n(% of labels')")
    add_legend(figure, axes[0, 0])
    sns.despine(figure)
    return figure


def solver_curve(losses: Sequence[float], batch_size: int) -> Figure:
    """Draw the loss of a solver over the notes it was trained on.

    Parameters
    ----------
    losses : sequence of float
        Cross-entropy before every update, in nats per parameter.
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
    # At the end of its window, since a mean contains no later updates.
    ax.plot(notes[window - 1 :], means, color=TRUTH, label=f"mean of {window}")
    ax.set(xlabel="notes", ylabel="cross-entropy per knob (nats)")
    add_legend(figure, ax)
    sns.despine(figure)
    return figure
