"""What a results folder, finished or not, has of the thesis's trainings and predictions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from synthinv.common.errors import SynthinvError
from synthinv.common.files import Manifest, read_manifest
from synthinv.config import plan
from synthinv.config.root import Config
from synthinv.config.sections.experiment import ExperimentConfig
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.pipeline import paths
from synthinv.pipeline.planned_jobs import PlannedJob
from synthinv.pipeline.progress import Progress
from synthinv.report.results import Results
from synthinv.thesis.grid import cells

# Fields by which repeats of one training differ.
OF_A_REPEAT = {"name", "title", "repeat"}


@dataclass(frozen=True)
class Tested:
    """The predictions of an experiment for its test set.

    Attributes
    ----------
    labels, outputs : float array [sounds, parameters]
        True labels, and the network's outputs.
    psd_errors : float64 array [sounds]
        PSD error of every prediction.
    """

    labels: npt.NDArray[np.floating]
    outputs: npt.NDArray[np.floating]
    psd_errors: npt.NDArray[np.float64]


class ThesisResults:
    """A results folder, finished or not.

    Parameters
    ----------
    config : Config
        The configuration, which names the results folder.
    jobs : sequence of PlannedJob
        All jobs of its workflow.

    Attributes
    ----------
    main, unregularised : ExperimentConfig
        The thesis's network with L2, which heads the report, and without.

    Raises
    ------
    SynthinvError
        If the report is not about such a pair.
    """

    def __init__(self, config: Config, jobs: Sequence[PlannedJob]) -> None:
        self.config = config
        self.jobs = jobs
        self.progress = Progress(Path(config.results), jobs)
        self._results = Results(config, {})
        pair = plan.main_experiments(config)
        if pair is None:
            raise SynthinvError(
                f"{config.results}: its report is not on the thesis's network; give report.main "
                "and report.unregularised, as config/thesis.yaml does"
            )
        self.main, self.unregularised = pair

    def file(self, pattern: str, **wildcards: str) -> Path | None:
        """Return the path of a result, None if it is not there."""
        path = self._results.file(pattern, **wildcards)
        return path if path.is_file() else None

    def grid_search(self, *axes: str) -> GridSearchConfig | None:
        """Return the first grid search of these axes."""
        return next((g for g in self.config.grid_searches if tuple(g.axes) == axes), None)

    def cells(self, search: GridSearchConfig) -> dict[str, dict[int, Manifest]]:
        """Read the trainings of a grid search that are there: cell to repeat to history."""
        found: dict[str, dict[int, Manifest]] = {}
        for cell in cells(search):
            for repeat in range(search.repeats):
                wildcards = {"grid_search": search.name, "cell": cell, "repeat": str(repeat)}
                if path := self.file(paths.CELL, **wildcards):
                    found.setdefault(cell, {})[repeat] = read_manifest(path)
        return found

    def repeats(self, name: str) -> list[ExperimentConfig]:
        """Return the experiments that train and test as one of them does, itself first."""
        experiments = self.config.experiments
        itself = self.config.experiment(name)
        alike = [e for e in experiments if _apart_from_repeat(e) == _apart_from_repeat(itself)]
        return [itself, *(e for e in alike if e.name != name)]

    def histories(self, experiments: Sequence[ExperimentConfig]) -> dict[str, Manifest]:
        """Read the trainings of some experiments that are there: name to history."""
        found = {e.name: self.file(paths.HISTORY, predictor=e.name) for e in experiments}
        return {name: read_manifest(path) for name, path in found.items() if path is not None}

    def tested(self, experiments: Sequence[ExperimentConfig]) -> dict[str, Tested]:
        """Read the predictions of some experiments that are there and scored."""
        there = [
            e
            for e in experiments
            if self.file(paths.SCORES, data_set=e.test, predictor=e.name) is not None
        ]
        return {experiment.name: self._tested(experiment) for experiment in there}

    def _tested(self, experiment: ExperimentConfig) -> Tested:
        results, test_set = self._results, experiment.test
        instrument = results.instrument(test_set)
        outputs = results.labels(test_set, experiment.name)
        patches = instrument.closest_equivalents(results.truth(test_set).patches, outputs)
        scores = results.scores(test_set, [experiment.name])
        errors = scores["psd_error"].to_numpy(dtype=np.float64)
        return Tested(instrument.encode(patches), outputs, errors)


def _apart_from_repeat(experiment: ExperimentConfig) -> dict[str, object]:
    return experiment.model_dump(exclude=OF_A_REPEAT)
