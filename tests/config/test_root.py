import re

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config.load import load
from synthinv.config.root import Config
from synthinv.config.sections.engine import BuiltInConfig

from .mappings import Mapping, put


def test_every_section_may_be_left_out() -> None:
    config = load({})
    assert config == Config()
    assert (config.instrument, config.engine) == ("minimoog-1osc", BuiltInConfig())
    assert config.report is None


def test_the_source_is_named(mapping: Mapping) -> None:
    with pytest.raises(SynthinvError, match=re.escape("my.yaml: sede: is not")):
        load(mapping | {"sede": 1}, "my.yaml")


def test_nothing_changes_after_loading(mapping: Mapping) -> None:
    config = load(mapping)
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 1  # type: ignore[misc]


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


def test_a_solver_of_stored_notes_may_be_of_any_engine(mapping: Mapping) -> None:
    mapping["engine"] = {"kind": "live", "midi_port": "x"}
    mapping["solvers"][0]["train"] = "final"
    assert load(mapping).solver_experiment("mine").train == "final"


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
