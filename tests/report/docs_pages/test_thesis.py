"""The page of the thesis, from results that are made up and mostly not there."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from synthinv.capture.shards import ShardFiles, write_shard
from synthinv.common.errors import SynthinvError
from synthinv.common.files import write_manifest, write_table
from synthinv.config.load import load
from synthinv.config.root import Config
from synthinv.evaluate.predictions import write_predictions
from synthinv.instruments.load import load_instrument
from synthinv.pipeline import paths
from synthinv.report.docs_pages.thesis import core_time, main, number
from synthinv.report.docs_pages.thesis_results import ThesisResults
from synthinv.report.docs_pages.thesis_sections import ends_in_words
from synthinv.thesis.grid import cells

Mapping = dict[str, Any]
MEAN_PREDICTOR = 0.08


class Made:
    """A results folder, and what a test puts into it."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.folder = Path(config.results)

    def path(self, pattern: str, **wildcards: str | int) -> Path:
        path = self.folder / pattern.format(**wildcards)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def history(self, path: Path, train: list[float], validation: list[float]) -> None:
        losses = {"train": train, "validation": validation, "spread": [0.0] * len(train)}
        write_manifest(path, {"settings": {}, "mean_predictor": MEAN_PREDICTOR, **losses})

    def cell(self, search: str, cell: str, repeat: int, loss: float) -> None:
        path = self.path(paths.CELL, grid_search=search, cell=cell, repeat=repeat)
        self.history(path, [loss, loss], [2 * loss, loss])

    def training(self, name: str, train: list[float], validation: list[float]) -> None:
        self.path(paths.WEIGHTS, predictor=name).touch()
        self.history(self.path(paths.HISTORY, predictor=name), train, validation)

    def tested(self, name: str, output: float, errors: list[float]) -> None:
        """Write sounds, constant predictions for them, and their PSD errors."""
        experiment = self.config.experiment(name)
        fixed = self.config.data_set(experiment.test).fixed
        instrument = load_instrument(self.config.instrument_of(experiment.test), fixed)
        names = tuple(parameter.name for parameter in instrument.parameters)
        wildcards = {"data_set": experiment.test, "shard": "00000"}
        patterns = (paths.SHARD_AUDIO, paths.SHARD_LABELS, paths.SHARD_MANIFEST)
        files = ShardFiles(*(self.path(pattern, **wildcards) for pattern in patterns))
        patches = np.random.default_rng(0).integers(0, 128, (10, len(names)), dtype=np.uint8)
        write_shard(files, names, patches, np.zeros((10, 100), np.float32), 44_100, {})
        predicted = {"data_set": experiment.test, "predictor": name}
        labels = np.full((10, len(names)), output, np.float32)
        write_predictions(self.path(paths.PREDICTION, **predicted), names, labels)
        scores = pd.DataFrame({"predictor": name, "index": range(10), "psd_error": errors})
        write_table(self.path(paths.SCORES, **predicted), scores)

    def page(self, docs: Path) -> str:
        main(self.folder, docs)
        return (docs / "thesis.md").read_text("utf-8")


@pytest.fixture
def made(mapping: Mapping, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    # Of the Snakefile, which plans the jobs.
    monkeypatch.chdir(root)
    mapping["instrument"] = "minimoog-1osc"
    mapping["data_sets"] += [
        {"name": f"{name}-fixed", "samples": 10, "shard_size": 10, "fixed": {"osc1_range": 77}}
        for name in ("final", "test")
    ]
    mapping["spectrograms"].append({"name": "smaller", "nperseg": 64, "nfft": 64})
    common = {"data_set": "final", "spectrogram": "small", "epochs": 2}
    mapping["grid_searches"] = [
        {"name": name, **common, "repeats": 2, "axes": axes}
        for name, axes in (
            ("first", {"optimiser": ["sgd", "adagrad", "adadelta"]}),
            ("second", {"hidden_layers": [2, 4], "hidden_units": [200, 800]}),
            ("third", {"rho": [0.45, 0.9], "weight_decay": [0.0005, 0.005]}),
        )
    ]
    plain, l2 = mapping["experiments"]
    mapping["experiments"] = [
        *(plain, l2, {**l2, "name": "l2-again"}),
        {**l2, "name": "simple", "train": "final-fixed", "test": "test-fixed"},
        {**l2, "name": "both", "train": "final-fixed", "test": "test-fixed"},
    ]
    mapping["experiments"][-1]["spectrogram"] = "smaller"
    mapping["solvers"] = []
    config = load(mapping)
    moved = config.model_copy(update={"results": str(tmp_path / "results")})
    made = Made(moved)
    made.path(paths.CONFIG).write_text(yaml.safe_dump(config.model_dump(mode="json")))
    return made


def row(page: str, statement: str) -> str:
    return next(line for line in page.splitlines() if line.startswith(f"| {statement}"))


def section(page: str, title: str) -> str:
    return next(text for text in page.split("\n## ") if text.startswith(title))


def test_without_results_every_figure_is_missing(made: Made, tmp_path: Path) -> None:
    page = made.page(tmp_path / "docs")
    assert page.count("**Missing**: 0 of ") == 8
    assert "0 agree, 0 are unexplained, and 18 cannot be judged" in page
    assert "![" not in page
    assert "**Not finished**: 1 of " in page  # config.yaml is there


def test_the_page_names_its_reading_and_leads_to_the_others(made: Made, tmp_path: Path) -> None:
    page = made.page(tmp_path / "docs")
    assert (
        "the one with\n`last_kernels: null`,\n`initial_biases: null`,\n`update_after: batch`,\n"
        "and `normalisation: maximum`." in page
    )
    assert "](readings.md)" in page
    for repeat, loss in enumerate((0.3, 0.3)):
        for optimiser in ("sgd", "adagrad", "adadelta"):
            made.cell("first", f"optimiser={optimiser}", repeat, loss)
    assert "](readings.md#what-is-compared)" in made.page(tmp_path / "docs")


def test_without_a_configuration_the_user_is_told_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="run `make thesis`"):
        main(tmp_path, tmp_path / "docs")


