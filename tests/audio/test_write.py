import errno
from pathlib import Path

import numpy as np
import pytest
import soundfile

from synthinv.audio.write import sound_format, write_sound
from synthinv.common.errors import SynthinvError

RATE = 44_100
NOTE = (0.5 * np.sin(np.arange(RATE) / 20)).astype(np.float32)


@pytest.mark.parametrize("name", ["a.wav", "a.FLAC", "音.wav", "s\udcff.flac"])
def test_a_sound_is_written_under_any_name(tmp_path: Path, name: str) -> None:
    write_sound(tmp_path / name, NOTE, RATE)
    (file,) = tmp_path.iterdir()
    assert file.name == name
    with file.open("rb") as stream:
        written, rate = soundfile.read(stream, dtype="float32")
    assert rate == RATE
    np.testing.assert_allclose(written, NOTE, rtol=0, atol=2**-23)


@pytest.mark.parametrize("name", ["a", "a.mp3", "a.xyz", ".wav"])
def test_another_format_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(SynthinvError, match=r"ends neither in \.wav nor in \.flac; name a file"):
        sound_format(tmp_path / name)


def test_the_system_s_reason_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SynthinvError, match=r"cannot be written \(No space left on device\)"):
        write_sound(tmp_path / "a.wav", NOTE, RATE)
    assert not list(tmp_path.iterdir())
