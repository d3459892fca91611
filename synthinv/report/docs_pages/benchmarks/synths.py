"""Write docs/benchmarks/synths.md and its tables (`make human`)."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from synthinv.benchmark.found import NO_SOLVER
from synthinv.benchmark.summary import (
    Comparison,
    Entry,
    EntryScores,
    Estimate,
    compared,
    entries,
    entry_scores,
    estimate,
    families,
    scores_of,
)
from synthinv.common.errors import SynthinvError
from synthinv.common.files import write_text
from synthinv.config.root import Config
from synthinv.config.sections.benchmark import MethodConfig, MethodKind, SoundBlockConfig, Split
from synthinv.pages.html import fill_markdown
from synthinv.report.docs_pages.benchmarks.methods import SEARCH_MEANINGS
from synthinv.report.docs_pages.benchmarks.results import read_results

PAGE, FOLDER = "synths.md", "synths"
TITLES = {"dx7": "The DX7", "amsynth": "amsynth", "vital": "Vital"}
METRICS = {"mss": 2, "wmfcc": 2, "sot": 4, "rms_cosine": 3, "zimtohrli": 4}
"""Metrics that the page shows, and their decimals."""
SAME = 0.05
"""MSS in dB below which the nearest preset is the sound's own patch."""
MEANINGS: dict[MethodKind, str] = {
    "solver": "the network's prediction, played once",
    "one_step": "no method, but a measure: the sound's own patch, every continuous knob a step off",
    "match": "`synthinv match`: patches drawn from the network, presets, and a search from the "
    "best of them",
    "presets": "of all presets of the other banks, the one with the least MSS",
    "library": "of random patches, the same for all sounds, the one with the least MSS",
    **SEARCH_MEANINGS,
}


class Yardstick(NamedTuple):
    """Published scores: MSS, wMFCC, SOT and RMS cosine."""

    what: str
    knobs: int | None
    numbers: tuple[float | None, ...]


YARDSTICKS = (
    Yardstick("Surge XT", 92, (3.18, 5.57, 0.042, 0.948)),
    Yardstick("Surge XT", 165, (6.13, 9.63, 0.086, 0.939)),
    Yardstick("the same solver on recordings (NSynth)", 165, (11.04, 19.71, 0.158, 0.834)),
    Yardstick("another solver on recorded one-shots", None, (7.68, None, None, None)),
)


@dataclass(frozen=True)
class Row:
    """A method with one of its budgets, on one test set."""

    label: str
    scores: EntryScores
    against_nearest: Comparison | None
    against_search: Comparison | None


@dataclass(frozen=True)
class TestSet:
    """One test set of a synth.

    Attributes
    ----------
    title : str
        What its sounds are.
    sounds : int
        Their number.
    copies : int
        How many of them a preset of the other banks plays within `SAME`.
    nearest : str or None
        Title of the method that finds the nearest preset or, without one, of the library.
    search : Entry or None
        CMA-ES with the most renders.
    rows : list of Row
        Its methods.
    """

    title: str
    sounds: int
    copies: int
    nearest: str | None
    search: Entry | None
    rows: list[Row]


@dataclass(frozen=True)
class Trainings:
    """The MSS of the predictions of solvers that were trained on different patches.

    Attributes
    ----------
    sets : list of str
        Titles of the test sets.
    rows : dict of str to list of (Estimate or None)
        A solver's title to its MSS on each test set.
    """

    sets: list[str]
    rows: dict[str, list[Estimate | None]]


@dataclass(frozen=True)
class SynthSection:
    """What the page shows of one synth."""

    title: str
    solvers: list[str]
    banks: list[str]
    sets: list[TestSet]
    trainings: Trainings | None


@dataclass(frozen=True)
class SynthsPage:
    """The content of the page, as the template shows it."""

    split: Split
    config: Config
    synths: list[SynthSection]
    methods: dict[str, str]
    metrics: dict[str, int] = field(default_factory=lambda: METRICS)
    yardsticks: tuple[Yardstick, ...] = YARDSTICKS
    same: float = SAME


def main(results: Path, docs: Path) -> None:
    """Write `synths.md`, and `synths/` with its tables, into a folder.

    The page shows one half of the benchmark: the test, unless the configuration has only the other.

    Parameters
    ----------
    results : Path
        Results folder of a finished benchmark.
    docs : Path
        Folder to write into.
    """
    found = read_results(results)
    page = arranged(found.config, found.split, found.scores, found.seconds)
    found.write_tables(docs / FOLDER)
    write_text(docs / PAGE, fill_markdown("synths.md.j2", {"page": page}))


