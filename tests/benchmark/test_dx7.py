from pathlib import Path

import numpy as np
import pytest

from synthinv.audio.pitch import estimate_pitch
from synthinv.benchmark.dx7 import VOICE, played_by_dexed, read_voice, voice_name
from synthinv.common.errors import SynthinvError


def packed(name: str = "SINE      ", level: int = 99) -> bytes:
    """Pack a voice whose last operator, a plain sine, is the only one with a level."""

    def operator(output: int) -> bytes:
        # Rates, levels, scaling, detuning of 0, output level, coarse frequency of 1, fine of 0.
        fields = [99, 99, 99, 99, 99, 99, 99, 0, 0, 0, 0, 0, 7 << 3, 0, output, 1 << 1, 0]
        return bytes(fields)

    operators = operator(0) * 5 + operator(level)
    pitch_envelope = bytes([99] * 4 + [50] * 4)
    # Algorithm 32, in which no operator modulates another; no LFO; no transposition.
    rest = bytes([31, 8, 0, 0, 0, 0, 0, 24])
    voice = operators + pitch_envelope + rest + name.encode()
    assert len(voice) == VOICE
    return voice


def bank(folder: Path, content: bytes) -> Path:
    file = folder / "own.dx7"
    file.write_bytes(content)
    return file


def test_a_voice_is_read_by_its_place(tmp_path: Path) -> None:
    file = bank(tmp_path, packed("ONE       ") + packed("TWO       "))
    assert [voice_name(read_voice(file, place)) for place in (0, 1)] == ["ONE", "TWO"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is not a bank of packed DX7 voices, of 128 bytes each"),
        (packed()[:-1], "is not a bank of packed DX7 voices"),
        (packed() * 2**14, "is not a bank of packed DX7 voices"),
        (bytes([200]) + packed()[1:], "voice 0 has bytes above 127; restore the bank"),
    ],
    ids=["empty", "cut off", "huge", "eight bits"],
)
def test_what_is_no_bank_is_a_sentence(content: bytes, fault: str, tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match=rf"own\.dx7: {fault}"):
        read_voice(bank(tmp_path, content), 0)


def test_a_voice_or_a_bank_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="has 1 voices, none at place 1; choose another"):
        read_voice(bank(tmp_path, packed()), 1)
    with pytest.raises(SynthinvError, match=r"no such bank; install Debian's package hexter"):
        read_voice(tmp_path / "none.dx7", 0)


def test_a_voice_is_played_at_its_key_for_its_length() -> None:
    sound = played_by_dexed(packed(), 69, 100, 0.5, 1.0, 44_100)
    assert sound.shape == (44_100,)
    assert estimate_pitch(sound[:22_050], 44_100).frequency == pytest.approx(440, rel=0.02)
    assert np.array_equal(sound, played_by_dexed(packed(), 69, 100, 0.5, 1.0, 44_100))
    assert np.abs(sound[30_000:]).max() < 0.01 * np.abs(sound).max()
