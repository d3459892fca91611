from pathlib import Path

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.instruments.load import load_instrument
from synthinv.instruments.native import amsynth
from synthinv.instruments.native.amsynth import DEFAULTS, read_presets, write_presets
from synthinv.instruments.native.preset import Preset, own_name, to_patch

BANKS = Path("/usr/share/amsynth/banks")
BANK = """amSynth
<preset> <name> First <b>One</b>
<parameter> amp_attack 0.15
<parameter> filter_kbd_track 0.5
<preset> <name> Second
<parameter> amp_attack 6.95688e-09
EOF
"""


def bank(folder: Path, text: str = BANK) -> Path:
    file = folder / "own.bank"
    file.write_text(text)
    return file


def test_a_preset_has_its_name_and_values_and_the_synths_own_for_the_rest(tmp_path: Path) -> None:
    first, second = read_presets(bank(tmp_path))
    assert first.name == "First <b>One</b>"
    assert first.values == {**DEFAULTS, "amp_attack": 0.15, "filter_kbd_track": 0.5}
    assert second.name == "Second"
    assert second.values == {**DEFAULTS, "amp_attack": 6.95688e-09}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    presets = read_presets(bank(tmp_path))
    file = tmp_path / "again.bank"
    write_presets(file, presets)
    again = read_presets(file)
    assert [preset.name for preset in again] == [preset.name for preset in presets]
    for one, other in zip(again, presets, strict=True):
        assert one.values == pytest.approx(other.values, rel=1e-6)


def test_names_stay_on_their_line_and_are_kept_by_amsynth(tmp_path: Path) -> None:
    names = ["a\nEOF\n<parameter> b", "  ", "unused"]
    write_presets(tmp_path / "own.bank", [Preset(name, {"amp_attack": 1}) for name in names])
    found = [preset.name for preset in read_presets(tmp_path / "own.bank")]
    assert found == ["a EOF <parameter> b", "unnamed", "unused-"]


def test_more_presets_than_amsynth_takes_are_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="amsynth takes 128 presets; choose fewer"):
        write_presets(tmp_path / "own.bank", [Preset("x", {})] * 129)
    text = "amSynth\n" + 129 * "<preset> <name> x\n" + "EOF\n"
    with pytest.raises(SynthinvError, match="has 129 presets, more than 128; split the bank"):
        read_presets(bank(tmp_path, text))


def test_a_value_that_is_not_finite_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="preset 'x': amp_attack is nan, not a finite number"):
        write_presets(tmp_path / "own.bank", [Preset("x", {"amp_attack": float("nan")})])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is not a bank of amsynth"),
        ("<preset> <name> First\nEOF\n", "is not a bank of amsynth"),
        ("amSynth\n", "is cut off, as its last line is not EOF"),
        (BANK.removesuffix("EOF\n"), "is cut off, as its last line is not EOF"),
        (BANK[:60], "is cut off, as its last line is not EOF"),
        (BANK.replace("0.15", "loud"), "preset 0 has a line that is no parameter of amsynth: '<p"),
        (BANK.replace("6.95688e-09", "nan"), "preset 1 has a line that is no parameter"),
        (BANK.replace("0.15", "1e999"), "preset 0 has a line that is no parameter"),
        (BANK.replace("amp_attack", "loudness"), "preset 0 has a line that is no parameter"),
        (BANK.replace("<parameter> amp_attack 0.15", "EOF 1"), "preset 0 has a line that is no"),
        ("amSynth\n<parameter> amp_attack 1\nEOF\n", "before its first preset is a line that"),
        ("amSynth\n" + "\0" * 1_000, "is cut off"),
    ],
)
def test_what_is_no_bank_is_a_sentence(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match=rf"own\.bank: {fault}"):
        read_presets(bank(tmp_path, text))


def test_more_presets_than_amsynth_takes_are_counted_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "amSynth\n" + "<preset> <name> x\n<parameter> amp_attack 1\n" * 129 + "EOF\n"
    monkeypatch.setattr(amsynth, "_parameter", lambda *_: pytest.fail("read"))
    with pytest.raises(SynthinvError, match="has 129 presets, more than 128; split the bank"):
        read_presets(bank(tmp_path, text))


def test_bytes_that_are_no_text_and_huge_files_are_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "own.bank"
    file.write_bytes(b"amSynth\n\xff\xfe")
    with pytest.raises(SynthinvError, match="cannot be read as text"):
        read_presets(file)
    with file.open("wb") as stream:
        stream.truncate(10_000_000)
    with pytest.raises(SynthinvError, match="is too large for a bank of amsynth"):
        read_presets(file)
    with pytest.raises(SynthinvError, match=r"none\.bank: cannot be read"):
        read_presets(tmp_path / "none.bank")


def test_the_instrument_has_every_parameter_of_a_preset() -> None:
    amsynth = load_instrument("amsynth")
    assert {own_name(parameter) for parameter in amsynth.parameters} == set(DEFAULTS)
    converted = to_patch(amsynth, Preset("default", DEFAULTS))
    assert converted.unrepresented == {}


def test_amsynths_own_banks_are_represented() -> None:
    amsynth, kept = load_instrument("amsynth"), 0
    presets = [preset for file in sorted(BANKS.iterdir()) for preset in read_presets(file)]
    assert len(presets) == 3_482
    for preset in presets:
        unrepresented = to_patch(amsynth, preset).unrepresented
        # Older ones of its plug-in had a switch that could stand in between.
        assert set(unrepresented) <= {"portamento_mode"}
        kept += not unrepresented
    assert kept > 3_400
