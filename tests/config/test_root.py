import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from synthinv.common.errors import SynthinvError
from synthinv.config import plan
from synthinv.config.overrides import apply_settings
from synthinv.config.root import Config, load
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.shapes import spectrogram_shape

CONFIGS = sorted((Path(__file__).parents[2] / "config").glob("*.yaml"))
READ_ON_TOP_OF = {
    "amsynth-solver": ["config/amsynth-plug-in.yaml"],
    "search": ["config/solver.yaml"],
}

Mapping = dict[str, Any]


def refusal(mapping: Mapping) -> str:
    with pytest.raises(SynthinvError) as caught:
        load(mapping)
    message = str(caught.value)
    assert "\n" not in message
    return message


def put(mapping: Mapping, path: str, value: object) -> Mapping:
    """Set one field, named as in the error messages."""
    *parents, last = path.split(".")
    section: Any = mapping
    for key in parents:
        section = section[int(key)] if key.isdigit() else section.setdefault(key, {})
    section[last] = value
    return mapping


def merged(base: Mapping, extra: Mapping) -> Mapping:
    """Merge as Snakemake does: dicts recursively, anything else is replaced."""
    out = dict(base)
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            value = merged(out[key], value)
        out[key] = value
    return out


def shipped(root: Path, path: Path) -> Config:
    """Load a configuration with those that it is read on top of."""
    layers = [root / "config/config.yaml", *READ_ON_TOP_OF.get(path.stem, ()), path]
    merged_layers: Mapping = {}
    for layer in layers:
        merged_layers = merged(merged_layers, yaml.safe_load((root / layer).read_text()))
    return load(merged_layers)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: str(p.stem))
def test_every_configuration_that_we_ship_loads(path: Path, root: Path) -> None:
    config = shipped(root, path)
    for name in plan.captured_data_sets(config):
        assert (root / config.instrument_of(name)).is_file()


def test_the_sounds_that_a_solver_is_judged_by_are_in_no_other_report(root: Path) -> None:
    """A data set's seed has its name in it: those of one name and instrument start alike."""
    judged, shown = {}, set()
    for path in CONFIGS:
        config = shipped(root, path)
        sets = {(name, config.instrument_of(name)) for name in plan.captured_data_sets(config)}
        if path.stem in ("solver", "three-oscillators", "amsynth-solver"):
            test = plan.test_set(config, "solver")
            judged[path.stem] = (test, config.instrument_of(test))
            assert config.data_set(test).samples >= 1_000
            sets.remove(judged[path.stem])
        # Read on top of config/solver.yaml, whose sounds it takes on purpose.
        if path.stem != "search":
            shown |= sets
    assert len(judged) == 3
    assert shown.isdisjoint(judged.values())


def test_the_thesis_configuration_has_the_thesiss_sizes(root: Path) -> None:
    base, thesis = (
        yaml.safe_load((root / "config" / name).read_text())
        for name in ("config.yaml", "thesis.yaml")
    )
    config = load(merged(base, thesis))
    assert config.data_set("final").samples == 10_000
    assert spectrogram_shape(config.spectrogram("thesis"), config.audio.samples) == (5001, 30)
    assert {s.repeats for s in config.grid_searches} == {3}
    assert config.network == NetworkConfig()


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
        ("engine", {"kind": "plugin"}, "engine: input tag 'plugin'"),
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
            "grid_searches.decay.axes: 'rate' is neither a network nor",
        ),
        (
            "grid_searches.0.axes",
            {"rho": [0.5, 1.5]},
            "grid_searches.decay.axes: settings: rho: input should",
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
            "experiments.plain.settings: 'epochs' is neither",
        ),
        ("spectrograms.0.nfft", 32, "spectrograms.0: nfft (32) must be at least nperseg (64)"),
        ("spectrograms.0.noverlap", 64, "spectrograms.0: noverlap (64) must be less than nperseg"),
        ("experiments.0.settings", {"kernel_size": 5000}, "is too small for 3 convolutions"),
        ("grid_searches.0.axes", {"convolutions": [8]}, "is too small for 8 convolutions"),
        ("grid_searches.0.axes", {"rho": [0.5, "0.5"]}, "axes.rho must list at least one value"),
        ("data_sets.1.instrument", "x", "experiments.plain: the data sets 'final' and 'test' must"),
        ("data_sets.1.fixed", {"a": 1}, "experiments.plain: the data sets 'final' and 'test' must"),
        ("data_sets.1.fixed", {"a": 300}, "data_sets.1.fixed.a: input should be less than or"),
        ("data_sets.1.samples", 1, "data_sets.1.samples: input should be greater than or equal"),
        ("report.windows.windows", [0], "report.windows.windows.0: input should be greater"),
        ("report.windows.index", 10, "report.windows.index: is 10, beyond the first shard"),
        ("engine", {"kind": "live", "midi_port": "x", "audio_device": 1.5}, "engine.audio_device:"),
        ("report.windows.windows", [100, 1001], "report.windows.windows: 1001 is longer than"),
        ("report.unregularised", "l2", "report.unregularised: 'l2' must have the test set of 'l2'"),
        ("solvers.0.test", "x", "solvers.mine.test: there is no 'x' (known: final, test)"),
        ("solvers.0.test", "final", "solvers.mine.test: no experiment is tested on 'final'"),
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
        ("solvers.0.settings", {"rho": 0.5}, "mine.settings: 'rho' is not a setting of the solver"),
        ("solvers.0.settings", {"notes": 0}, "mine.settings: settings: notes: input should be gr"),
        ("solvers.0.settings", {"channels": []}, "settings: channels: tuple should have at least"),
        ("solver.notes", 0, "solver.notes: input should be greater than or equal to 1, but is 0"),
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
    assert refusal(mapping) == f"config: {section}: the name '{first['name']}' is given twice"


