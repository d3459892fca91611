"""Sections that do not fit, or do not fit together, and the sentence that says so."""

from typing import Any

import pytest

from synthinv.config import plan
from synthinv.config.load import load

from .mappings import Mapping, put, refusal


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("sede", 1, "config: sede: is not a known key; remove it or correct its spelling"),
        ("note.pitch", 1, "config: note.pitch: is not a known key"),
        ("data_sets.1.sample", 1, "config: data_sets.1.sample: is not a known key"),
        ("note.number", 128, "note.number: input should be less than or equal to 127, but is 128"),
        ("training.rho", 1.0, "training.rho: input should be less than 1, but is 1.0"),
        ("silence.level_dbfs", 0, "silence.level_dbfs: input should be less than 0, but is 0"),
        ("audio.samples", "many", "audio.samples: input should be a valid integer"),
        ("data_sets.0.name", "Final set", "data_sets.0.name: string should match pattern"),
        ("engine", {"kind": "live"}, "engine.midi_port: is missing; add it"),
        ("engine", {"kind": "plugin"}, "engine.kind: 'plugin' is not one of 'built-in', 'live'"),
        (
            "data_sets.0.samples",
            25,
            "data_sets.0: samples is 25, which is not a multiple of shard_size 10; use 30, or",
        ),
        (
            "grid_searches.0.data_set",
            "x",
            "grid_searches.decay.data_set: there is no 'x' (known: final, test)",
        ),
        (
            "grid_searches.0.spectrogram",
            "big",
            "grid_searches.decay.spectrogram: there is no 'big' (known: small)",
        ),
        (
            "grid_searches.0.start_from",
            "decay",
            "grid_searches.decay.start_from: there is no 'decay' (known: none are defined before ",
        ),
        ("experiments.1.train", "x", "experiments.l2.train: there is no 'x'"),
        ("experiments.1.test", "x", "experiments.l2.test: there is no 'x'"),
        ("experiments.1.spectrogram", "x", "experiments.l2.spectrogram: there is no 'x'"),
        ("experiments.1.start_from", "x", "l2.start_from: there is no 'x' (known: decay)"),
        (
            "experiments.0.train",
            "test",
            "experiments.plain: test must not be the data set it train",
        ),
        ("experiments.0.name", "mean", "experiments: 'mean' is the name of a baseline"),
        ("match", {"solver": "x"}, "match.solver: there is no 'x' (known: mine)"),
        ("report.main", "x", "report.main: there is no 'x' (known: plain, l2)"),
        ("report.unregularised", "x", "report.unregularised: there is no 'x'"),
        ("report.windows.data_set", "x", "report.windows.data_set: there is no 'x'"),
        (
            "grid_searches.0.axes",
            {"rate": [1]},
            "grid_searches.decay.axes: there is no 'rate' (known: convolutions, ",
        ),
        (
            "grid_searches.0.axes",
            {"rho": [0.5, 1.5]},
            "grid_searches.decay.axes: rho: input should",
        ),
        (
            "grid_searches.0.axes",
            {"rho": [0.5, 0.5]},
            "axes.rho must list at least one value, each once",
        ),
        ("grid_searches.0.axes", {"rho": []}, "axes.rho must list at least one value, each once"),
        (
            "grid_searches.0.axes",
            {},
            "grid_searches.0.axes: dictionary should have at least 1 item",
        ),
        (
            "experiments.0.settings",
            {"epochs": 3},
            "experiments.plain.settings: there is no 'epochs'",
        ),
        ("spectrograms.0.nfft", 32, "spectrograms.0: nfft (32) must be at least nperseg (64)"),
        ("spectrograms.0.noverlap", 64, "spectrograms.0: noverlap (64) must be less than nperseg"),
        (
            "spectrograms.0.normalisation",
            "constant",
            "spectrograms.0: normalisation constant and re",
        ),
        ("spectrograms.0.reference", 1.0, "normalisation constant and reference belong together"),
        ("spectrograms.0.normalisation", "median", "spectrograms.0.normalisation: input should be"),
        ("experiments.0.settings", {"kernel_size": 5000}, "is too small for 3 convolutions"),
        ("grid_searches.0.axes", {"convolutions": [8]}, "is too small for 8 convolutions"),
        ("grid_searches.0.axes", {"rho": [0.5, "0.5"]}, "axes.rho must list at least one value"),
        ("data_sets.1.instrument", "x", "instrument: there is no 'x' (known: amsynth, "),
        (
            "data_sets.1.instrument",
            "x.yaml",
            "experiments.plain: the data sets 'final' and 'test' must",
        ),
        ("data_sets.1.fixed", {"a": 1}, "experiments.plain: the data sets 'final' and 'test' must"),
        ("data_sets.1.fixed", {"a": 300}, "data_sets.1.fixed.a: input should be less than or"),
        ("data_sets.1.samples", 1, "data_sets.1.samples: input should be greater than or equal"),
        ("report.windows.windows", [0], "report.windows.windows.0: input should be greater"),
        ("report.windows.index", 10, "report.windows.index: is 10, beyond the first shard"),
        ("engine", {"kind": "live", "midi_port": "x", "audio_device": 1.5}, "engine.audio_device:"),
        ("report.windows.windows", [100, 1001], "report.windows.windows: 1001 is longer than"),
        (
            "report.main",
            "plain",
            "report.main: 'plain' is trained without L2 (weight_decay: 0); nam",
        ),
        ("results", "results/{seed}", "results is 'results/{seed}'; leave the braces out of it"),
        ("report.unregularised", "l2", "report.unregularised: 'l2' must have the test set of 'l2'"),
        ("solvers.0.test", "x", "solvers.mine.test: there is no 'x' (known: final, test)"),
        ("solvers.0.train", "x", "solvers.mine.train: there is no 'x' (known: final, test)"),
        ("solvers.0.train", "test", "solvers.mine: test must not be the data set it trains on"),
        (
            "experiments.0.name",
            "library",
            "experiments: 'library' is the name of a patch search",
        ),
        (
            "solvers.0.name",
            "oracle",
            "solvers: 'oracle' is the name of a baseline; choose another",
        ),
        ("solvers.0.name", "l2", "solvers: 'l2' is the name of an experiment; choose another"),
        ("solvers.0.spectrogram", "small", "solvers.0.spectrogram: is not a known key"),
        (
            "solvers.0.settings",
            {"rho": 0.5},
            "mine.settings: there is no 'rho' (known: architecture, ",
        ),
        ("solvers.0.settings", {"notes": 0}, "mine.settings: notes: input should be gr"),
        (
            "solvers.0.settings",
            {"channels": []},
            "mine.settings: channels: tuple should have at least",
        ),
        ("solver.notes", 0, "solver.notes: input should be greater than or equal to 1, but is 0"),
        (
            "solver.long_window",
            1024,
            "solver: long_window (1024) must be at least window (2048)",
        ),
        (
            "engine",
            {"kind": "live", "midi_port": "x"},
            "solvers.mine.train: null renders fresh notes, which an engine played live cannot do",
        ),
        ("note.seconds", float("inf"), "note.seconds: input should be a finite number"),
        (
            "spectrograms.0.nperseg",
            600,
            "spectrograms.0: nfft (128) must be at least nperseg (600)",
        ),
    ],
)
def test_a_wrong_field_is_named_in_one_sentence(
    mapping: Mapping, path: str, value: object, sentence: str
) -> None:
    assert sentence in refusal(put(mapping, path, value))


