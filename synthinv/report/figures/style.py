"""Colours, fonts and the file format that all figures share."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthinv.common.files import replacing

TRUTH, PREDICTION, MEAN = "#4c72b0", "#dd8452", "#555555"
LINES = {"random": "#c44e52", "nearest": "#8172b3", "one_step": "#55a868"}
"""Baselines that are drawn as lines, and their colours."""

mpl.use("svg")
sns.set_theme(style="ticks", context="notebook", font_scale=0.8)
# Without a salt, SVG ids are random and the same figure differs from run to run.
mpl.rcParams.update({"svg.hashsalt": "synthinv", "figure.constrained_layout.use": True})


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, the same bytes for the same figure, and close it."""
    with replacing(path) as partial:
        figure.savefig(partial, format="svg", metadata={"Date": None})
    plt.close(figure)


def add_legend(figure: Figure, ax: Axes) -> None:
    """Add the legend of one panel to the right of the whole figure."""
    figure.legend(*ax.get_legend_handles_labels(), loc="outside right center", frameon=False)