@pytest.mark.parametrize("folder", ["/tmp/results", "../results", "a/../../b", ".", ""])
def test_results_stay_below_the_working_folder(mapping: Mapping, folder: str) -> None:
    mapping["results"] = folder
    assert f"results is '{folder}'; name a folder below the working folder" in refusal(mapping)


def test_a_view_too_small_for_the_convolutions_is_refused(mapping: Mapping) -> None:
    mapping["spectrograms"][0] |= {"nperseg": 512, "nfft": 512}
    assert "spectrograms.small: an image of 257 × 2 is too small for 3 convolutions" in refusal(
        mapping
    )


def test_a_small_view_that_nothing_uses_is_no_error(mapping: Mapping) -> None:
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


def test_a_missing_section_is_named(mapping: Mapping) -> None:
    del mapping["report"]
    assert refusal(mapping) == "config: report: is missing; add it"


def test_the_source_is_named(mapping: Mapping) -> None:
    with pytest.raises(SynthinvError, match=re.escape("my.yaml: sede: is not")):
        load(mapping | {"sede": 1}, "my.yaml")


def test_nothing_changes_after_loading(mapping: Mapping) -> None:
    config = load(mapping)
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 1  # type: ignore[misc]


def test_shards_are_numbered(mapping: Mapping) -> None:
    assert plan.shard_names(load(mapping).data_set("final")) == ("00000", "00001")


def test_only_data_sets_that_something_uses_are_captured(mapping: Mapping) -> None:
    mapping["data_sets"].insert(0, {"name": "idle", "samples": 100})
    assert plan.captured_data_sets(load(mapping)) == ("final", "test")


def test_a_data_set_may_have_its_own_instrument(mapping: Mapping) -> None:
    mapping["data_sets"].append({"name": "extra", "samples": 10, "instrument": "other.yaml"})
    mapping["data_sets"][2]["shard_size"] = 10
    config = load(mapping)
    assert config.instrument_of("final") == "instrument.yaml"
    assert config.instrument_of("extra") == "other.yaml"


def test_items_are_found_by_name(mapping: Mapping) -> None:
    config = load(mapping)
    assert config.grid_search("decay") is config.grid_searches[0]
    assert config.experiment("l2") is config.experiments[1]
    assert config.spectrogram("small") is config.spectrograms[0]


def test_playing_holds_what_decides_the_sound(mapping: Mapping) -> None:
    config = load(put(mapping, "note.number", 48))
    assert config.playing.note.number == 48
    assert config.playing.audio.samples == 1_000
    assert config.playing.engine == config.engine