@pytest.mark.parametrize(
    "section", ["data_sets", "spectrograms", "grid_searches", "experiments", "solvers"]
)
def test_a_name_given_twice_is_refused(mapping: Mapping, section: str) -> None:
    first = mapping[section][0]
    mapping[section].append(dict(first))
    assert (
        refusal(mapping)
        == f"config: {section}: the name '{first['name']}' is given twice; rename one"
    )


@pytest.mark.parametrize("folder", ["/tmp/results", "../results", "a/../../b", ".", ""])
def test_results_stay_below_the_working_folder(mapping: Mapping, folder: str) -> None:
    mapping["results"] = folder
    assert f"results is '{folder}'; name a folder below the working folder" in refusal(mapping)


def test_decibels_are_relative_to_a_notes_own_maximum(mapping: Mapping) -> None:
    mapping["spectrograms"][0] |= {"scale": "decibel", "normalisation": "none"}
    assert "spectrograms.0: with scale decibel, pixels are relative to the note's" in refusal(
        mapping
    )
    mapping["spectrograms"][0]["normalisation"] = "sum"
    load(mapping)


def test_a_spectrogram_too_small_for_the_convolutions_is_refused(mapping: Mapping) -> None:
    mapping["spectrograms"][0] |= {"nperseg": 512, "nfft": 512}
    assert "spectrograms.small: an image of 257 × 2 is too small for 3 convolutions" in refusal(
        mapping
    )


def test_a_small_spectrogram_that_nothing_uses_is_no_error(mapping: Mapping) -> None:
    mapping["spectrograms"].append({"name": "unused", "nperseg": 512, "nfft": 512})
    assert load(mapping).spectrogram("unused").nperseg == 512


def test_more_than_can_be_planned_is_refused(mapping: Mapping) -> None:
    many = put(mapping, "data_sets.0.samples", 2_000_000)
    assert "samples is 2000000, in more than 100,000 shards; use a larger" in refusal(many)
    put(mapping, "data_sets.0.samples", 20)
    many = put(mapping, "grid_searches.0.repeats", 60_000)
    assert "make 120,000 trainings; at most 100,000 can be planned" in refusal(many)


