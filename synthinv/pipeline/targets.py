"""Path patterns placed below the results folder of a configuration."""

from pathlib import Path

from synthinv.config import plan
from synthinv.config.names import BASELINES
from synthinv.config.root import Config


class Targets:
    """Files below the results folder.

    Parameters
    ----------
    config : Config
        The configuration.
    """

    def __init__(self, config: Config) -> None:
        self._config = config

    def result(self, pattern: str, **wildcards: str | int) -> str:
        """Place a path pattern below the results folder; wildcards not given stay open."""
        for name, value in wildcards.items():
            pattern = pattern.replace(f"{{{name}}}", str(value))
        return f"{self._config.results}/{pattern}"

    def manifest(self, pattern: str, **wildcards: str | int) -> str:
        """Place the manifest beside a file that stands alone, see `synthinv.common.files.seal`."""
        return Path(self.result(pattern, **wildcards)).with_suffix(".json").as_posix()

    def shards(self, pattern: str, data_set: str, **wildcards: str) -> list[str]:
        """List one file for each shard of a data set."""
        return [
            self.result(pattern, data_set=data_set, shard=shard, **wildcards)
            for shard in plan.shard_names(self._config.data_set(data_set))
        ]

    def prediction(self, pattern: str, predictor: str) -> str:
        """Place a file of the predictions of an experiment, a solver or a refinement."""
        test_set = plan.test_set(self._config, predictor)
        return self.result(pattern, data_set=test_set, predictor=predictor)

    def predictions(self, pattern: str, test_set: str) -> list[str]:
        """List one file for each predictor of a test set, the baselines first."""
        names = [name for name, test in plan.predictors(self._config).items() if test == test_set]
        return [self.result(pattern, data_set=test_set, predictor=p) for p in (*BASELINES, *names)]
