"""Figures of the benchmark of sounds that the synth did not make."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from synthinv.benchmark.summary import Entry, EntryScores, families, scores_of
from synthinv.report.figures.style import add_legend


def error_against_renders(rows: Sequence[EntryScores], titles: Mapping[str, str]) -> Figure:
    """Draw the mean MSS of every method against its renders.

    Parameters
    ----------
    rows : sequence of EntryScores
        The entries, all on the same sounds.
    titles : mapping of str to str
        Method to its title.

    Returns
    -------
    matplotlib.figure.Figure
        A line for each method, with bars for the intervals; a point for one with a single entry.
    """
    figure, ax = plt.subplots(figsize=(9, 4))
    methods = list(dict.fromkeys(row.entry.method for row in rows))
    palette = dict(zip(methods, sns.color_palette("tab10", len(methods)), strict=True))
    for method in methods:
        own = [row for row in rows if row.entry.method == method]
        estimates = [row.metrics["mss"] for row in own]
        ax.errorbar(
            [row.renders for row in own],
            [one.mean for one in estimates],
            yerr=[
                [one.mean - one.lower for one in estimates],
                [one.upper - one.mean for one in estimates],
            ],
            fmt="o-" if len(own) > 1 else "D",
            capsize=3,
            color=palette[method],
            label=titles[method],
        )
    ax.set(xscale="log", xlabel="renders", ylabel="MSS (dB), mean")
    add_legend(figure, ax)
    sns.despine(figure)
    return figure


def error_by_family(
    scores: pd.DataFrame, shown: Sequence[Entry], labels: Mapping[Entry, str]
) -> Figure:
    """Draw the mean MSS of some entries for each family of sounds.

    Parameters
    ----------
    scores : pandas.DataFrame
        As in `synthinv.benchmark.scores`, of one half.
    shown : sequence of Entry
        The entries.
    labels : mapping of Entry to str
        Their names.

    Returns
    -------
    matplotlib.figure.Figure
        Families as rows, a point for each entry, a faint one for each sound of the first entry.
    """
    names = families(scores)
    figure, ax = plt.subplots(figsize=(9, 1 + 0.3 * len(names)))
    palette = sns.color_palette("tab10", len(shown))
    for colour, entry in zip(palette, shown, strict=True):
        rows = scores_of(scores, entry)
        means = rows.groupby("family")["mss"].mean()
        places = [i for i, name in enumerate(names) if name in means.index]
        ax.plot([means[names[i]] for i in places], places, "o", color=colour, label=labels[entry])
        if entry == shown[0]:
            every = [names.index(name) for name in rows["family"]]
            ax.plot(rows["mss"], every, "|", color=colour, alpha=0.4)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set(xlabel="MSS (dB), mean", xlim=(0, None))
    ax.grid(axis="y", alpha=0.3)
    add_legend(figure, ax)
    sns.despine(figure)
    return figure