def test_an_experiment_given_twice_is_refused_beside_an_ablation(mapping: Mapping) -> None:
    point = {"samples": 10, "epochs": 1}
    mapping["ablation"] = {
        "variants": [{"name": "variant", "title": "Variant", "base": "l2"}],
        "learning_curves": {"of": ["variant"], "train": "final", "points": [point, point]},
    }
    mapping["experiments"].append(mapping["experiments"][0])
    assert "the name 'plain' is given twice" in refusal(mapping)


def test_what_is_wrong_is_shown_in_brief(mapping: Mapping) -> None:
    nested: list[Any] = []
    for _ in range(100):
        nested = [nested] * 10
    assert len(refusal(put(mapping, "seed", nested))) < 400


def test_further_problems_are_counted(mapping: Mapping) -> None:
    mapping |= {"sede": 1, "colour": 2}
    assert refusal(mapping).endswith("(and 1 more)")


def test_a_report_on_nothing_is_refused_in_one_sentence() -> None:
    assert refusal({"report": {"title": "Nothing"}}) == (
        "config: report: it shows experiments and solvers, of which there are none; add one, or "
        "leave the report out"
    )


@pytest.mark.parametrize("missing", ["main", "unregularised"])
def test_a_comparison_without_l2_has_two_sides(mapping: Mapping, missing: str) -> None:
    del mapping["report"][missing]
    assert refusal(mapping) == (
        "config: report: main and unregularised belong together; give both, or neither"
    )


@pytest.mark.parametrize("missing", ["spectrograms", "data set", "instrument"])
def test_the_baselines_of_a_solver_alone_need_something_to_learn_from(
    alone: Mapping, missing: str
) -> None:
    load(alone)
    match missing:
        case "spectrograms":
            del alone["spectrograms"]
        case "data set":
            del alone["data_sets"][0]
        case "instrument":
            alone["data_sets"][0]["instrument"] = "other.yaml"
    assert refusal(alone) == (
        "config: report: the baselines on 'test' learn from spectrograms of another data set with "
        "the same instrument and fixed parameters; add one to data_sets, a kind to spectrograms, "
        "or leave the report out"
    )
    # Without a report there are no baselines.
    del alone["report"]
    load(alone)


def test_the_name_of_a_refinement_is_taken(mapping: Mapping) -> None:
    mapping["solvers"].append({**mapping["solvers"][0], "name": "mine-refined"})
    assert (
        "solvers: 'mine-refined' is the name of the refinement of 'mine' and of a solver"
        in refusal(mapping)
    )
    mapping["solvers"][0]["refine"] = False
    assert "mine-refined" in plan.predictors(load(mapping))


def test_a_solvers_data_sets_must_be_of_one_instrument(mapping: Mapping) -> None:
    mapping["data_sets"].append({"name": "other", "samples": 100, "fixed": {"a": 1}})
    mapping["solvers"][0]["train"] = "other"
    assert "solvers.mine: the data sets 'other' and 'test' must have" in refusal(mapping)


def test_a_solver_for_any_note_has_fresh_notes_of_a_length_that_it_takes_in(
    mapping: Mapping,
) -> None:
    mapping["solver"] = {"architecture": "any-note", "varied": {}}
    put(mapping, "solvers.0.train", "final")
    message = "solvers.mine.train: is 'final', but a solver for any note is trained on fresh notes"
    assert message in refusal(mapping)
    put(mapping, "solvers.0.train", None)
    put(mapping, "audio", {"sample_rate": 8_000, "samples": 32_000})
    load(mapping)
    put(mapping, "audio.samples", 32_001)
    assert refusal(mapping) == (
        "config: audio.samples: is 32,001, but solvers.mine takes in notes of 4 s at most; write "
        "32,000 or less"
    )


def test_a_network_that_a_grid_search_can_lead_to_must_fit_the_next_spectrogram(
    mapping: Mapping,
) -> None:
    mapping["spectrograms"].append({"name": "tiny", "nperseg": 16, "nfft": 16})
    mapping["grid_searches"][0]["axes"] = {"convolutions": [3, 4]}
    mapping["experiments"][1] |= {"spectrogram": "tiny", "start_from": "decay"}
    assert "spectrograms.tiny: an image of 9 × 71 is too small for 4 convolutions" in refusal(
        mapping
    )


def test_settings_are_not_chosen_by_the_sounds_of_the_test(mapping: Mapping) -> None:
    first = mapping["grid_searches"][0] | {"data_set": "test"}
    second = first | {"name": "second", "data_set": "final", "start_from": "decay"}
    mapping["grid_searches"] = [first, second]
    load(mapping)
    put(mapping, "experiments.1.start_from", "second")
    assert "experiments.l2: test must not be the data set of grid_searches.decay" in refusal(
        mapping
    )
