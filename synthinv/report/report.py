"""The HTML report: one self-contained page, with figures and sounds inside."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from synthinv.capture.shards import Shard, read_shards
from synthinv.common.files import Manifest, intact, read_manifest, read_table
from synthinv.config.names import BASELINES
from synthinv.config.root import Config
from synthinv.config.sections.experiment import ExperimentConfig
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.config.sections.solver import SolverExperimentConfig
from synthinv.evaluate.ablation import read_results
from synthinv.evaluate.audibility import summary
from synthinv.evaluate.predictions import read_predictions
from synthinv.evaluate.recapture import describe
from synthinv.evaluate.verdict import SATURATED_ABOVE, judge
from synthinv.instruments.model import CC_MAX, Instrument, load_instrument
from synthinv.metrics.audio import METRICS
from synthinv.pages.html import audio_uri, data_uri, fill
from synthinv.pipeline import paths
from synthinv.report import published
from synthinv.search.curves import METHOD_TITLES, relative_to_one_step
from synthinv.thesis.grid import cells

GLANCED = ("mean", "nearest", "one_step")
RENDERS = (1, 10, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True)
class Bar:
    """An answer at a glance.

    Attributes
    ----------
    title : str
        What it is called.
    floors : float
        Mean MSS as a multiple of the floor's.
    width : float
        The bar's length in percent.
    kind : str
        "works" or "fails", as the verdict says; empty for a baseline.
    """

    title: str
    relative: float
    width: float
    kind: str


@dataclass(frozen=True)
class Sound:
    """A test sound and the answer to it, to be listened to.

    Attributes
    ----------
    title : str
        Best, median or worst.
    index : int
        Index in the test set.
    psd_error : float
        The answer's PSD error.
    original, prediction : str
        Data URIs of both notes.
    knobs : list of (str, int, int)
        Parameter, true and answered CC value.
    """

    title: str
    index: int
    psd_error: float
    original: str
    prediction: str
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
        experiments[config.report.main] = self._heard(experiments[config.report.main])
        solvers = [self._solver(s) for s in config.solvers]
        metrics = read_table(self._file(paths.METRICS))
        studied = {e.name for e in config.studied}
        metrics = metrics[~metrics["predictor"].isin(studied)]
        tests = dict.fromkeys(t.test for t in config.presented)
        main = experiments[config.report.main]
        # The first solver has a section of its own, with its refined answer.
        shown, further = solvers[:1], solvers[1:]
        heads = [main, *shown, *(s["refined"] for s in shown if s["refined"])]
        return {
            "title": config.report.title,
            "main": main,
            "unregularised": experiments[config.report.unregularised],
            "heads": heads,
            "glance": glance(metrics_table(metrics, main["test"]), heads),
            "others": [e for name, e in experiments.items() if name != config.report.main]
            + further,
            "solvers": shown,
            "tested": [*experiments.values(), *solvers],
            "own": [name for name in config.predictors if name not in studied],
            "test_sets": [{"name": name, "rows": metrics_table(metrics, name)} for name in tests],
            "refinement": config.refinement,
            "patch_searches": self._patch_searches(),
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
            "grid_searches": [self._search(s) for s in config.grid_searches],
            "training": self._figure(
                "Figure 14: training with and without L2", "training", paths.TRAINING_FIGURE
            ),
            "recapture": self._recapture(main["test"]),
            "audibility": self._audibility(main["test"]),
            "why": self._why(),
            "ablation": self._ablation() if config.ablation else None,
            "config": intact(self._file(paths.CONFIG)).read_text(encoding="utf-8"),
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

    def _scores(self, test_set: str, predictors: Sequence[str]) -> pd.DataFrame:
        return pd.concat(
            read_table(self._file(paths.SCORES, data_set=test_set, predictor=name))
            for name in predictors
        )

    def _judged(self, name: str, title: str, test: str) -> dict[str, Any]:
        truth = self._truth(test)
        prediction = self._file(paths.PREDICTION, data_set=test, predictor=name)
        outputs = read_predictions(prediction, truth.names, len(truth.audio))
        scores = self._scores(test, (name, *BASELINES))
        return {
            "name": name,
            "test": test,
            "title": title,
            "scores": scores[scores["predictor"] == name].set_index("index")["psd_error"],
            "sounds_count": len(truth.patches),
            "verdict": judge(truth.patches / CC_MAX, outputs, scores, name, BASELINES),
        }

    def _heard(self, judged: Mapping[str, Any]) -> dict[str, Any]:
        """Add what needs the notes of an answer: sounds to listen to, and knob by knob."""
        return {**judged, "sounds": self._sounds(judged), "knob_scores": self._knobs(judged)}

    def _tested(self, tested: ExperimentConfig | SolverExperimentConfig) -> dict[str, Any]:
        name = tested.name
        history = read_manifest(self._file(paths.HISTORY, experiment=name))
        return {
            **self._judged(name, tested.title, tested.test),
            "settings": history["settings"],
            "history": history,
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

    def _solver(self, solver: SolverExperimentConfig) -> dict[str, Any]:
        refined = None
        if solver in self._config.refined:
            title = f"{solver.title}, refined"
            refined = self._heard(self._judged(solver.refined, title, solver.test))
        return {
            **self._heard(self._tested(solver)),
            "refined": refined,
            "rows": self._beside_baselines([solver.name, solver.refined], solver.test),
            "notes": self._config.solver_settings(solver.name).notes,
            "train": solver.train,
            "training": self._figure(
                "The solver's training", "solver", paths.SOLVER_FIGURE, solver=solver.name
            ),
        }

    def _beside_baselines(self, names: Sequence[str], test: str) -> list[dict[str, Any]]:
        rows = metrics_table(read_table(self._file(paths.METRICS)), test)
        return [row for row in rows if row["predictor"] in (*names, *GLANCED)]

    def _patch_searches(self) -> dict[str, Any] | None:
        if not self._config.counts_renders:
            return None
        table = read_table(self._file(paths.PATCH_SEARCHES))
        return {
            **renders_table(table),
            "figure": self._figure(
                "Error against number of renders", "patch_search", paths.PATCH_SEARCH_FIGURE
            ),
        }

    def _search(self, grid_search: GridSearchConfig) -> dict[str, Any]:
        figure = published.GRID_SEARCHES.get(tuple(grid_search.axes), ("",))[0]
        number = f"Figure {figure}: " if figure else ""
        title = f"{number}search of {' and '.join(grid_search.axes).replace('_', ' ')}"
        entry = self._figure(
            title, "grid_search", paths.GRID_SEARCH_FIGURE, grid_search=grid_search.name
        )
        trainings = self._trainings(grid_search)
        return {
            **entry,
            "curves": len(grid_search.axes) == 1,
            "trainings": len(trainings),
            "saturated": sum(map(published.saturated, trainings)),
        }

    def _published(self, main: Mapping[str, Any]) -> list[published.Comparison]:
        rows = [
            published.compare_grid_search(
                tuple(grid_search.axes),
                read_manifest(self._file(paths.WINNER, grid_search=grid_search.name))["cells"],
                self._trainings(grid_search),
            )
            for grid_search in self._config.grid_searches
        ]
        mean_predictor = float(self._scores(main["test"], ["mean"])["psd_error"].min())
        best = published.Comparison(
            "16",
            f"least PSD error of {main['sounds_count']} (thesis: of 100)",
            published.BEST_PSD_ERROR,
            float(main["scores"].min()),
            mean_predictor,
        )
        return [*(row for row in rows if row is not None), best]

    def _why(self) -> dict[str, Any]:
        histories = {
            name: read_manifest(self._file(paths.HISTORY, experiment=name))
            for name in (self._config.report.main, self._config.report.unregularised)
        }
        main = histories[self._config.report.main]
        return {
            "regularised": main,
            "unregularised": histories[self._config.report.unregularised],
            "saturated": main["validation"][-1] > SATURATED_ABOVE * main["mean_predictor"],
        }

    def _ablation(self) -> dict[str, Any]:
        found = read_results(self._file(paths.ABLATION))
        figures = [self._figure("One change at a time", "ablation", paths.ABLATION_FIGURE)]
        if len(found.points):
            figures.append(self._figure("Learning curves", "learning_curves", paths.CURVES_FIGURE))
        steps, points = (t.to_dict(orient="records") for t in (found.steps, found.points))
        return {"steps": steps, "points": points, "figures": figures}

    def _trainings(self, grid_search: GridSearchConfig) -> list[dict[str, Any]]:
        return [
            read_manifest(
                self._file(paths.CELL, grid_search=grid_search.name, cell=cell, repeat=str(repeat))
            )
            for cell in cells(grid_search)
            for repeat in range(grid_search.repeats)
        ]

    def _recapture(self, test_set: str) -> list[str]:
        return describe(read_table(self._file(paths.RECAPTURE, data_set=test_set)))

    def _audibility(self, test_set: str) -> dict[str, Any]:
        rows = read_table(self._file(paths.AUDIBILITY, data_set=test_set))
        table = summary(rows, self._instrument(test_set)).to_dict(orient="records")
        return {"sounds": rows["index"].nunique(), "rows": table}

    def _knobs(self, tested: Mapping[str, Any]) -> list[dict[str, Any]]:
        test_set = tested["test"]
        table = read_table(self._file(paths.KNOBS))
        own = table[(table["predictor"] == tested["name"]) & (table["data_set"] == test_set)]
        return [
            {"name": name, **rows.set_index("counted").to_dict(orient="index")}
            for name, rows in own.groupby("parameter", sort=False)
        ]

    def _sounds(self, tested: Mapping[str, Any]) -> list[Sound]:
        return sounds(self._truth(tested["test"]), self._answer(tested), tested["scores"])

    def _answer(self, tested: Mapping[str, Any]) -> Shard:
        test_set = tested["test"]
        wildcards = {"data_set": test_set, "predictor": tested["name"]}
        prediction = read_shards([self._file(paths.PREDICTION_MANIFEST, **wildcards)])
        # Of the patches that sound like it, the one whose knobs can be compared with the truth's.
        patches = self._instrument(test_set).closest_equivalents(
            prediction.patches, self._truth(test_set).patches / CC_MAX
        )
        return replace(prediction, patches=patches)

    def _instrument(self, data_set: str) -> Instrument:
        fixed = self._config.data_set(data_set).fixed
        return load_instrument(self._config.instrument_of(data_set), fixed)


def sounds(truth: Shard, prediction: Shard, scores: pd.Series) -> list[Sound]:
    """Choose the best, the median and the worst answer.

    Parameters
    ----------
    truth, prediction : Shard
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
            audio_uri(prediction.audio[index], prediction.sample_rate),
            list(
                zip(
                    truth.names,
                    truth.patches[index].tolist(),
                    prediction.patches[index].tolist(),
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
        `answer`; the statistics of the PSD error, and `relative`, its median as a multiple of the
        floor's; the means `mss`, `wmfcc`, `sot`, `rms_cosine` and `parameter_mse`, and
        `relative_mss`, the mean MSS as a multiple of the floor's.
    """
    own = metrics[metrics["data_set"] == test_set]
    wide = own.pivot_table(index="predictor", columns=["metric", "statistic"], values="value")
    psd = pd.DataFrame(wide["psd_error"]).sort_values("median", kind="stable")
    means = pd.DataFrame(wide.xs("mean", axis=1, level="statistic"))[[*METRICS, "parameter_mse"]]
    rows = psd.join(means).assign(
        relative=psd["median"] / psd["median"]["one_step"],
        relative_mss=means["mss"] / means["mss"]["one_step"],
    )
    return [
        {"predictor": name, **{str(column): value for column, value in row.items()}}
        for name, row in rows.iterrows()
    ]


def glance(rows: Sequence[Mapping[str, Any]], heads: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """Line up what the report is about, the worst answer first.

    Parameters
    ----------
    rows : sequence of mapping
        As `metrics_table` returns them.
    heads : sequence of mapping
        `name`, `title` and `verdict` of the answers that the verdicts at the top are on.

    Returns
    -------
    list of Bar
        Those and the baselines between which they lie.
    """
    titles = {head["name"]: head["title"] for head in heads}
    verdicts = {head["name"]: head["verdict"] for head in heads}
    chosen = [row for row in rows if row["predictor"] in titles or row["predictor"] in GLANCED]
    most = max(row["relative_mss"] for row in chosen)
    return [
        Bar(
            title=titles.get(name, name),
            relative=row["relative_mss"],
            width=100 * row["relative_mss"] / most,
            kind="" if name not in verdicts else "works" if verdicts[name].works else "fails",
        )
        for row in sorted(chosen, key=lambda row: -row["relative_mss"])
        for name in [row["predictor"]]
    ]


def renders_table(table: pd.DataFrame) -> dict[str, Any]:
    """Lay out error against number of renders.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `method`, `index`, `renders`, `mss`: see `synthinv.search.curves`.

    Returns
    -------
    dict
        `sounds`, how many; `renders`, the columns; `rows`: `method`, and `errors`, the mean MSS in
        floors after so many renders, none where a method has spent less. The best at its end first.
    """
    spent = table.groupby("method")["renders"].max()
    columns = sorted({*(r for r in RENDERS if r <= spent.max()), *spent.astype(int)})
    sums = relative_to_one_step(table, columns).pivot_table(
        index="method", columns="renders", values="mean"
    )
    ranked = sums.assign(last=sums.ffill(axis=1).iloc[:, -1]).sort_values("last", kind="stable")
    rows = [
        {
            "method": METHOD_TITLES.get(str(method), str(method)),
            "errors": [None if np.isnan(e) else float(e) for e in row[columns]],
        }
        for method, row in ranked.iterrows()
    ]
    return {"sounds": table["index"].nunique(), "renders": columns, "rows": rows}


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
