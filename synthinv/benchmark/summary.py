"""What the scores of one half of the benchmark say: of each method, and of each pair of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthinv.benchmark.scores import WHOLE_SOUND_METRICS
from synthinv.common.errors import SynthinvError
from synthinv.config.benchmark import BenchmarkSound
from synthinv.evaluate.bootstrap import mean_interval

HIGHER_IS_BETTER = ("rms_cosine",)


@dataclass(frozen=True)
class Entry:
    """A method with one of its budgets.

    Attributes
    ----------
    method : str
        The method.
    budget : int
        Its budget in renders; 0 for its own.
    """

    method: str
    budget: int

    def label(self, title: str) -> str:
        """Return what pages call it, by its method's title."""
        return f"{title}, {self.budget:,} renders" if self.budget else title


@dataclass(frozen=True)
class Estimate:
    """A mean over sounds.

    Attributes
    ----------
    mean, median : float
        Over the sounds.
    lower, upper : float
        Interval that holds the mean in 95 % of the resamplings of what the sounds are played
        from, see `with_origins`.
    """

    mean: float
    median: float
    lower: float
    upper: float


@dataclass(frozen=True)
class EntryScores:
    """The scores of an entry.

    Attributes
    ----------
    entry : Entry
        The entry.
    sounds : int
        Number of sounds.
    renders : float
        Mean number of renders.
    seconds : Estimate
        Time per sound.
    metrics : dict of str to Estimate
        Each of `WHOLE_SOUND_METRICS`.
    """

    entry: Entry
    sounds: int
    renders: float
    seconds: Estimate
    metrics: dict[str, Estimate]


@dataclass(frozen=True)
class Comparison:
    """An entry beside another one, on the sounds that both have.

    Attributes
    ----------
    first, second : Entry
        The two.
    sounds : int
        Number of sounds.
    wins : Estimate
        Share of the sounds on which the first is better; a tie counts as half.
    first_mean, second_mean : float
        Means of the metric.
    """

    first: Entry
    second: Entry
    sounds: int
    wins: Estimate
    first_mean: float
    second_mean: float


def with_origins(scores: pd.DataFrame, sounds: Sequence[BenchmarkSound]) -> pd.DataFrame:
    """Add to each score what its sound is played from.

    Parameters
    ----------
    scores : pandas.DataFrame
        As in `synthinv.benchmark.scores`.
    sounds : sequence of BenchmarkSound
        The sounds, and perhaps others.

    Returns
    -------
    pandas.DataFrame
        With a column `origin`: the program, preset, drum or random patch. Sounds of one origin are
        its notes at several keys, which are not independent of each other.

    Raises
    ------
    SynthinvError
        If there is a score of another sound.
    """
    origins = {s.name: f"{s.source} {s.synth} {s.bank} {s.program}" for s in sounds}
    others = [name for name in scores["sound"] if name not in origins]
    if others:
        raise SynthinvError(
            f"benchmark.sounds: has no '{others[0]}', of which there are scores; run the benchmark "
            "again, with the configuration as it is now"
        )
    return scores.assign(origin=scores["sound"].map(origins))


def entries(scores: pd.DataFrame) -> list[Entry]:
    """List the entries of a table of scores, in its order."""
    pairs = scores[["method", "budget"]].drop_duplicates()
    return [Entry(str(method), int(budget)) for method, budget in pairs.itertuples(index=False)]


def scores_of(scores: pd.DataFrame, entry: Entry) -> pd.DataFrame:
    """Return the rows of an entry, by the names of the sounds."""
    rows = scores[(scores["method"] == entry.method) & (scores["budget"] == entry.budget)]
    return rows.set_index("sound")


def entry_scores(scores: pd.DataFrame, seconds: pd.DataFrame, entry: Entry) -> EntryScores:
    """Summarise the scores of an entry.

    Parameters
    ----------
    scores : pandas.DataFrame
        From `with_origins`.
    seconds : pandas.DataFrame
        As in `synthinv.benchmark.scores`.
    entry : Entry
        The entry.

    Returns
    -------
    EntryScores
        Means, medians and intervals.
    """
    rows = scores_of(scores, entry)
    times = scores_of(seconds, entry)["seconds"].reindex(rows.index)
    return EntryScores(
        entry=entry,
        sounds=len(rows),
        renders=float(rows["renders"].mean()),
        seconds=estimate(times, rows["origin"]),
        metrics={name: estimate(rows[name], rows["origin"]) for name in WHOLE_SOUND_METRICS},
    )


def estimate(values: "pd.Series[float]", origins: "pd.Series[str]") -> Estimate:
    """Estimate the mean of one value for each sound, of which `origins` has each one's origin."""
    lower, upper = mean_interval(values.to_numpy(), origins.tolist())
    return Estimate(float(values.mean()), float(values.median()), lower, upper)


def compared(
    scores: pd.DataFrame, first: Entry, second: Entry, metric: str = "mss"
) -> Comparison | None:
    """Compare two entries on the sounds that both have.

    Parameters
    ----------
    scores : pandas.DataFrame
        From `with_origins`.
    first, second : Entry
        The two.
    metric : str
        What they are compared by.

    Returns
    -------
    Comparison or None
        None if they have no sound in common.
    """
    rows, others = (scores_of(scores, entry) for entry in (first, second))
    common = rows.index.intersection(others.index)
    if not len(common):
        return None
    one, other = rows.loc[common, metric], others.loc[common, metric]
    ahead = one - other if metric in HIGHER_IS_BETTER else other - one
    wins = pd.Series((np.sign(ahead.to_numpy()) + 1) / 2)
    return Comparison(
        first=first,
        second=second,
        sounds=len(common),
        wins=estimate(wins, rows.loc[common, "origin"]),
        first_mean=float(one.mean()),
        second_mean=float(other.mean()),
    )


def families(scores: pd.DataFrame) -> list[str]:
    """List the families of a table of scores, in its order."""
    return list(dict.fromkeys(scores["family"]))


def ranked(scores: pd.DataFrame, entry: Entry, count: int) -> dict[str, list[str]]:
    """Name the sounds that an entry makes best, in the middle, and worst.

    Parameters
    ----------
    scores : pandas.DataFrame
        As in `synthinv.benchmark.scores`.
    entry : Entry
        The entry.
    count : int
        Number of sounds of each kind, at most a third of all.

    Returns
    -------
    dict of str to list of str
        `best`, `median` and `worst`: sounds by increasing MSS.
    """
    order: Sequence[str] = scores_of(scores, entry)["mss"].sort_values(kind="stable").index.tolist()
    count = min(count, max(1, len(order) // 3))
    middle = (len(order) - count) // 2
    return {
        "best": list(order[:count]),
        "median": list(order[middle : middle + count]),
        "worst": list(order[-count:]),
    }
