"""What a change re-runs, and what it leaves alone."""

import pytest

from .conftest import Project

# Two experiments, two variants and two points of a learning curve start from the grid search.
NETWORKS = 6
AFTER_GRID_SEARCH = dict.fromkeys(
    ("train_network", "predict", "play_predictions", "score_predictions"), NETWORKS
)
EXPERIMENT = {
    "name": "longer",
    "title": "Two epochs",
    "train": "final",
    "test": "test",
    "spectrogram": "coarse",
    "epochs": 2,
}
FIGURES = {
    "windows_figure": 1,
    "grid_search_figure": 2,
    "training_figure": 1,
    "solver_figure": 2,
    "patch_search_figure": 1,
    "ablation_figure": 1,
    "learning_curves_figure": 1,
    "prediction_figures": 4,
}


def test_the_style_redraws_every_figure_and_the_report(project: Project) -> None:
    project.edit("synthinv/report/figures/style.py", 'MEAN = "#4c72b0"', 'MEAN = "#000000"')
    assert project.planned() == {**FIGURES, "write_report": 1}


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("windows", {"windows_figure"}),
        ("grid_search", {"grid_search_figure"}),
        ("training", {"training_figure", "solver_figure"}),
        ("prediction", {"prediction_figures"}),
        ("patch_search", {"patch_search_figure"}),
        ("ablation", {"ablation_figure", "learning_curves_figure"}),
        ("losses", {"grid_search_figure", "training_figure", "solver_figure"}),
        ("spectrogram", {"windows_figure", "prediction_figures"}),
    ],
)
def test_a_figures_module_redraws_only_its_family_and_the_report(
    project: Project, module: str, rules: set[str]
) -> None:
    project.edit(f"synthinv/report/figures/{module}.py", "\n\n\ndef ", "\n\nEXTRA = 1\n\n\ndef ")
    assert project.planned() == {rule: FIGURES[rule] for rule in rules} | {"write_report": 1}


def test_the_reports_template_writes_only_the_report(project: Project) -> None:
    project.edit("synthinv/pages/templates/report.html.j2", "<h2>", "<h2 >")
    assert project.planned() == {"write_report": 1}


def test_patience_records_nothing_again(project: Project) -> None:
    project.configure("silence", {"draws": 50})
    assert project.planned() == {"write_config": 1, "write_report": 1}


def test_comments_and_docstrings_rerun_nothing(project: Project) -> None:
    project.edit("synthinv/engines/built_in/laws.py", '"""', '"""Edited. ')
    project.edit("synthinv/spectrogram/transform.py", "\n\n", "\n\n# A comment.\n")
    assert project.planned() == {}


def test_touched_scripts_rerun_nothing(project: Project) -> None:
    for script in (project.folder / "workflow" / "scripts").iterdir():
        script.touch()
    assert project.planned() == {}


def test_voice_code_captures_again(project: Project) -> None:
    project.edit("synthinv/engines/built_in/laws.py", "MOST_FEEDBACK = 4.2", "MOST_FEEDBACK = 4.3")
    planned = project.planned()
    assert planned["capture_shard"] == 7
    assert planned["play_predictions"] == 8 + NETWORKS
    # The predictions of two readings.
    assert planned["train_reading"] == 2
    # Its fresh notes depend on the voice.
    assert planned["train_solver"] == 2
    assert (planned["refine"], planned["patch_search"]) == (2, 4)


def test_a_new_weight_decay_trains_only_the_new_cells(project: Project) -> None:
    project.configure("grid_searches.1.axes.weight_decay", [0.0005, 0.005])
    planned = project.planned()
    assert planned["grid_search_cell"] == 2
    assert "capture_shard" not in planned
    assert "spectrogram_shard" not in planned
    assert "train_solver" not in planned
    for rule, jobs in AFTER_GRID_SEARCH.items():
        assert planned[rule] == jobs


def test_a_solvers_setting_trains_only_the_solver(project: Project) -> None:
    project.configure("solvers.0.settings", {"notes": 96})
    planned = project.planned()
    for rule in ("train_solver", "solve", "join_refined"):
        assert planned[rule] == 1
    for rule in ("refine", "play_predictions", "score_predictions"):
        assert planned[rule] == 2
    assert "patch_search" not in planned
    thesis = {"capture_shard", "spectrogram_shard", "grid_search_cell", "train_network", "predict"}
    assert not thesis & planned.keys()


def test_the_solvers_code_trains_only_the_solver(project: Project) -> None:
    project.edit("synthinv/solver/network.py", "FIRST_GAIN = 0.5", "FIRST_GAIN = 0.4")
    planned = project.planned()
    assert planned["train_solver"] == 2
    assert not {"capture_shard", "grid_search_cell", "train_network", "predict"} & planned.keys()


