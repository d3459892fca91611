from typing import Any

from synthinv.config.load import load
from synthinv.config.playing import playing_config, playing_params
from synthinv.config.sections.engine import BuiltInConfig, LiveConfig, PlugInConfig
from synthinv.config.sections.playing import PlayingConfig

LIVE: dict[str, Any] = {"kind": "live", "midi_port": "x", "midi_channel": 3}


def test_the_sections_are_those_of_the_whole_configuration(mapping: dict[str, Any]) -> None:
    mapping |= {"note": {"number": 48}, "silence": {"draws": 7}}
    assert playing_config(mapping) == load(mapping).playing


def test_params_leave_out_patience_and_nothing_else() -> None:
    patient = LIVE | {"retries": 9, "dropout_retries": 9, "connect": 9, "host": {"timeout": 9}}
    params = [
        playing_params(playing_config({"engine": engine, "silence": silence}))
        for engine, silence in (
            (LIVE | {"host": {}}, {}),
            (patient, {"draws": 9}),
            (patient, {"level_dbfs": -50}),
        )
    ]
    assert params[0] == params[1] != params[2]
    assert params[0]["engine"]["midi_port"] == "x"


def test_every_field_but_patience_records_again() -> None:
    playing = playing_config({"engine": LIVE | {"host": {}}})
    params, sections = playing_params(playing), playing.model_dump(mode="json")
    patience = {"retries", "dropout_retries", "connect"}
    assert sections["engine"].keys() - params["engine"].keys() == patience
    hosts = (sections["engine"]["host"], params["engine"]["host"])
    assert hosts[0].keys() - hosts[1].keys() == {"timeout", "restarts"}
    assert sections["silence"].keys() - params["silence"].keys() == {"draws"}
    assert (params["note"], params["audio"]) == (sections["note"], sections["audio"])
    for engine in (BuiltInConfig(), PlugInConfig(kind="plug-in", path="synth.so")):
        whole = PlayingConfig(engine=engine)
        assert playing_params(whole)["engine"] == engine.model_dump(mode="json")


def test_the_channel_is_the_ports_and_1_without_a_port() -> None:
    assert PlayingConfig(engine=LiveConfig(**LIVE)).engine.midi_channel == 3
    assert PlayingConfig(engine=BuiltInConfig()).engine.midi_channel == 1
