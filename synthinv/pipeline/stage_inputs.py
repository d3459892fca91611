"""The files that each stage of the workflow reads."""

from collections.abc import Collection
from pathlib import Path

from synthinv.common.errors import SynthinvError
from synthinv.config import plan
from synthinv.config.names import BASELINES
from synthinv.config.readings import reading_trainings
from synthinv.config.root import Config
from synthinv.config.sections.data_set import DataSetConfig
from synthinv.config.sections.varied_notes import PresetDrawsConfig
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.native.formats import preset_files
from synthinv.instruments.presets import preset_tables
from synthinv.pipeline import paths
from synthinv.pipeline.sound_folder import sounds_in
from synthinv.pipeline.targets import Targets
from synthinv.solver.registry import shipped_solver
from synthinv.thesis.grid import cells

# Baselines whose errors are drawn as lines beside losses. The mean predictor's is in the history of
# each training.
BASELINE_LINES = ("random", "nearest", "one_step")


class StageInputs:
    """Lists of files that stages read.

    Where a stage reads several files of one kind per shard (audio, labels, manifest; store and its
    manifest), the path pattern says which.

    Parameters
    ----------
    config : Config
        The configuration.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._targets = Targets(config)

    # Presets.

    def preset_files(self) -> dict[str, list[str]]:
        """List the preset files of every data set that has some, by its name.

        Raises
        ------
        SynthinvError
            If a file or folder is not there, or an instrument has no format of its own.
        """
        return {
            data_set.name: [
                file.as_posix()
                for file in preset_files(self._instrument(data_set), data_set.presets)
            ]
            for data_set in self._config.data_sets
            if data_set.presets
        }

    def _instrument(self, data_set: DataSetConfig) -> Instrument:
        return load_instrument(self._config.instrument_of(data_set.name))

    def preset_modules(self, data_set: str) -> list[str]:
        """List the module that reads the preset files of a data set."""
        instrument = self._instrument(self._config.data_set(data_set))
        return [f"instruments.native.{instrument.format}"]

    def preset_tables(self, pattern: str, data_set: str) -> list[str]:
        """List one file for each data set that a data set of presets must be apart from."""
        return [
            self._targets.result(pattern, data_set=name)
            for name in self._config.data_set(data_set).apart_from
        ]

    # Spectrograms.

    def all_stores(self, pattern: str) -> list[str]:
        """List one file for each spectrogram store: of every kind, for every data set."""
        return [
            file
            for spectrogram in self._config.spectrograms
            for data_set in self._config.data_sets
            for file in self._targets.shards(pattern, data_set.name, spectrogram=spectrogram.name)
        ]

    # Grid search.

    def grid_search_stores(self, pattern: str, grid_search: str) -> list[str]:
        """List one file for each spectrogram store that a grid search trains on."""
        section = self._config.grid_search(grid_search)
        return self._targets.shards(pattern, section.data_set, spectrogram=section.spectrogram)

    def grid_search_cells(self, grid_search: str) -> list[str]:
        """List the results of every cell and repeat of a grid search."""
        section = self._config.grid_search(grid_search)
        return [
            self._targets.result(paths.CELL, grid_search=grid_search, cell=cell, repeat=repeat)
            for cell in cells(section)
            for repeat in range(section.repeats)
        ]

    def winner(self, grid_search: str | None) -> list[str]:
        """List the file of a grid search's winner; nothing where there is no grid search."""
        if grid_search is None:
            return []
        return [self._targets.result(paths.WINNER, grid_search=grid_search)]

    # Training and test of an experiment.

    def training_stores(self, pattern: str, experiment: str) -> list[str]:
        """List one file for each spectrogram store that an experiment trains on."""
        section = plan.experiment(self._config, experiment)
        data = plan.TrainingData(section.train, section.spectrogram, section.samples)
        return self._stores(pattern, data)

    def test_stores(self, pattern: str, experiment: str) -> list[str]:
        """List one file for each spectrogram store that an experiment is tested on."""
        section = plan.experiment(self._config, experiment)
        return self._targets.shards(pattern, section.test, spectrogram=section.spectrogram)

    # Baselines.

    def baseline_training_stores(self, pattern: str, test_set: str) -> list[str]:
        """List one file for each spectrogram store that a test set's baselines learn from."""
        return self._stores(pattern, self._reference(test_set))

    def baseline_test_stores(self, pattern: str, test_set: str) -> list[str]:
        """List one file for each spectrogram store of a test set that its baselines compare."""
        spectrogram = self._reference(test_set).spectrogram
        return self._targets.shards(pattern, test_set, spectrogram=spectrogram)

    def _reference(self, test_set: str) -> plan.TrainingData:
        data = plan.reference(self._config, test_set)
        assert data is not None  # `synthinv.config.checks` sees to it where there is a report
        return data

    def _stores(self, pattern: str, data: plan.TrainingData) -> list[str]:
        shards = plan.shard_names(self._config.data_set(data.data_set), data.samples)
        return [
            self._targets.result(
                pattern, data_set=data.data_set, shard=shard, spectrogram=data.spectrogram
            )
            for shard in shards
        ]

    # Solver.

    def solver_shards(self, pattern: str, solver: str) -> list[str]:
        """List one file for each shard that a solver trains on; nothing for fresh notes."""
        train = self._config.solver_experiment(solver).train
        return [] if train is None else self._targets.shards(pattern, train)

    def solver_presets(self, solver: str) -> list[str]:
        """List the preset files near which a solver's training patches are drawn."""
        draws, instrument = self._preset_draws(solver), self._played(solver)
        own = preset_tables(instrument) if any(not draw.files for draw in draws) else []
        named = [file for draw in draws for file in draw.files]
        banks = preset_files(instrument, named) if named else []
        return [str(file) for file in own + banks]

    def solver_modules(self, solver: str) -> list[str]:
        """List the module that reads preset files in the instrument's format, if there are some."""
        if not any(draw.files for draw in self._preset_draws(solver)):
            return []
        return [f"instruments.native.{self._played(solver).format}"]

    def _preset_draws(self, solver: str) -> list[PresetDrawsConfig]:
        settings = plan.solver_settings(self._config, solver)
        kinds = () if settings.varied is None else settings.varied.kinds
        drawn = [kind for kind in kinds if settings.kinds is None or kind.name in settings.kinds]
        return [kind.presets for kind in drawn if kind.presets is not None]

    def _played(self, solver: str) -> Instrument:
        test = self._config.solver_experiment(solver).test
        return load_instrument(self._config.instrument_of(test))

    def refined_shards(self, pattern: str, solver: str) -> list[str]:
        """List one file for each shard of a solver's test set, refined."""
        test_set = plan.test_set(self._config, solver)
        return self._targets.shards(pattern, test_set, solver=solver)

    # Scores.

    def all_scores(self) -> list[str]:
        """List the scores of every predictor on every test set."""
        return [
            file
            for test_set in plan.test_sets(self._config)
            for file in self._targets.predictions(paths.SCORES, test_set)
        ]

    def baseline_line_scores(self, test_set: str) -> list[str]:
        """List the scores of the baselines whose errors are drawn as lines beside losses."""
        return [
            self._targets.result(paths.SCORES, data_set=test_set, predictor=name)
            for name in BASELINE_LINES
        ]

    def grid_search_baseline_scores(self, grid_search: str) -> list[str]:
        """List the baselines' scores to draw beside a grid search's losses, if they compare."""
        test_set = plan.baseline_test_set(self._config, grid_search)
        return [] if test_set is None else self.baseline_line_scores(test_set)

    def scores_beside_baselines(self, predictor: str) -> list[str]:
        """List the scores of a predictor, then those of the baselines on its test set."""
        test_set = plan.test_set(self._config, predictor)
        return [
            self._targets.result(paths.SCORES, data_set=test_set, predictor=name)
            for name in (predictor, *BASELINES)
        ]

    # Patch searches.

    def searched_shards(self, pattern: str, data_set: str, job: str) -> list[str]:
        """List one file for each shard up to the last sound of a patch search's job.

        So a test set that grows leaves the jobs on its first sounds as they are.
        """
        last = plan.patch_search_jobs(self._config)[job].stop
        return [
            self._targets.result(pattern, data_set=data_set, shard=shard)
            for shard in plan.shard_names(self._config.data_set(data_set), last)
        ]

    def compared_scores(self) -> list[str]:
        """List the scores of the predictors that patch searches are compared with."""
        main = plan.main_test_set(self._config)
        return [
            self._targets.result(paths.SCORES, data_set=main, predictor=name)
            for name in plan.one_render_predictors(self._config)
        ]

    def patch_search_curves(self) -> list[str]:
        """List the errors of every job of every patch search."""
        main = plan.main_test_set(self._config)
        return [
            self._targets.result(paths.PATCH_SEARCH_CURVES, data_set=main, method=method, job=job)
            for method in plan.patch_search_methods(self._config)
            for job in plan.patch_search_jobs(self._config)
        ]

    def refinement_curves(self) -> list[str]:
        """List the errors of every refinement on the test set that patch searches are run on."""
        return [
            self._targets.result(paths.REFINED_CURVES, data_set=solver.test, solver=solver.name)
            for solver in plan.refined_solvers(self._config)
            if solver.test == plan.main_test_set(self._config)
        ]

    # Ablation.

    def ablation_predictions(self, pattern: str) -> list[str]:
        """List one file for each row of the ablation's table."""
        return [
            self._targets.prediction(pattern, row["experiment"])
            for row in plan.ablation_rows(self._config)
        ]

    def ablation_scores(self) -> list[str]:
        """List the scores of the ablation's networks, and of the baselines on their test sets."""
        test_sets = plan.ablation_test_sets(self._config)
        return [
            *self.ablation_predictions(paths.SCORES),
            *(
                self._targets.result(paths.SCORES, data_set=test_set, predictor=name)
                for test_set in test_sets
                for name in BASELINES
            ),
        ]

    def ablation_truth(self, pattern: str) -> list[str]:
        """List one file for each shard of the ablation's test sets."""
        return [
            file
            for test_set in plan.ablation_test_sets(self._config)
            for file in self._targets.shards(pattern, test_set)
        ]

    # Readings of the thesis.

    def reading_stores(self, pattern: str, reading: str) -> list[str]:
        """List one file for each spectrogram store that a reading is trained or tested on."""
        section = self._config.readings
        assert section is not None
        used = {
            (training.spectrogram, data_set): None
            for training in reading_trainings(section, plan.reading(self._config, reading))
            for data_set in (training.train, training.test)
            if data_set is not None
        }
        return [
            file
            for spectrogram, data_set in used
            for file in self._targets.shards(pattern, data_set, spectrogram=spectrogram)
        ]

    def readings(self) -> list[str]:
        """List the results of every reading and repeat."""
        section = self._config.readings
        return [
            self._targets.result(paths.READING, reading=reading.name, repeat=repeat)
            for reading in plan.readings(self._config)
            for repeat in range(section.repeats if section else 0)
        ]

    # Match.

    def match_solver(self, pattern: str, sound: str) -> str:
        """Return a file of the solver that predicts a sound: the configured or the shipped one."""
        solver = plan.match_solver(self._config, sound)
        if solver is not None:
            return self._targets.result(pattern, predictor=solver)
        instrument = load_instrument(plan.match_instrument(self._config, sound))
        return str(shipped_solver(instrument.name).with_name(Path(pattern).name))

    def match_presets(self, sound: str) -> list[str]:
        """List the preset files that a sound's match starts from."""
        named = self._config.match.presets
        instrument = load_instrument(plan.match_instrument(self._config, sound))
        try:
            banks = preset_files(instrument, named) if named else []
        except SynthinvError as error:
            raise SynthinvError(f"match.presets: {error}") from None
        return [str(file) for file in preset_tables(instrument) + banks]

    def match_modules(self, sound: str) -> list[str]:
        """List the module that reads and writes a match's preset files, if there is one."""
        own = load_instrument(plan.match_instrument(self._config, sound)).format
        return [] if own is None else [f"instruments.native.{own}"]

    def sounds(self) -> dict[str, str]:
        """Return the file of every sound to be matched: those of a folder, and the gallery's.

        Raises
        ------
        SynthinvError
            If the folder cannot be read, or has a sound of the same name as the gallery.
        """
        gallery = {
            sound.name: self._targets.result(paths.GALLERY_SOUND, sound=sound.name)
            for sound in self._config.gallery.sounds
        }
        own = sounds_in(self._config.match.sounds)
        if both := own.keys() & gallery.keys():
            raise SynthinvError(
                f"match.sounds: '{min(both)}' is also a sound of the gallery; rename the file"
            )
        return {**own, **gallery}

    def match_pages(self, sounds: Collection[str]) -> list[str]:
        """List the page of every sound.

        Raises
        ------
        SynthinvError
            If there is not a sound.
        """
        if not sounds:
            raise SynthinvError("match.sounds: names no folder; give it one with sounds")
        return [self._targets.result(paths.MATCH_PAGE, sound=sound) for sound in sounds]

    # The documentation's gallery.

    def gallery(self, pattern: str) -> list[str]:
        """List one file for each sound of the gallery.

        Raises
        ------
        SynthinvError
            If there is not a sound.
        """
        sounds = self._config.gallery.sounds
        if not sounds:
            raise SynthinvError(
                "gallery.sounds: there are none; name config/gallery.yaml after your configuration"
            )
        return [self._targets.result(pattern, sound=sound.name) for sound in sounds]

    def gallery_network(self, pattern: str) -> str:
        """Return a file of the network that predicts the knobs of the gallery's sounds."""
        return self._targets.result(pattern, predictor=self._config.gallery.experiment)
