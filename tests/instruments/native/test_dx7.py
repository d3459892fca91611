"""The DX7's files, beside Dexed's own reader and writer of them."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from dexed import Patch

from synthinv.common.errors import SynthinvError
from synthinv.instruments.native.dx7 import (
    INIT,
    VALUES,
    read_presets,
    single_voice,
    write_presets,
)
from synthinv.instruments.native.preset import Preset

HEXTER = Path("/usr/share/hexter")
BANKS = sorted(HEXTER.glob("*.dx7"))


def checksum(voices: bytes) -> int:
    return (128 - sum(voices) % 128) % 128


def single(voice: bytes, channel: int = 0) -> bytes:
    head = bytes([0xF0, 0x43, channel, 0x00, 0x01, 0x1B])
    return head + voice + bytes([checksum(voice), 0xF7])


def numbered(*places: int) -> list[Preset]:
    """Return voices in which every value is as high as the place allows."""
    return [Preset(f"VOICE {i}", {n: min(i, v.highest) for n, v in VALUES.items()}) for i in places]


def written(path: Path, presets: Sequence[Preset]) -> bytes:
    write_presets(path, presets)
    return path.read_bytes()


def test_a_voice_has_145_values_of_their_own() -> None:
    assert len(VALUES) == 145
    assert {value.place for value in VALUES.values()} == set(range(145))


def test_the_initial_voice_is_operator_1_as_a_sine() -> None:
    sounding = [n for n, v in INIT.values.items() if n.endswith("output_level") and v]
    assert sounding == ["op1_output_level"]
    assert (INIT.values["op1_coarse"], INIT.values["op1_detune"]) == (1, 7)
    assert INIT.values["transpose"] == 24


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.stem)
def test_banks_are_read_as_by_dexed_and_written_byte_for_byte(bank: Path, tmp_path: Path) -> None:
    packed = bank.read_bytes()
    presets = read_presets(bank)
    assert len(presets) == len(packed) // 128
    file = tmp_path / "own.syx"
    for start in range(0, len(presets), 32):
        own = presets[start : start + 32]
        write_presets(file, own)
        assert read_presets(file)[: len(own)] == own
        for i, patch in enumerate(Patch.load_bank(str(file))[: len(own)]):
            there = packed[(start + i) * 128 :][:128]
            assert patch.to_packed() == Patch.from_packed(there).to_packed() == there
            assert patch.to_sysex() == single_voice(own[i]) + b"\x3f"


def test_packed_voices_are_written_as_they_were_read(tmp_path: Path) -> None:
    presets = read_presets(BANKS[-1])
    content = written(tmp_path / "own.syx", presets[:32])
    assert content[6:-2] == BANKS[-1].read_bytes()[: 32 * 128]


def test_one_preset_is_a_single_voice_and_several_are_a_padded_bank(tmp_path: Path) -> None:
    file = tmp_path / "own.syx"
    assert len(written(file, numbered(5))) == 163
    assert read_presets(file) == numbered(5)
    assert len(written(file, numbered(1, 2, 99))) == 4104
    assert read_presets(file) == [*numbered(1, 2, 99), *[INIT] * 29]


def test_messages_follow_one_another_in_any_order(tmp_path: Path) -> None:
    file = tmp_path / "own.syx"
    bank = written(file, numbered(1, 2))
    other = bytes([0xF0, 0x7E, 0x00, 0x06, 0x01, 0xF7])
    one_value = bytes([0xF0, 0x43, 0x10, 0x01, 0x1B, 0x05, 0xF7])
    voice = single_voice(numbered(7)[0])
    file.write_bytes(other + single(voice, channel=15) + one_value + bank + bytes([0xF0, 0xF7]))
    assert [preset.name for preset in read_presets(file)[:3]] == ["VOICE 7", "VOICE 1", "VOICE 2"]


def test_values_above_the_panels_are_kept(tmp_path: Path) -> None:
    voice = Preset("ODD", {**INIT.values, "op1_rate1": 127, "op3_detune": 15, "lfo_waveform": 7})
    file = tmp_path / "own.syx"
    write_presets(file, [voice])
    assert read_presets(file) == [voice]
    write_presets(file, [voice, INIT])
    assert read_presets(file)[0] == voice


@pytest.mark.parametrize("name", ["<b>&\"'", "  MIDDLE", "\x00\x1b[2J", "E.PIANO\\~\x7f", ""])
def test_a_name_stays_as_it_is(name: str, tmp_path: Path) -> None:
    file = tmp_path / "own.syx"
    write_presets(file, [Preset(name, INIT.values)])
    assert read_presets(file)[0].name == name


def test_a_name_is_cut_to_ten_characters_of_ascii(tmp_path: Path) -> None:
    file = tmp_path / "own.syx"
    write_presets(file, [Preset("Flöte, weich", {})])
    assert read_presets(file) == [Preset("Fl?te, wei", INIT.values)]


VOICE = single(single_voice(INIT))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "has 0 bytes, but files of DX7 voices have 1 to 1,048,576"),
        (bytes(10_000_000), "has 10,000,000 bytes, but files of DX7 voices have 1 to 1,048,576"),
        (bytes(1_048_576), "holds nothing but zeros; restore the file"),
        (bytes(127), "holds nothing but zeros"),
        (b"\x01" * 127, "is neither SysEx messages nor packed DX7 voices, of 128 bytes each"),
        (bytes(128) + b"\x80" + bytes(127), "voice 1 has bytes above 127; restore the bank"),
        (VOICE[:-1], "ends within a SysEx message; restore the file"),
        (VOICE[:99] + VOICE, "the SysEx message from byte 0 on has bytes above 127"),
        (VOICE[:99] + VOICE[-2:], "the DX7 voices from byte 0 on have 93 bytes instead of 155"),
        (VOICE[:9] + b"\x01" + VOICE[10:], "byte 0 on do not have their checksum"),
        (VOICE + b"\x00", "byte 163 is in none of its SysEx messages; restore the file"),
        (b"\xf0\x7e\x00\x06\x01\xf7", "its SysEx messages hold no voice of a DX7"),
        (b"\xf0" * 1_000, "ends within a SysEx message"),
    ],
    ids=[
        "empty",
        "ten million zeros",
        "zeros in place of voices",
        "zeros",
        "no voices",
        "eight bits",
        "cut off",
        "cut off in between",
        "shortened",
        "checksum",
        "more",
        "other messages",
        "no end",
    ],
)
def test_what_is_no_file_of_voices_is_a_sentence(
    content: bytes, fault: str, tmp_path: Path
) -> None:
    file = tmp_path / "own.syx"
    file.write_bytes(content)
    with pytest.raises(SynthinvError, match=rf"own\.syx: .*{fault}"):
        read_presets(file)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.syx"):
        with pytest.raises(SynthinvError, match="there is no such file; correct the path"):
            read_presets(path)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"cutoff": 1}, "ODD: the DX7 has no value 'cutoff'; leave it out"),
        ({"algorithm": 32}, "ODD: algorithm is 32, not a whole number from 0 to 31; correct it"),
        ({"op1_fine": 0.5}, "ODD: op1_fine is 0.5, not a whole number from 0 to 99"),
        ({"op1_fine": -1}, "ODD: op1_fine is -1, not a whole number"),
        ({"op1_fine": float("nan")}, "ODD: op1_fine is nan, not a whole number"),
    ],
)
def test_values_that_the_dx7_does_not_have_are_not_written(
    values: dict[str, float], fault: str, tmp_path: Path
) -> None:
    for presets in ([Preset("ODD", values)], [Preset("ODD", values), INIT]):
        with pytest.raises(SynthinvError, match=fault):
            write_presets(tmp_path / "own.syx", presets)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [0, 33])
def test_a_bank_holds_up_to_32_voices(number: int, tmp_path: Path) -> None:
    with pytest.raises(
        SynthinvError, match=f"holds 1 to 32 voices, not {number}; give it that many"
    ):
        write_presets(tmp_path / "own.syx", [INIT] * number)
