"""The results of a benchmark, of the half that its page shows."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from synthinv.benchmark.summary import with_origins
from synthinv.common.files import intact, read_table, read_yaml, replacing
from synthinv.config.benchmark import benchmark_sounds
from synthinv.config.load import load
from synthinv.config.root import Config
from synthinv.config.sections.benchmark import Split
from synthinv.pipeline import paths


@dataclass(frozen=True, eq=False)
class BenchmarkResults:
    """The results of a finished benchmark, of one half.

    Attributes
    ----------
    config : Config
        The configuration.
    split : str
        The half: the test, unless patches were found for the other one alone.
    scores : pandas.DataFrame
        From `synthinv.benchmark.summary.with_origins`.
    seconds : pandas.DataFrame
        As in `synthinv.benchmark.scores`.
    """

    config: Config
    split: Split
    scores: pd.DataFrame
    seconds: pd.DataFrame

    def write_tables(self, folder: Path) -> None:
        """Write `scores.csv` and `seconds.csv` into a folder."""
        scores = self.scores.drop(columns="origin")
        for name, table in (("scores", scores), ("seconds", self.seconds)):
            with replacing(folder / f"{name}.csv") as partial:
                table.to_csv(partial, index=False, lineterminator="\n")


def read_results(results: Path) -> BenchmarkResults:
    """Read the results of a finished benchmark.

    Parameters
    ----------
    results : Path
        Its results folder.

    Returns
    -------
    BenchmarkResults
        Those of the half that its page shows.
    """
    source = intact(results / paths.CONFIG)
    config = load(read_yaml(source), str(source))
    split: Split = "test" if "test" in config.benchmark.splits else "development"
    scores = read_table(results / paths.BENCHMARK_SCORES)
    scores = with_origins(scores[scores["split"] == split], benchmark_sounds(config.benchmark))
    seconds = read_table(results / paths.BENCHMARK_SECONDS)
    seconds = seconds[seconds["sound"].isin(scores["sound"])]
    return BenchmarkResults(config, split, scores, seconds)
