"""Error against number of renders."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from synthinv.report.figures.style import LINES, add_legend
from synthinv.report.method_titles import METHOD_TITLES
from synthinv.search.curves import relative_to_one_step

# A patch found exactly has no place on a logarithmic axis; it is drawn at its lower end.
LEAST_SHOWN = 1e-3


def patch_searches(table: pd.DataFrame) -> Figure:
    """Draw error against number of renders, on logarithmic axes.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `method`, `index`, `renders`, `mss`: see `synthinv.search.curves`.

    Returns
    -------
    matplotlib.figure.Figure
        Each method's mean over the sounds, × one-step, and the range from the lower to the upper
        quartile; a point for a prediction that takes one render.
    """
    last = table.groupby("method")["renders"].max().astype(int)
    most = last.max()
    renders = np.union1d(np.geomspace(1, most, 100).round().astype(int), last)
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
    ax.set(xscale="log", yscale="log", xlabel="renders", ylabel="MSS (× one-step)")
    ax.set_xlim(1, most)
    add_legend(figure, ax)
    sns.despine(figure)
    return figure
