"""Write docs/benchmarks/wild.md, its figures and its sounds (`make wild`)."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from synthinv.audio.types import Audio
from synthinv.benchmark.scores import compared_part, read_recording
from synthinv.benchmark.sounds import PEAK
from synthinv.benchmark.summary import (
    Comparison,
    Entry,
    EntryScores,
    compared,
    entries,
    entry_scores,
    families,
    ranked,
    scores_of,
)
from synthinv.common.errors import SynthinvError
from synthinv.common.files import replacing, write_text
from synthinv.config.benchmark import (
    SAMPLE_RATE,
    BenchmarkSound,
    benchmark_jobs,
    budgets_of,
    sounds_of,
)
from synthinv.config.root import Config
from synthinv.config.sections.benchmark import MethodKind, Split
from synthinv.pages.html import fill_markdown
from synthinv.pipeline import paths
from synthinv.report.docs_pages.benchmarks.methods import SEARCH_MEANINGS
from synthinv.report.docs_pages.benchmarks.results import read_results
from synthinv.report.figures.style import save
from synthinv.report.figures.wild import error_against_renders, error_by_family

PAGE = "wild.md"
FOLDER = "wild"
"""Folder of the page's tables, figures and sounds, beside it."""
PLAYERS = 3
"""Sounds of each kind with players: the best, the median, the worst."""
KINDS = {"best": "Best", "median": "In the middle", "worst": "Worst"}
MEANINGS: dict[MethodKind, str] = {
    "library": "the nearest of random patches that are the same for every sound, played at its key "
    "and for its length",
    "presets": "the nearest of the presets in some files, played at the sound's key and for its "
    "length",
    **SEARCH_MEANINGS,
}
COMPARED = ("mss", "mss_absolute", "wmfcc", "sot", "rms_cosine", "zimtohrli")
"""Metrics by which match is compared with the other entries."""


@dataclass(frozen=True)
class PlayedSound:
    """A sound with players for the original and for its match."""

    title: str
    mss: float
    original: str
    match: str


@dataclass(frozen=True)
class WildPage:
    """The content of the page, as the template shows it.

    Attributes
    ----------
    split : str
        The half that is shown.
    sounds, of : int
        Number of sounds of this half that have been matched, and that there are.
    config : Config
        The configuration.
    match : Entry
        What all others are compared with.
    labels : dict of Entry to str
        What the page calls each entry.
    rows : list of EntryScores
        All entries.
    against : dict of Entry to list of Comparison
        Match beside each other entry, by each of `COMPARED`.
    pairs : list of list of (Comparison or None)
        All entries beside all, by MSS.
    by_family : dict of str to (int, list of (Comparison or None))
        Family to its number of sounds, and match beside each other entry, by MSS.
    common : int
        Number of sounds that all methods have, which the figure shows.
    played : dict of str to list of PlayedSound
        Kind to sounds.
    """

    split: Split
    sounds: int
    of: int
    config: Config
    match: Entry
    labels: dict[Entry, str]
    rows: list[EntryScores]
    against: dict[Entry, list[Comparison | None]]
    pairs: list[list[Comparison | None]]
    by_family: dict[str, tuple[int, list[Comparison | None]]]
    common: int
    played: dict[str, list[PlayedSound]]


def main(results: Path, docs: Path) -> None:
    """Write `wild.md`, and `wild/` with its tables, figures and sounds, into a folder.

    The page shows one half of the benchmark: the test, unless the configuration has only the other.

    Parameters
    ----------
    results : Path
        Results folder of a finished benchmark.
    docs : Path
        Folder to write into.
    """
    found = read_results(results)
    config, split, scores, seconds = found.config, found.split, found.scores, found.seconds
    match = match_entry(config)
    if scores_of(scores, match).empty:
        raise SynthinvError(
            f"{results / paths.BENCHMARK_SCORES}: has no scores of '{match.method}'; run "
            "`make wild`"
        )
    found.write_tables(docs / FOLDER)
    page = arranged(config, split, scores, seconds)
    _draw(page, scores, seconds, docs)
    names = ranked(scores, match, PLAYERS)
    page.played.update(_played(results, docs, config, split, scores, names))
    context = {"page": page, "kinds": KINDS, "meanings": MEANINGS}
    write_text(docs / PAGE, fill_markdown("wild.md.j2", context))


def match_entry(config: Config) -> Entry:
    """Return the entry that all others are compared with: the first method that is a match.

    Of several budgets it has the largest, as its recordings are of that one.

    Raises
    ------
    SynthinvError
        If there is none.
    """
    for method in config.benchmark.methods:
        if method.kind == "match":
            return Entry(method.name, budgets_of(method)[-1])
    raise SynthinvError(
        "benchmark.methods: none is of the kind match, which the page is about; add one"
    )