def test_a_figure_whose_trainings_are_all_done_is_judged_by_all_seeds(
    made: Made, tmp_path: Path
) -> None:
    losses = {"sgd": 0.09, "adagrad": 0.3}
    for repeat, adadelta in enumerate((0.083, 0.086)):
        for optimiser, loss in {**losses, "adadelta": adadelta}.items():
            made.cell("first", f"optimiser={optimiser}", repeat, loss)
    page = made.page(tmp_path / "docs")
    shown = row(page, "AdaDelta's final loss is 0.0842")
    assert "| 0.0845 | 0.083 | 0.086 | 0.083, 0.086 | agrees: " in shown
    # Training and validation loss of all of them are equal.
    closer = row(page, "AdaDelta's training and validation loss are closer")
    assert "**unexplained**" in closer
    assert "- Figure 12: AdaDelta's training and validation loss are closer than SGD's." in page
    text = section(page, "Figure 12")
    assert "Missing" not in text
    assert "So far" not in text
    assert (
        "| sgd | validation loss, last epoch | 0.0900 | 0.0900 | 0.0900 | 0.0900, 0.0900 |" in text
    )
    assert (tmp_path / "docs" / "thesis" / "optimisers.svg").is_file()


def test_a_grid_that_is_not_finished_shows_what_there_is_but_is_not_judged(
    made: Made, tmp_path: Path
) -> None:
    made.cell("second", "hidden-layers=4_hidden-units=800", 0, 0.09)
    made.cell("second", "hidden-layers=4_hidden-units=800", 1, 0.09)
    made.cell("second", "hidden-layers=2_hidden-units=200", 0, 0.33)
    text = section(made.page(tmp_path / "docs"), "Figure 13a")
    assert "**So far**: 3 of 8 jobs" in text
    assert row(text, "The least validation loss of 4 layers of 800").endswith("| not judged yet |")
    assert "| the thesis's cell | hidden_layers 4, hidden_units 800 |".replace("_", " ") in text
    assert "Of 3 trainings, 1 stuck above 1.5 × it, 2 between." in text
    assert (tmp_path / "docs" / "thesis" / "grid-13a.svg").is_file()


def test_a_grid_is_judged_by_the_mean_of_its_best_cell(made: Made, tmp_path: Path) -> None:
    for cell in cells(made.config.grid_search("third")):
        for repeat, loss in enumerate((0.08, 0.17)):
            made.cell("third", cell, repeat, loss if "=0.45" in cell else 0.33)
    text = section(made.page(tmp_path / "docs"), "Figure 13b")
    assert "| 0.125 | 0.08 | 0.17 | 0.08, 0.17 | agrees: " in row(
        text, "The least validation loss with ρ 0.45"
    )
    assert "| our best cell | rho 0.45, weight decay 0.0005 | 1 of 4 | 0.1250 |" in text


