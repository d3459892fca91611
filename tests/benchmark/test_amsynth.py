from pathlib import Path

import numpy as np
import pytest

from synthinv.audio.types import Audio
from synthinv.benchmark.amsynth import played_by_amsynth, read_preset, state_of
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.benchmark import SoundSourcesConfig

PLUG_IN = Path(SoundSourcesConfig().amsynth)
BANK = """amSynth
<preset> <name> First One
<parameter> amp_attack 0.15
<parameter> amp_sustain 1
<preset> <name> Second
<parameter> amp_attack 6.95688e-09
EOF
"""


def bank(folder: Path, text: str = BANK) -> Path:
    file = folder / "own.bank"
    file.write_text(text)
    return file


def test_a_preset_is_its_name_and_its_parameters(tmp_path: Path) -> None:
    file = bank(tmp_path)
    first = "First One\n<parameter> amp_attack 0.15\n<parameter> amp_sustain 1\n"
    assert read_preset(file, 0) == first
    assert read_preset(file, 1) == "Second\n<parameter> amp_attack 6.95688e-09\n"


def test_a_state_is_a_bank_of_vst2_with_the_preset_in_its_chunk(tmp_path: Path) -> None:
    state = state_of(read_preset(bank(tmp_path), 1))
    chunk = b"amSynth1.0preset\n<preset> <name> Second\n<parameter> amp_attack 6.95688e-09\n"
    assert state[160:] == chunk
    assert int.from_bytes(state[156:160], "big") == len(chunk)
    assert (state[:4], state[8:12], state[16:20]) == (b"CcnK", b"FBCh", b"amsy")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is not a bank of amsynth"),
        ("<preset> <name> First\n", "is not a bank of amsynth"),
        (BANK.replace("0.15", "loud"), "preset 0 has a line that is no parameter: '<parameter>"),
        (BANK.replace("0.15", "nan"), "preset 0 has a line that is no parameter"),
        (BANK.replace("<parameter> amp_attack 0.15", "EOF 1"), "preset 0 has a line that is no"),
        (BANK.replace("0.15", ""), "preset 0 has a line that is no parameter"),
    ],
)
def test_what_is_no_bank_is_a_sentence(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match=rf"own\.bank: {fault}"):
        read_preset(bank(tmp_path, text), 0)


def test_a_preset_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="has 2 presets, none at place 2; choose another"):
        read_preset(bank(tmp_path), 2)


def test_bytes_that_are_no_text_and_huge_files_are_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "own.bank"
    file.write_bytes(b"amSynth\n\xff\xfe")
    with pytest.raises(SynthinvError, match="cannot be read as text"):
        read_preset(file, 0)
    with file.open("wb") as stream:
        stream.truncate(2**30)
    with pytest.raises(SynthinvError, match="is too large for a bank of amsynth"):
        read_preset(file, 0)


def test_what_is_not_installed_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match=r"no such bank; install Debian's package amsynth"):
        read_preset(tmp_path / "none.bank", 0)
    with pytest.raises(SynthinvError, match=r"no such plug-in; install Debian's package amsynth"):
        played_by_amsynth("", tmp_path / "none.so", 60, 100, 0.5, 1.0, 44_100)


@pytest.mark.skipif(not PLUG_IN.is_file(), reason="amsynth is not installed")
def test_amsynth_plays_the_preset_the_key_and_the_length() -> None:
    def played(sustain: int) -> Audio:
        preset = f"Own\n<parameter> amp_sustain {sustain}\n<parameter> amp_release 0.02\n"
        return played_by_amsynth(preset, PLUG_IN, 57, 100, 0.4, 0.8, 44_100)

    sustained, again, silent = played(1), played(1), played(0)
    assert sustained.shape == (35_280,)
    assert np.array_equal(sustained, again)
    held, released = np.abs(sustained[4_410:17_640]).max(), np.abs(sustained[22_050:]).max()
    assert held > 0.01
    assert released < 0.01 * held
    assert np.abs(silent[8_820:17_640]).max() < 0.01 * held