def test_the_thesis_view_has_5001_bands_and_30_frames() -> None:
    assert spectrogram_shape(SpectrogramConfig(name="thesis"), 40_000) == (5001, 30)
    assert spectrogram_shape(SpectrogramConfig(name="pooled", pool=10), 40_000) == (501, 30)
    assert spectrogram_shape(SpectrogramConfig(name="thesis"), 39_577) == (5001, 30)
    assert spectrogram_shape(SpectrogramConfig(name="thesis"), 39_576) == (5001, 29)


def test_settings_reach_the_section_that_has_them() -> None:
    network, training = apply_settings(
        NetworkConfig(), TrainingConfig(), {"hidden_units": 200, "weight_decay": 0.5}
    )
    assert network == NetworkConfig(hidden_units=200)
    assert training == TrainingConfig(weight_decay=0.5)


def test_a_setting_out_of_range_is_refused() -> None:
    with pytest.raises(SynthinvError, match="settings: hidden_units: input should be greater"):
        apply_settings(NetworkConfig(), TrainingConfig(), {"hidden_units": 0})


def test_a_solvers_settings_replace_single_ones_of_the_section(mapping: Mapping) -> None:
    mapping["solver"] = {"notes": 100, "threads": 1}
    mapping["solvers"][0]["settings"] = {"notes": 200, "channels": [8, 16]}
    found = plan.solver_settings(load(mapping), "mine")
    assert found == SolverConfig(notes=200, threads=1, channels=(8, 16))


def test_the_name_of_a_refined_answer_is_taken(mapping: Mapping) -> None:
    mapping["solvers"].append({**mapping["solvers"][0], "name": "mine-refined"})
    assert (
        "solvers: 'mine-refined' is the name of the refinement of 'mine' and of a solver"
        in refusal(mapping)
    )
    mapping["solvers"][0]["refine"] = False
    assert "mine-refined" in plan.predictors(load(mapping))


def test_a_solver_of_stored_notes_may_be_of_any_engine(mapping: Mapping) -> None:
    mapping["engine"] = {"kind": "live", "midi_port": "x"}
    mapping["solvers"][0]["train"] = "final"
    assert load(mapping).solver_experiment("mine").train == "final"


def test_a_solvers_data_sets_must_be_of_one_kind(mapping: Mapping) -> None:
    mapping["data_sets"].append({"name": "other", "samples": 100, "fixed": {"a": 1}})
    mapping["solvers"][0]["train"] = "other"
    assert "solvers.mine: the data sets 'other' and 'test' must have" in refusal(mapping)


def test_what_a_solver_is_trained_on_is_captured(mapping: Mapping) -> None:
    mapping["data_sets"].append({"name": "library", "samples": 100})
    mapping["solvers"][0]["train"] = "library"
    assert plan.captured_data_sets(load(mapping)) == ("final", "test", "library")


def test_every_field_has_a_description_or_a_documented_model() -> None:
    def properties(schema: Mapping) -> list[tuple[str, Mapping]]:
        return [(k, v) for d in schema["$defs"].values() for k, v in d["properties"].items()]

    bare = {
        name
        for name, field in properties(Config.model_json_schema())
        if "description" not in field and name not in ("name", "kind", "windows")
    }
    assert bare == set()


def test_numbers_that_yaml_takes_for_text_are_numbers(mapping: Mapping) -> None:
    config = load(put(mapping, "grid_searches.0.axes", {"weight_decay": ["1e-4", 0.001]}))
    assert config.grid_search("decay").axes == {"weight_decay": (0.0001, 0.001)}


def test_a_network_that_a_search_can_lead_to_must_fit_the_next_view(mapping: Mapping) -> None:
    mapping["spectrograms"].append({"name": "tiny", "nperseg": 16, "nfft": 16})
    mapping["grid_searches"][0]["axes"] = {"convolutions": [3, 4]}
    mapping["experiments"][1] |= {"spectrogram": "tiny", "start_from": "decay"}
    assert "spectrograms.tiny: an image of 9 × 71 is too small for 4 convolutions" in refusal(
        mapping
    )


def test_sounds_are_matched_by_the_synth_of_their_solver(mapping: dict[str, Any]) -> None:
    assert plan.match_setup(load(mapping)) == ("instrument.yaml", {})
    for data_set in mapping["data_sets"]:
        data_set |= {"instrument": "other.yaml", "fixed": {"range": 51}}
    mapping["match"] = {"solver": "mine"}
    assert plan.match_setup(load(mapping)) == ("other.yaml", {"range": 51})