def test_repeats_of_an_experiment_are_seeds_of_one_training(made: Made, tmp_path: Path) -> None:
    assert [e.name for e in ThesisResults(made.config, []).repeats("l2")] == ["l2", "l2-again"]
    made.training("plain", [0.2, 0.1, 0.01], [0.1, 0.08, 0.12])
    made.training("l2", [0.083, 0.083, 0.083], [0.084, 0.084, 0.084])
    made.training("l2-again", [0.083, 0.083, 0.083], [0.085, 0.085, 0.085])
    text = section(made.page(tmp_path / "docs"), "Figure 14")
    assert "| 0 | 0 | 0 | 0, 0 | agrees: " in row(text, "With L2, the loss has saturated")
    assert "| 2 | 2 | 2 | 2 | **unexplained**" in row(text, "Without L2, over-fitting increases f")
    assert "| with L2 | validation loss, first epoch | 0.0845 | 0.0840 | 0.0850 |" in text


def test_seeds_are_judged_so_far_where_others_are_still_to_be_trained(
    made: Made, tmp_path: Path
) -> None:
    made.training("l2", [0.083, 0.083, 0.083], [0.084, 0.084, 0.084])
    page = made.page(tmp_path / "docs")
    assert "| 0 | 0 | 0 | 0 | agrees so far: " in row(page, "With L2, the loss has saturated")
    assert (
        "Of 18 published numbers and statements, 2 agree, 0 are unexplained, and 16 cannot" in page
    )
    assert "2 of them are judged so far" in page


def test_predictions_are_judged_and_the_workflows_pictures_copied(
    made: Made, tmp_path: Path
) -> None:
    errors = [float(error) for error in range(1, 11)]
    made.tested("l2", 0.5, errors)
    for pattern in (paths.EXAMPLE_FIGURE, paths.KNOBS_FIGURE):
        made.path(pattern, predictor="l2").write_text("<svg/>")
    page = made.page(tmp_path / "docs")
    assert "| l2 (`l2`) | 0.00 % | 0.00 | 64 to 64 |" in section(page, "Figure 17")
    sounds = section(page, "Figures 15 and 16")
    assert "| l2 | 1 | 1.9 | 5.5 | 9.1 | 10 |" in sounds
    # Its other seed has not been tested.
    assert "**So far**" in sounds
    assert "![The test sound with the best prediction" in sounds
    assert (tmp_path / "docs" / "thesis" / "knobs.svg").read_text() == "<svg/>"


def test_the_simpler_network_is_the_one_with_other_bands_and_a_held_knob(
    made: Made, tmp_path: Path
) -> None:
    for name, output in (("simple", 0.9), ("both", 0.5)):
        made.training(name, [0.08], [0.08])
        made.tested(name, output, [1.0] * 10)
    text = section(made.page(tmp_path / "docs"), "The simpler network")
    assert "| 0 | 0 | 0 | 0 |" in row(text, "With 500 bands and no range, the outputs are in")
    assert "(`simple`) | 0.00 % | 0.00 | 114 to 114 | 0.0800 | 0.0800 |" in text


def test_the_time_of_every_step_is_a_row_for_the_readme(made: Made, tmp_path: Path) -> None:
    made.training("plain", [0.1], [0.1])
    benchmark = made.path("benchmarks/train/{name}.tsv", name="plain")
    benchmark.write_text("s\th:m:s\n7200.0\t2:00:00\n")
    text = section(made.page(tmp_path / "docs"), "The time it took")
    assert "| train on spectrogram/small/final, 1 epoch | 1 of 3 | 2 h | 2.0 core h |  |" in text


def test_the_same_results_give_the_same_page(made: Made, tmp_path: Path) -> None:
    made.cell("third", "rho=0.45_weight-decay=0.0005", 0, 0.08)
    for docs in ("one", "other"):
        made.page(tmp_path / docs)
    for file in ("thesis.md", "thesis/grid-13b.svg", "thesis/grid-13b-trainings.svg"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def test_the_ends_of_trainings_are_counted_against_the_mean_predictor() -> None:
    assert ends_in_words([1.0, 1.04, 0.9, 4.1, 1.2, np.nan]) == (
        "Of 6 trainings, 2 within 5 % of the mean predictor's loss, 1 lower, "
        "1 stuck above 1.5 × it, 1 between, 1 diverged."
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.08423, "0.08423"), (13, "13"), (-0.5, "−0.5"), (0, "0"), (np.nan, "diverged")],
)
def test_numbers_have_four_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_numbers_that_are_nearly_zero_are_called_so() -> None:
    assert [number(1e-7), number(-1e-7)] == ["< 0.0001", "> −0.0001"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(8, "8 core s"), (240, "4.0 core min"), (7_200, "2.0 core h"), (220_000, "61 core h")],
)
def test_core_times_have_two_digits(seconds: float, text: str) -> None:
    assert core_time(seconds) == text
