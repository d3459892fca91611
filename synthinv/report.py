"""The HTML report: one self-contained page, with figures and sounds inside."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from synthinv import paths, published
from synthinv.ablation_results import read_results
from synthinv.answers import read_answer
from synthinv.audibility import summary
from synthinv.audio_metrics import METRICS
from synthinv.comparison import describe
from synthinv.config import Config
from synthinv.files import Manifest, read_json, read_manifest
from synthinv.instrument import CC_MAX, Instrument, load_instrument
from synthinv.pages import audio_uri, data_uri, fill
from synthinv.parameter_metrics import parameter_scores
from synthinv.search import cells
from synthinv.sections import Experiment, Search, SolverExperiment
from synthinv.shards import Shard, read_shards
from synthinv.verdict import judge


@dataclass(frozen=True)
class Sound:
    """A test sound and the answer to it, to be listened to.

    Attributes
    ----------
    title : str
        Best, median or worst.
    index : int
        Index in the test set.
    psd_mse : float
        The answer's PSD error.
    original, answer : str
        Data URIs of both notes.
    knobs : list of (str, int, int)
        Parameter, true and answered CC value.
    """

    title: str
    index: int
    psd_mse: float
    original: str
    answer: str
    knobs: list[tuple[str, int, int]]


class Collector:
    """Gathers from the results folder what the page shows.

    Parameters
    ----------
    config : Config
        The configuration.
    captions : mapping of str to str
        Kind of figure to its caption, the one that Snakemake's report shows too.
    """

    def __init__(self, config: Config, captions: Mapping[str, str]) -> None:
        self._config = config
        self._captions = captions

    def page(self) -> dict[str, Any]:
        """Return everything that the template names."""
        config = self._config
        experiments = {e.name: self._tested(e) for e in config.experiments}
        solvers = [self._solver(s) for s in config.solvers]
        metrics = pd.read_csv(self._file(paths.METRICS))
        metrics = metrics[~metrics["experiment"].isin([e.name for e in config.studied])]
        tests = dict.fromkeys(t.test for t in config.presented)
        main = experiments[config.report.main]
        return {
            "title": config.report.title,
            "main": main,
            "unregularised": experiments[config.report.unregularised],
            "others": [e for name, e in experiments.items() if name != config.report.main],
            "solvers": solvers,
            "tested": [*experiments.values(), *solvers],
            "own": [t.name for t in config.presented],
            "test_sets": [{"name": name, "rows": metrics_table(metrics, name)} for name in tests],
            "published": self._published(main),
            "data_sets": data_set_table(self._captures()),
            "instrument": load_instrument(config.instrument),
            "parameters": parameter_table(load_instrument(config.instrument)),
            "engine": config.engine.kind,
            "note": config.note,
            "audio": config.audio,
            "silence": config.silence,
            "windows": self._figure(
                "Figure 11: one sound, several windows", "windows", paths.WINDOWS_FIGURE
            ),
            "searches": [self._search(s) for s in config.searches],
            "training": self._figure(
                "Figure 14: training with and without L2", "training", paths.TRAINING_FIGURE
            ),
            "sounds": self._sounds(main),
            "recapture": self._recapture(main["test"]),
            "audibility": self._audibility(main["test"]),
            "knobs": self._knobs(main),
            "why": self._why(),
            "ablation": self._ablation() if config.ablation else None,
            "config": self._file(paths.CONFIG).read_text(encoding="utf-8"),
            "versions": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("synthinv", "torch", "numpy", "scipy")},
            },
        }

    def _file(self, pattern: str, **wildcards: str) -> Path:
        return Path(self._config.results, pattern.format(**wildcards))

    def _figure(self, title: str, kind: str, pattern: str, **wildcards: str) -> dict[str, str]:
        uri = data_uri(self._file(pattern, **wildcards).read_bytes(), "image/svg+xml")
        return {"title": title, "caption": self._captions[kind], "uri": uri}

    def _captures(self) -> list[Manifest]:
        return [
            read_manifest(self._file(paths.SHARD_MANIFEST, data_set=d.name, shard=shard))
            for d in self._config.data_sets
            if d.name in self._config.data_sets_used
            for shard in d.shards
        ]

    def _truth(self, test_set: str) -> Shard:
        shards = self._config.data_set(test_set).shards
        return read_shards(
            [self._file(paths.SHARD_MANIFEST, data_set=test_set, shard=s) for s in shards]
        )

    def _tested(self, tested: Experiment | SolverExperiment) -> dict[str, Any]:
        name, test = tested.name, tested.test
        truth = self._truth(test)
        answer = self._file(paths.ANSWER, data_set=test, answer=name)
        outputs = read_answer(answer, truth.names, len(truth.audio))
        scores = pd.read_csv(self._file(paths.SCORES, data_set=test))
        history = read_json(self._file(paths.HISTORY, experiment=name))
        return {
            "name": name,
            "test": test,
            "title": tested.title,
            "settings": history["settings"],
            "history": history,
            "scores": scores[scores["experiment"] == name].set_index("index")["psd_mse"],
            "sounds_count": len(truth.patches),
            "verdict": judge(truth.patches / CC_MAX, outputs, scores, name, paths.BASELINES),
            "example": self._figure(
                "Figure 15: the best answer", "example", paths.EXAMPLE_FIGURE, experiment=name
            ),
            "errors": self._figure(
                "Figure 16: PSD errors", "errors", paths.ERRORS_FIGURE, experiment=name
            ),
            "knobs": self._figure(
                "Figure 17: labels and outputs", "knobs", paths.KNOBS_FIGURE, experiment=name
            ),
        }

    def _solver(self, solver: SolverExperiment) -> dict[str, Any]:
        entry = self._tested(solver)
        return {
            **entry,
            "notes": self._config.solver_settings(solver.name).notes,
            "train": solver.train,
            "training": self._figure(
                "The solver's training", "solver", paths.SOLVER_FIGURE, solver=solver.name
            ),
            "sounds": self._sounds(entry),
        }

    def _search(self, search: Search) -> dict[str, Any]:
        figure = published.SEARCHES.get(tuple(search.axes), ("",))[0]
        number = f"Figure {figure}: " if figure else ""
        title = f"{number}search of {' and '.join(search.axes).replace('_', ' ')}"
        entry = self._figure(title, "search", paths.SEARCH_FIGURE, search=search.name)
        trainings = self._trainings(search)
        return {
            **entry,
            "curves": len(search.axes) == 1,
            "trainings": len(trainings),
            "saturated": sum(map(published.saturated, trainings)),
        }

    def _published(self, main: Mapping[str, Any]) -> list[published.Comparison]:
        rows = [
            published.compare_search(
                tuple(search.axes),
                read_json(self._file(paths.WINNER, search=search.name))["cells"],
                self._trainings(search),
            )
            for search in self._config.searches
        ]
        scores = pd.read_csv(self._file(paths.SCORES, data_set=main["test"]))
        prior = float(scores.loc[scores["experiment"] == "prior", "psd_mse"].min())
        best = published.Comparison(
            "16",
            f"least PSD error of {main['sounds_count']} (thesis: of 100)",
            published.BEST_PSD_ERROR,
            float(main["scores"].min()),
            prior,
        )
        return [*(row for row in rows if row is not None), best]

    def _why(self) -> dict[str, Any]:
        histories = {
            name: read_json(self._file(paths.HISTORY, experiment=name))
            for name in (self._config.report.main, self._config.report.unregularised)
        }
        return {
            "regularised": histories[self._config.report.main],
            "unregularised": histories[self._config.report.unregularised],
        }

    def _ablation(self) -> dict[str, Any]:
        found = read_results(self._file(paths.ABLATION))
        figures = [self._figure("One change at a time", "ablation", paths.ABLATION_FIGURE)]
        if len(found.points):
            figures.append(self._figure("Learning curves", "learning_curves", paths.CURVES_FIGURE))
        steps, points = (t.to_dict(orient="records") for t in (found.steps, found.points))
        return {"steps": steps, "points": points, "figures": figures}

    def _trainings(self, search: Search) -> list[dict[str, Any]]:
        return [
            read_json(self._file(paths.CELL, search=search.name, cell=cell, repeat=str(repeat)))
            for cell in cells(search)
            for repeat in range(search.repeats)
        ]

    def _recapture(self, test_set: str) -> list[str]:
        return describe(pd.read_csv(self._file(paths.RECAPTURE, data_set=test_set)))

    def _audibility(self, test_set: str) -> dict[str, Any]:
        rows = pd.read_csv(self._file(paths.AUDIBILITY, data_set=test_set))
        table = summary(rows, self._instrument(test_set)).to_dict(orient="records")
        return {"sounds": rows["index"].nunique(), "rows": table}

    def _knobs(self, tested: Mapping[str, Any]) -> list[dict[str, Any]]:
        test_set = tested["test"]
        rows = pd.read_csv(self._file(paths.AUDIBILITY, data_set=test_set))
        return knobs_table(
            self._instrument(test_set), self._truth(test_set), self._answer(tested), rows
        )

    def _sounds(self, tested: Mapping[str, Any]) -> list[Sound]:
        return sounds(self._truth(tested["test"]), self._answer(tested), tested["scores"])

    def _answer(self, tested: Mapping[str, Any]) -> Shard:
        wildcards = {"data_set": tested["test"], "answer": tested["name"]}
        return read_shards([self._file(paths.ANSWER_MANIFEST, **wildcards)])

    def _instrument(self, data_set: str) -> Instrument:
        fixed = self._config.data_set(data_set).fixed
        return load_instrument(self._config.instrument_of(data_set), fixed)


def sounds(truth: Shard, answer: Shard, scores: pd.Series) -> list[Sound]:
    """Choose the best, the median and the worst answer.

    Parameters
    ----------
    truth, answer : Shard
        The test set and the answers to it.
    scores : pandas.Series
        PSD error by index.

    Returns
    -------
    list of Sound
        Three sounds.
    """
    ranked = [int(i) for i in scores.sort_values(kind="stable").index]
    chosen = {"Best": ranked[0], "Median": ranked[len(ranked) // 2], "Worst": ranked[-1]}
    return [
        Sound(
            title,
            index,
            float(scores[index]),
            audio_uri(truth.audio[index], truth.sample_rate),
            audio_uri(answer.audio[index], answer.sample_rate),
            list(
                zip(
                    truth.names,
                    truth.patches[index].tolist(),
                    answer.patches[index].tolist(),
                    strict=True,
                )
            ),
        )
        for title, index in chosen.items()
    ]


def metrics_table(metrics: pd.DataFrame, test_set: str) -> list[dict[str, Any]]:
    """Lay out the metrics of a test set, one row per answer, the best median PSD error first.

    Parameters
    ----------
    metrics : pandas.DataFrame
        Long form, as in `metrics.csv`.
    test_set : str
        The test set.

    Returns
    -------
    list of dict
        `answer`; the statistics of the PSD error, and `floors`, its median as a multiple of the
        floor's; the means `mss`, `wmfcc`, `sot`, `rms_cosine` and `parameter_mse`, and
        `mss_floors`, the mean MSS as a multiple of the floor's.
    """
    own = metrics[metrics["dataset"] == test_set]
    wide = own.pivot_table(index="experiment", columns=["metric", "statistic"], values="value")
    psd = pd.DataFrame(wide["psd_mse"]).sort_values("median", kind="stable")
    means = pd.DataFrame(wide.xs("mean", axis=1, level="statistic"))[[*METRICS, "parameter_mse"]]
    rows = psd.join(means).assign(
        floors=psd["median"] / psd["median"]["floor"],
        mss_floors=means["mss"] / means["mss"]["floor"],
    )
    return [
        {"answer": name, **{str(column): value for column, value in row.items()}}
        for name, row in rows.iterrows()
    ]


def knobs_table(
    instrument: Instrument, truth: Shard, answer: Shard, audibility: pd.DataFrame
) -> list[dict[str, Any]]:
    """Say knob by knob how far an answer is off, over all sounds and where the knob counts.

    Parameters
    ----------
    instrument : Instrument
        What was played.
    truth, answer : Shard
        The test set and the answers to it.
    audibility : pandas.DataFrame
        In which sounds a knob counts, see `synthinv.audibility.audibility`.

    Returns
    -------
    list of dict
        One row per parameter: `name`, and a `ParameterScore` each for `everywhere` and for where
        it `counts`, which is known of the sounds whose knobs were turned.
    """
    turned = audibility.pivot_table(index="index", columns="parameter", values="counts")
    counted = np.zeros(truth.patches.shape, dtype=bool)
    counted[turned.index] = turned[list(instrument.names)].to_numpy(dtype=bool)
    everywhere, there = (
        parameter_scores(instrument.parameters, truth.patches, answer.patches, mask)
        for mask in (None, counted)
    )
    return [
        {"name": a.name, "everywhere": a, "counts": b}
        for a, b in zip(everywhere, there, strict=True)
    ]


def data_set_table(manifests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Count what was captured.

    Parameters
    ----------
    manifests : sequence of manifest
        Of every shard.

    Returns
    -------
    list of dict
        One row per data set: `data_set`, `instrument`, `shards`, `notes`, and the draws replaced
        because they were `silent` or `clipped`.
    """
    rows = [{**m, **m["replaced"], "shards": 1} for m in manifests]
    counts = ["shards", "notes", "silent", "clipped"]
    table = pd.DataFrame(rows).groupby(["data_set", "instrument"], sort=False)[counts].sum()
    return cast(list[dict[str, Any]], table.reset_index().to_dict(orient="records"))


def parameter_table(instrument: Instrument) -> list[dict[str, Any]]:
    """List the instrument's knobs: `name`, `group`, `cc`, `positions` and `sample`."""
    return [
        {
            "name": p.name,
            "group": p.group,
            "cc": p.cc,
            "positions": ", ".join(map(str, p.positions)) if p.positions else "0–127",
            "sample": p.sample.distribution,
        }
        for p in instrument.parameters
    ]


def render(context: Mapping[str, Any]) -> str:
    """Fill in the page.

    Parameters
    ----------
    context : mapping
        What the template `templates/report.html.j2` shows.

    Returns
    -------
    str
        HTML; every text from outside is escaped.
    """
    return fill("report.html.j2", context)
