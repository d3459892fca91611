from typing import Any

from synthinv.config.load import load
from synthinv.config.sections.solver import SolverConfig
from synthinv.report.trained_on import notes_used, trained_on

SILENT = "1,000 notes of random patches, {} and silent ones left out"


def test_every_predictor_with_training_data_is_described(mapping: dict[str, Any]) -> None:
    mapping["data_sets"].append({"name": "other", "samples": 10, "shard_size": 10})
    mapping["experiments"][1] |= {"samples": 12, "epochs": 7}
    mapping["experiments"].append(mapping["experiments"][0] | {"name": "far", "test": "other"})
    mapping["solvers"].append(
        {
            "name": "plainer",
            "title": "",
            "test": "test",
            "refine": False,
            "settings": {"notes": 500},
        }
    )
    mapping["solver"] = {"notes": 64_000}
    mapping["refinement"] = {"renders": 99}
    assert trained_on(load(mapping), "test") == {
        "mean": "20 patches",
        "nearest": "20 patches",
        "plain": "20 patches, 1 epoch",
        "l2": "12 patches, 7 epochs",
        "mine": "64,000 notes",
        "mine-refined": "as mine, then 99 renders a sound",
        "plainer": "500 notes",
    }


def test_how_often_each_note_was_used_is_said() -> None:
    once = SolverConfig(notes=1_000)
    assert notes_used(once, None) == SILENT.format("each used once")
    assert notes_used(once, "mine") == "1,000 notes of the data set mine, repeats counted"
    often = SolverConfig(architecture="any-note", notes=1_000, varied={"uses": 4})
    assert notes_used(often, None) == SILENT.format("repeats counted, each used up to 4 times")


def test_patches_near_presets_are_not_called_random() -> None:
    kinds = [{"name": "any", "weight": 1}, {"name": "near", "weight": 1, "presets": {}}]
    varied = {"kinds": kinds}
    near = SolverConfig(architecture="any-note", notes=1_000, varied=varied)
    assert notes_used(near, None) == "1,000 notes, each used once and silent ones left out"
    random = SolverConfig(architecture="any-note", notes=1_000, varied=varied, kinds=["any"])
    assert notes_used(random, None) == SILENT.format("each used once")