def arranged(
    config: Config, split: Split, scores: pd.DataFrame, seconds: pd.DataFrame
) -> SynthsPage:
    """Arrange the scores of one half.

    Parameters
    ----------
    config : Config
        The configuration.
    split : str
        The half.
    scores : pandas.DataFrame
        From `synthinv.benchmark.summary.with_origins`, of that half.
    seconds : pandas.DataFrame
        As in `synthinv.benchmark.scores`.

    Returns
    -------
    SynthsPage
        One section for each synth of the methods that have scores.

    Raises
    ------
    SynthinvError
        If no method of a synth has scores.
    """
    have = set(scores["method"])
    methods = [m for m in config.benchmark.methods if m.name in have and m.synth is not None]
    if not methods:
        raise SynthinvError("benchmark.methods: none of a synth has scores; add one, and run it")
    synths = list(dict.fromkeys(str(method.synth) for method in methods))
    blocks = [block for block in config.benchmark.sounds if block.split == split]
    return SynthsPage(
        split=split,
        config=config,
        synths=[
            _section(blocks, synth, [m for m in methods if m.synth == synth], scores, seconds)
            for synth in synths
        ],
        methods={method.title: MEANINGS[method.kind] for method in methods},
    )


def _section(
    blocks: Sequence[SoundBlockConfig],
    synth: str,
    methods: Sequence[MethodConfig],
    scores: pd.DataFrame,
    seconds: pd.DataFrame,
) -> SynthSection:
    own = scores[scores["method"].isin([method.name for method in methods])]
    titles = _titles(blocks, families(own))
    return SynthSection(
        title=TITLES.get(synth, synth),
        solvers=[digest for digest in own["solver"].unique() if digest != NO_SOLVER],
        banks=[str(b.bank) for b in blocks if b.synth == synth and b.source == "presets"],
        sets=[
            _test_set(methods, title, own[own["family"] == name], seconds)
            for name, title in titles.items()
        ],
        trainings=_trainings(methods, {t: own[own["family"] == n] for n, t in titles.items()}),
    )


def _titles(blocks: Sequence[SoundBlockConfig], names: Sequence[str]) -> dict[str, str]:
    """Return the title of each family; those of one kind of source have their names in it."""
    titles = {name: _title(blocks, name) for name in names}
    counts = Counter(titles.values())
    return {n: t if counts[t] == 1 else f"{t} ({n})" for n, t in titles.items()}


def _title(blocks: Sequence[SoundBlockConfig], family: str) -> str:
    source = next(block.source for block in blocks if block.family == family)
    titles = {"random": "random patches", "presets": "patches that people made"}
    return titles.get(source, "one's own presets" if source == "own" else "recordings")


def _test_set(
    methods: Sequence[MethodConfig], title: str, scores: pd.DataFrame, seconds: pd.DataFrame
) -> TestSet:
    kinds = {method.name: method.kind for method in methods}
    every = entries(scores)
    presets, library, search = (
        max((e for e in every if kinds[e.method] == kind), key=lambda e: e.budget, default=None)
        for kind in ("presets", "library", "cma_es")
    )
    nearest = presets or library
    titles = {method.name: method.title for method in methods}
    copied = 0 if presets is None else int((scores_of(scores, presets)["mss"] < SAME).sum())
    return TestSet(
        title=title,
        sounds=scores["sound"].nunique(),
        copies=copied,
        nearest=None if nearest is None else titles[nearest.method],
        search=search,
        rows=[
            Row(
                label=entry.label(titles[entry.method]),
                scores=entry_scores(scores, seconds, entry),
                against_nearest=_beside(scores, entry, nearest),
                against_search=_beside(scores, entry, search),
            )
            for entry in every
        ],
    )


def _beside(scores: pd.DataFrame, entry: Entry, other: Entry | None) -> Comparison | None:
    return None if other in (None, entry) else compared(scores, entry, other)


def _trainings(methods: Sequence[MethodConfig], sets: dict[str, pd.DataFrame]) -> Trainings | None:
    """Compare solvers of one synth, if there are several."""
    solvers = [method for method in methods if method.kind == "solver"]
    if len(solvers) < 2:
        return None
    rows: dict[str, list[Estimate | None]] = {}
    for method in solvers:
        tables = [scores_of(scores, Entry(method.name, 0)) for scores in sets.values()]
        rows[method.title] = [None if t.empty else estimate(t["mss"], t["origin"]) for t in tables]
    return Trainings(list(sets), rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
