"""Which files a data set, a search, an experiment or a solver consists of, for the rules."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from synthinv.common.errors import SynthinvError
from synthinv.config.names import BASELINES
from synthinv.config.root import Config
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.sections.types import Setting
from synthinv.instruments.model import load_instrument
from synthinv.pipeline import paths
from synthinv.pipeline.plan import plan
from synthinv.solver.registry import shipped_solver
from synthinv.thesis.grid import cells

# Baselines whose errors are drawn as lines beside losses. The mean predictor's is in the training's
# own history.
BASELINE_LINES = ("random", "nearest", "one_step")


class Targets:
    """Lists of files below the results folder.

    Parameters
    ----------
    config : Config
        The configuration.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self.cells: dict[str, dict[str, dict[str, Setting]]] = {
            grid_search.name: cells(grid_search) for grid_search in config.grid_searches
        }
        # Whose knobs are turned, and patches for whose first sounds are searched.
        self.main_set: str = config.experiment(config.report.main).test
        self.patch_search_jobs: dict[str, range] = self._patch_search_jobs()
        self.test_sets: tuple[str, ...] = tuple(dict.fromkeys(e.test for e in config.networks))
        self.planned: list[dict[str, Any]] = plan(config)
        self.planned_sets: tuple[str, ...] = tuple(
            dict.fromkeys(row["data_set"] for row in self.planned)
        )

    def _patch_search_jobs(self) -> dict[str, range]:
        """Share the sounds out among jobs."""
        searches = self._config.patch_searches
        count = min(searches.sounds, self._config.data_set(self.main_set).samples)
        starts = range(0, count, searches.sounds_per_job)
        return {
            f"{i:05d}": range(start, min(start + searches.sounds_per_job, count))
            for i, start in enumerate(starts)
        }

    def result(self, pattern: str, **wildcards: str | int) -> str:
        """Place a path pattern below the results folder; wildcards not given stay open."""
        for name, value in wildcards.items():
            pattern = pattern.replace(f"{{{name}}}", str(value))
        return f"{self._config.results}/{pattern}"

    def manifest(self, pattern: str, **wildcards: str | int) -> str:
        """Place the manifest beside a file that stands alone, see `synthinv.common.files.seal`."""
        return str(Path(self.result(pattern, **wildcards)).with_suffix(".json").as_posix())

    def shards(self, pattern: str, data_set: str, **wildcards: str) -> list[str]:
        """List one file for each shard of a data set."""
        return [
            self.result(pattern, data_set=data_set, shard=shard, **wildcards)
            for shard in self._config.data_set(data_set).shards
        ]

    def searched(self, pattern: str, grid_search: str) -> list[str]:
        """List one file for each spectrogram store that a search trains on."""
        section = self._config.grid_search(grid_search)
        return self.shards(pattern, section.data_set, spectrogram=section.spectrogram)

    def trained_on(self, pattern: str, experiment: str) -> list[str]:
        """List one file for each spectrogram store that an experiment trains on."""
        section = self._config.experiment(experiment)
        data_set = self._config.data_set(section.train)
        return [
            self.result(
                pattern, data_set=data_set.name, shard=shard, spectrogram=section.spectrogram
            )
            for shard in data_set.first_shards(self._config.patch_count(section))
        ]

    def tested_on(self, pattern: str, experiment: str) -> list[str]:
        """List one file for each spectrogram store that an experiment is tested on."""
        section = self._config.experiment(experiment)
        return self.shards(pattern, section.test, spectrogram=section.spectrogram)

    def solved_from(self, pattern: str, solver: str) -> list[str]:
        """List one file for each shard that a solver trains on: none for fresh notes."""
        train = self._config.solver_experiment(solver).train
        return [] if train is None else self.shards(pattern, train)

    def refined(self, pattern: str, solver: str) -> list[str]:
        """List one file for each shard of a solver's test set, refined."""
        return self.shards(pattern, self._config.test_set(solver), solver=solver)

    def patch_search_curves(self) -> list[str]:
        """List the errors of every job of every search of patches."""
        return [
            self.result(paths.PATCH_SEARCH_CURVES, data_set=self.main_set, method=method, job=job)
            for method in self._config.patch_search_methods
            for job in self.patch_search_jobs
        ]

    def refined_curves(self) -> list[str]:
        """List the errors of every refinement of the set in which patches are searched."""
        return [
            self.result(paths.REFINED_CURVES, data_set=s.test, solver=s.name)
            for s in self._config.refined
            if s.test == self.main_set
        ]

    def compared_predictors(self) -> list[str]:
        """Name the answers, each of one render, that searches of patches are compared with."""
        shown = [t.name for t in self._config.presented if t.test == self.main_set]
        return ["mean", "nearest", "one_step", *shown]

    def trainings(self, grid_search: str) -> list[str]:
        """List the results of every cell and repeat of a search."""
        repeats = range(self._config.grid_search(grid_search).repeats)
        return [
            self.result(paths.CELL, grid_search=grid_search, cell=cell, repeat=repeat)
            for cell in self.cells[grid_search]
            for repeat in repeats
        ]

    def winner(self, grid_search: str | None) -> list[str]:
        """List the file of a search's winner, or nothing where there is no search."""
        return [] if grid_search is None else [self.result(paths.WINNER, grid_search=grid_search)]

    def reference(self, test_set: str) -> str:
        """Name the first experiment on a test set: the baselines use its training set and view."""
        return next(e.name for e in self._config.networks if e.test == test_set)

    def predictions(self, pattern: str, test_set: str) -> list[str]:
        """List one file for each answer to a test set, the baselines' first."""
        names = [name for name, test in self._config.predictors.items() if test == test_set]
        return [self.result(pattern, data_set=test_set, predictor=a) for a in (*BASELINES, *names)]

    def prediction(self, pattern: str, name: str) -> str:
        """Name a file of an answer of an experiment, a solver or a refinement."""
        return self.result(pattern, data_set=self._config.test_set(name), predictor=name)

    def matched_by(self, pattern: str) -> str:
        """Name a file of the solver that answers sounds: the configured or the shipped one."""
        solver = self._config.match.solver
        if solver is not None:
            return self.result(pattern, experiment=solver)
        instrument = load_instrument(self._config.instrument)
        return str(shipped_solver(instrument.name).with_name(Path(pattern).name))

    def matches(self, sounds: Collection[str]) -> list[str]:
        """List the page of every sound; it is an error if there is none."""
        if not sounds:
            raise SynthinvError("match.sounds: names no folder; give it one with sounds")
        return [self.result(paths.MATCH_PAGE, sound=sound) for sound in sounds]

    def drawn_in(self, name: str) -> SpectrogramConfig:
        """Return the view of an example: an experiment's own, a solver's test set's first."""
        reference = self.reference(self._config.test_set(name))
        own = {e.name: e.spectrogram for e in self._config.networks}
        return self._config.spectrogram(own.get(name, own[reference]))

    def manifests(self) -> list[str]:
        """List every manifest that a finished workflow has written."""
        config = self._config
        files = [
            file
            for name in config.data_sets_used
            for file in self.shards(paths.SHARD_MANIFEST, name)
        ]
        for grid_search in config.grid_searches:
            files += self.searched(paths.STORE_MANIFEST, grid_search.name)
            files += [*self.trainings(grid_search.name), *self.winner(grid_search.name)]
        for experiment in config.networks:
            files += self.trained_on(paths.STORE_MANIFEST, experiment.name)
            files += self.tested_on(paths.STORE_MANIFEST, experiment.name)
        for tested in config.tested:
            files += [self.result(p, experiment=tested.name) for p in (paths.MODEL, paths.HISTORY)]
        for test_set in self.test_sets:
            files += self.predictions(paths.PREDICTION_MANIFEST, test_set)
        return list(dict.fromkeys([*files, *self._sealed()]))

    def _sealed(self) -> list[str]:
        """List the manifests of everything that stands alone."""
        config = self._config
        tables = [paths.CONFIG, paths.METRICS, paths.KNOBS]
        tables += [paths.ABLATION] if config.ablation else []
        tables += [paths.PATCH_SEARCHES] if config.counts_renders else []
        files = [self.manifest(pattern) for pattern in tables]
        files += [
            self.manifest(pattern, data_set=self.main_set)
            for pattern in (paths.AUDIBILITY, paths.RECAPTURE)
        ]
        for test_set in self.test_sets:
            files += [
                str(Path(name).with_suffix(".json"))
                for pattern in (paths.PREDICTION, paths.SCORES)
                for name in self.predictions(pattern, test_set)
            ]
        return files

    def baseline_scores(self, test_set: str) -> list[str]:
        """List the scores of the baselines whose errors figures show as lines beside losses."""
        return [
            self.result(paths.SCORES, data_set=test_set, predictor=name) for name in BASELINE_LINES
        ]

    def grid_search_baseline_scores(self, grid_search: str) -> list[str]:
        """List the baselines' scores to show beside a grid search's losses: none if on other data.

        The losses compare with the main test set's baselines if its instrument and its fixed
        parameters are those of the grid search's data set.
        """
        data_set = self._config.grid_search(grid_search).data_set
        same = self._config.same_kind(data_set, self.main_set)
        return self.baseline_scores(self.main_set) if same else []

    def compared_scores(self) -> list[str]:
        """List the scores of the predictors that patch searches are compared with."""
        return [
            self.result(paths.SCORES, data_set=self.main_set, predictor=name)
            for name in self.compared_predictors()
        ]

    def scores_beside_baselines(self, name: str) -> list[str]:
        """List the scores of one predictor, then those of the baselines on its test set."""
        test_set = self._config.test_set(name)
        return [
            self.result(paths.SCORES, data_set=test_set, predictor=predictor)
            for predictor in (name, *BASELINES)
        ]

    def planned_scores(self) -> list[str]:
        """List the scores of the ablation's networks and of the baselines on their test sets."""
        scored = [(row["data_set"], row["experiment"]) for row in self.planned]
        scored += [(test_set, name) for test_set in self.planned_sets for name in BASELINES]
        return [
            self.result(paths.SCORES, data_set=test_set, predictor=name)
            for test_set, name in scored
        ]

    def planned_truth(self, pattern: str) -> list[str]:
        """List one file for each shard that the ablation's networks are tested on."""
        return [file for name in self.planned_sets for file in self.shards(pattern, name)]

    def ablation(self) -> list[str]:
        """List the path patterns of the ablation's table and figures, if there is one."""
        if self._config.ablation is None:
            return []
        curves = [paths.CURVES_FIGURE] if self._config.learning_curves else []
        return [paths.ABLATION, paths.ABLATION_FIGURE, *curves]

    def reported(self) -> list[str]:
        """List every file that the report reads; it finds them by their path patterns."""
        config, result = self._config, self.result
        files = [result(p) for p in (paths.METRICS, paths.KNOBS)]
        files += [result(p) for p in (paths.WINDOWS_FIGURE, paths.TRAINING_FIGURE)]
        for name in config.data_sets_used:
            files += self.shards(paths.SHARD_MANIFEST, name)
        files += [result(p, data_set=self.main_set) for p in (paths.AUDIBILITY, paths.RECAPTURE)]
        for name in self.test_sets:
            files += self.predictions(paths.SCORES, name)
            files += self.shards(paths.SHARD_AUDIO, name) + self.shards(paths.SHARD_LABELS, name)
        for grid_search in config.grid_searches:
            files += [*self.winner(grid_search.name), *self.trainings(grid_search.name)]
            files.append(result(paths.GRID_SEARCH_FIGURE, grid_search=grid_search.name))
        drawn = (paths.HISTORY, paths.EXAMPLE_FIGURE, paths.ERRORS_FIGURE, paths.KNOBS_FIGURE)
        for shown in config.presented:
            files += [result(pattern, experiment=shown.name) for pattern in drawn]
            files.append(self.prediction(paths.PREDICTION, shown.name))
        files += [result(pattern) for pattern in self.ablation()]
        solvers = [s.name for s in config.solvers]
        files += [result(paths.SOLVER_FIGURE, solver=solver) for solver in solvers]
        refined = [s.refined for s in config.refined]
        files += [self.prediction(paths.PREDICTION, name) for name in refined]
        played = (paths.PREDICTION_MANIFEST, paths.PREDICTION_AUDIO, paths.PREDICTION_PATCHES)
        for heard in (config.report.main, *solvers, *refined):
            files += [self.prediction(pattern, heard) for pattern in played]
        if config.counts_renders:
            files += [result(paths.PATCH_SEARCHES), result(paths.PATCH_SEARCH_FIGURE)]
        return files