def test_a_refinements_budget_refines_again_and_trains_nothing(project: Project) -> None:
    project.configure("refinement.renders", 25)
    planned = project.planned()
    assert planned["refine"] == 2
    assert (
        planned["join_refined"]
        == planned["play_predictions"]
        == planned["patch_search_figure"]
        == 1
    )
    assert not {"train_solver", "solve", "patch_search", "capture_shard"} & planned.keys()


def test_more_sounds_for_patch_searches_are_jobs_of_their_own(project: Project) -> None:
    project.configure("patch_searches.sounds", 6)
    assert project.planned() == {
        "patch_search": 2,
        "aggregate_patch_searches": 1,
        "patch_search_figure": 1,
        "write_config": 1,
        "write_report": 1,
    }


def test_the_thesiss_network_leaves_the_solver_alone(project: Project) -> None:
    project.configure("network.hidden_units", 8)
    planned = project.planned()
    assert planned["train_network"] == NETWORKS
    assert not {"train_solver", "solve"} & planned.keys()


def test_a_variant_trains_only_itself_and_what_builds_on_it(project: Project) -> None:
    project.configure("ablation.variants.1.settings", {"pca": 0.9, "convolutions": 1})
    planned = project.planned()
    assert (planned["train_network"], planned["predict"], planned["play_predictions"]) == (1, 1, 1)
    assert planned["tabulate_ablation"] == 1
    assert not {"capture_shard", "spectrogram_shard", "grid_search_cell"} & planned.keys()


def test_a_readings_setting_trains_only_that_reading(project: Project) -> None:
    project.configure("readings.of.1.settings", {"flatten": "mean"})
    assert project.planned() == {
        "train_reading": 1,
        "compare_readings": 1,
        "write_config": 1,
        "write_report": 1,
    }


def test_what_was_published_trains_no_reading_again(project: Project) -> None:
    project.edit("synthinv/thesis/published.py", "CONSTANT_BELOW = 0.01", "CONSTANT_BELOW = 0.02")
    # The ablation's table and figures share the verdict's module, which has a published limit.
    ablation = ("tabulate_ablation", "ablation_figure", "learning_curves_figure")
    assert project.planned() == dict.fromkeys(("compare_readings", "write_report", *ablation), 1)


def test_a_new_experiment_is_the_only_one_trained_played_scored_and_drawn(
    project: Project,
) -> None:
    project.configure("experiments.2", EXPERIMENT)
    assert project.planned() == {
        "train_network": 1,
        "predict": 1,
        "play_predictions": 1,
        "score_predictions": 1,
        "prediction_figures": 1,
        # The tables and the figure in which all predictors are side by side.
        "aggregate_metrics": 1,
        "score_knobs": 1,
        "aggregate_patch_searches": 1,
        "patch_search_figure": 1,
        "write_config": 1,
        "write_report": 1,
    }


def test_a_grown_data_set_captures_only_the_new_shards(project: Project) -> None:
    before = project.results()
    project.configure("data_sets.1.samples", 60)
    assert project.planned()["capture_shard"] == 1
    status, output = project.snakemake("--cores", "2", "results/capture/final/00002.json")
    assert status == 0, output
    after = project.results()
    assert all(after[name] == content for name, content in before.items())


def test_a_grown_test_set_searches_its_first_sounds_no_more(project: Project) -> None:
    project.configure("data_sets.2.samples", 15)
    planned = project.planned()
    assert (planned["capture_shard"], planned["refine"], planned["predict"]) == (1, 1, NETWORKS)
    assert not {"patch_search", "train_network", "train_solver"} & planned.keys()


def test_the_thesis_scale_is_planned_in_full(fresh: Project) -> None:
    planned = fresh.planned(configfile="config/thesis.yaml")
    # Optimisers 3 × 3; layers and AdaDelta 5 × 5 × 3 each.
    assert planned["grid_search_cell"] == 9 + 75 + 75
    # Three seeds with L2 and three without; fewer bands, no range, and both.
    assert planned["train_network"] == 3 + 3 + 3
    # 500 + 10,000 + 100 patches, and again without the range parameter, in shards of 100.
    assert planned["capture_shard"] == 5 + 100 + 1 + 100 + 1 + 1


def test_a_deleted_store_is_made_again_before_it_is_used(project: Project) -> None:
    store = project.folder / "results" / "spectrogram" / "coarse" / "final" / "00000.zarr.zip"
    store.unlink()
    project.configure("experiments.0.epochs", 2)
    planned = project.planned()
    assert planned["spectrogram_shard"] == 1
    assert planned["train_network"] >= 1
    assert "capture_shard" not in planned
