from pathlib import Path

import numpy as np
import pytest

from synthinv.audio.pitch import estimate_pitch
from synthinv.benchmark.dx7 import played_by_dexed, read_voice
from synthinv.common.errors import SynthinvError
from synthinv.instruments.native.dx7 import INIT, write_presets
from synthinv.instruments.native.preset import Preset


def test_a_voice_is_read_by_its_place(tmp_path: Path) -> None:
    bank = tmp_path / "own.syx"
    write_presets(bank, [Preset("ONE", {}), Preset("TWO", {})])
    assert [read_voice(bank, place).name for place in (0, 1)] == ["ONE", "TWO"]
    with pytest.raises(SynthinvError, match="has 32 voices, none at place 32; choose another"):
        read_voice(bank, 32)


def test_a_bank_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match=r"no such bank; install Debian's package hexter"):
        read_voice(tmp_path / "none.dx7", 0)


def test_a_voice_is_played_at_its_key_for_its_length() -> None:
    sound = played_by_dexed(INIT, 69, 100, 0.5, 1.0, 44_100)
    assert sound.shape == (44_100,)
    assert estimate_pitch(sound[:22_050], 44_100).frequency == pytest.approx(440, rel=0.02)
    assert np.array_equal(sound, played_by_dexed(INIT, 69, 100, 0.5, 1.0, 44_100))
    assert np.abs(sound[30_000:]).max() < 0.01 * np.abs(sound).max()
