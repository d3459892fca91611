"""The results folder of a finished workflow, as the report reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from synthinv.capture.shards import Shard, read_shards
from synthinv.common.files import Manifest, intact, read_manifest, read_table
from synthinv.config import plan
from synthinv.config.root import Config
from synthinv.evaluate.predictions import read_predictions
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Labels
from synthinv.pages.html import data_uri
from synthinv.pipeline import paths


@dataclass(frozen=True)
class PageFigure:
    """A figure on the page.

    Attributes
    ----------
    title : str
        What the caption begins with.
    caption : str
        The rest of the caption.
    uri : str
        The picture as a data URI.
    """

    title: str
    caption: str
    uri: str


class Results:
    """The files of a finished workflow.

    Parameters
    ----------
    config : Config
        The configuration, which names the results folder.
    captions : mapping of str to str
        Kind of figure to its caption, the one that Snakemake's report shows too.
    """

    def __init__(self, config: Config, captions: Mapping[str, str]) -> None:
        self.config = config
        self._captions = captions
        # Several sections look at the sounds of the same test set.
        self.truth = cache(self._read_truth)

    def file(self, pattern: str, **wildcards: str) -> Path:
        """Return the path of a result, see `synthinv.pipeline.paths`."""
        return Path(self.config.results, pattern.format(**wildcards))

    def text(self, pattern: str) -> str:
        """Read a text file, checked against its manifest."""
        return intact(self.file(pattern)).read_text(encoding="utf-8")

    def table(self, pattern: str, **wildcards: str) -> pd.DataFrame:
        """Read a table, checked against its manifest."""
        return read_table(self.file(pattern, **wildcards))

    def manifest(self, pattern: str, **wildcards: str) -> Manifest:
        """Read a manifest."""
        return read_manifest(self.file(pattern, **wildcards))

    def figure(self, title: str, kind: str, pattern: str, **wildcards: str) -> PageFigure:
        """Load a figure with the caption of its kind."""
        content = self.file(pattern, **wildcards).read_bytes()
        return PageFigure(title, self._captions[kind], data_uri(content, "image/svg+xml"))

    def captures(self, data_set: str) -> list[Manifest]:
        """Read the manifests of all shards of a data set."""
        return [
            self.manifest(paths.SHARD_MANIFEST, data_set=data_set, shard=shard)
            for shard in plan.shard_names(self.config.data_set(data_set))
        ]

    def scores(self, test_set: str, predictors: Sequence[str]) -> pd.DataFrame:
        """Read the scores of some predictors, one row per predictor and sound."""
        return pd.concat(
            [self.table(paths.SCORES, data_set=test_set, predictor=name) for name in predictors]
        )

    def labels(self, test_set: str, predictor: str) -> Labels:
        """Read the labels that a predictor gave the sounds of a test set."""
        truth = self.truth(test_set)
        file = self.file(paths.PREDICTION, data_set=test_set, predictor=predictor)
        return read_predictions(file, truth.names, len(truth.audio))

    def played(self, test_set: str, predictor: str) -> Shard:
        """Read the notes of a prediction."""
        wildcards = {"data_set": test_set, "predictor": predictor}
        return read_shards([self.file(paths.PREDICTION_MANIFEST, **wildcards)])

    def instrument(self, data_set: str) -> Instrument:
        """Load the instrument of a data set, with the parameters that are fixed in it."""
        return load_instrument(*plan.instrument_setup(self.config, data_set))

    def _read_truth(self, test_set: str) -> Shard:
        shards = plan.shard_names(self.config.data_set(test_set))
        return read_shards(
            [self.file(paths.SHARD_MANIFEST, data_set=test_set, shard=s) for s in shards]
        )
