"""The synths that come with synthinv, by name."""

from pathlib import Path

import pytest

from synthinv.cli.main import main
from synthinv.common.errors import SynthinvError
from synthinv.config.names import SYNTHS, synth_names
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.synth import as_synth
from synthinv.engines.opening import engine_module
from synthinv.instruments.load import load_instrument


def test_three_synths_come_along() -> None:
    assert synth_names() == ["amsynth", "dx7", "vital"]


@pytest.mark.parametrize("name", synth_names())
def test_a_synth_is_played_by_its_own_engine_and_has_preset_files(name: str) -> None:
    synth = as_synth(name)
    instrument = load_instrument(synth.instrument)
    assert (instrument.name, instrument.format) == (name, name)
    assert engine_module(synth.engine) != engine_module(BuiltInConfig())
    assert as_synth(Path(name)) == synth == as_synth(SYNTHS / f"{name}.yaml")


def test_a_name_that_is_neither_a_synth_nor_an_instrument_lists_both() -> None:
    message = r"synth: there is no 'dx9' \(known: amsynth, amsynth-16, dx7, .*vital\); name one"
    with pytest.raises(SynthinvError, match=message):
        as_synth("dx9")


@pytest.mark.parametrize("command", [["--help"], ["match", "--help"], ["check", "--help"]])
def test_the_help_lists_them(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(command)
    assert "amsynth, dx7, vital" in " ".join(capsys.readouterr().out.split())