def arranged(config: Config, split: Split, scores: pd.DataFrame, seconds: pd.DataFrame) -> WildPage:
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
    WildPage
        Without players.
    """
    match, all_entries = match_entry(config), entries(scores)
    others = [entry for entry in all_entries if entry != match]
    by_family = {}
    for family in families(scores):
        own = scores[scores["family"] == family]
        by_family[family] = (
            len(scores_of(own, match)),
            [compared(own, match, entry) for entry in others],
        )
    return WildPage(
        split=split,
        sounds=len(scores_of(scores, match)),
        of=len(sounds_of(config.benchmark, split)),
        config=config,
        match=match,
        labels={entry: label(config, entry) for entry in all_entries},
        rows=[entry_scores(scores, seconds, entry) for entry in all_entries],
        against={
            entry: [compared(scores, match, entry, metric) for metric in COMPARED]
            for entry in others
        },
        pairs=[[compared(scores, one, other) for other in all_entries] for one in all_entries],
        by_family=by_family,
        common=len(common_sounds(scores)),
        played={},
    )


def label(config: Config, entry: Entry) -> str:
    """Return what the page calls an entry."""
    return entry.label(config.benchmark_method(entry.method).title)


def common_sounds(scores: pd.DataFrame) -> list[str]:
    """Name the sounds that all entries have."""
    sets = [set(scores_of(scores, entry).index) for entry in entries(scores)]
    return [name for name in dict.fromkeys(scores["sound"]) if all(name in own for own in sets)]


def _draw(page: WildPage, scores: pd.DataFrame, seconds: pd.DataFrame, docs: Path) -> None:
    names = common_sounds(scores)
    rows = page.rows
    if names:
        common = scores[scores["sound"].isin(names)]
        rows = [entry_scores(common, seconds, row.entry) for row in page.rows]
    titles = {method.name: method.title for method in page.config.benchmark.methods}
    save(error_against_renders(rows, titles), docs / FOLDER / "renders.svg")
    shown = [match_entry(page.config), *_longest(page)]
    save(error_by_family(scores, shown, page.labels), docs / FOLDER / "families.svg")


def _longest(page: WildPage) -> list[Entry]:
    """Return the largest budget of every search that has all sounds."""
    last = {row.entry.method: row.entry for row in page.rows if row.sounds == page.sounds}
    return [entry for entry in last.values() if entry.budget and entry != page.match]


def _played(
    results: Path,
    docs: Path,
    config: Config,
    split: Split,
    scores: pd.DataFrame,
    names: Mapping[str, Sequence[str]],
) -> dict[str, list[PlayedSound]]:
    """Write the original and the match of some sounds; return what the page shows of them."""
    match = match_entry(config)
    errors = scores_of(scores, match)["mss"]
    sounds = {sound.name: sound for sound in sounds_of(config.benchmark, split)}
    wanted = {name for chosen in names.values() for name in chosen}
    for name, (original, note) in _recordings(results, config, match, split, wanted).items():
        for role, audio in (("original", original), ("match", note)):
            _write(docs / _file(name, role), audio)
    return {
        kind: [
            PlayedSound(
                title=_title(sounds[name]),
                mss=float(errors[name]),
                original=_file(name, "original"),
                match=_file(name, "match"),
            )
            for name in chosen
        ]
        for kind, chosen in names.items()
    }


def _recordings(
    results: Path, config: Config, match: Entry, split: Split, wanted: set[str]
) -> dict[str, tuple[Audio, Audio]]:
    """Read the part of each wanted sound that was compared, and its match."""
    found: dict[str, tuple[Audio, Audio]] = {}
    method = config.benchmark_method(match.method)
    for job, sounds in benchmark_jobs(config.benchmark, method, split).items():
        if not wanted & {sound.name for sound in sounds}:
            continue
        parts = [_original(results, config, sound) for sound in sounds]
        file = results / paths.BENCHMARK_FOUND_NOTES.format(
            split=split, method=match.method, job=job
        )
        notes = np.split(read_recording(file), np.cumsum([len(part) for part in parts])[:-1])
        for sound, part, note in zip(sounds, parts, notes, strict=True):
            if sound.name in wanted:
                found[sound.name] = (part, note)
    return found


def _original(results: Path, config: Config, sound: BenchmarkSound) -> Audio:
    file = results / paths.BENCHMARK_SOUND.format(split=sound.split, sound=sound.name)
    benchmark = config.benchmark
    return compared_part(file, benchmark.seconds, benchmark.note == "known").audio


def _title(sound: BenchmarkSound) -> str:
    where = f"{sound.bank}, place {sound.program}" if sound.bank else f"program {sound.program}"
    if sound.source == "drums":
        return f"{sound.family}, key {sound.key}"
    return f"{sound.family}, {where}, key {sound.key}"


def _file(name: str, role: str) -> str:
    return f"{FOLDER}/{name}-{role}.flac"


def _write(file: Path, audio: Audio) -> None:
    loudest = float(np.abs(audio).max())
    level = audio * (PEAK / loudest) if loudest > 0 else audio
    with replacing(file) as partial:
        soundfile.write(partial, level, SAMPLE_RATE, subtype="PCM_16", format="FLAC")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
