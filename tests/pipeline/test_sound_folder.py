from pathlib import Path

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.pipeline.sound_folder import sounds_in


def folder(path: Path, *names: str) -> str:
    for name in names:
        (path / name).touch()
    return str(path)


def test_sounds_are_named_after_their_files(tmp_path: Path) -> None:
    names = ("kick.wav", "Snare 2.FLAC", "-a 'b' $(c).mp3", "ü.v2.aif", "....wav")
    (tmp_path / "folder.wav").mkdir()
    found = sounds_in(folder(tmp_path, *names, "notes.txt", ".hidden.wav"))
    assert found == {
        "Snare-2": str(tmp_path / "Snare 2.FLAC"),
        "a-b-c": str(tmp_path / "-a 'b' $(c).mp3"),
        "kick": str(tmp_path / "kick.wav"),
        "ü.v2": str(tmp_path / "ü.v2.aif"),
    }


def test_no_folder_has_no_sounds() -> None:
    assert sounds_in(None) == {}


def test_a_name_of_nothing_but_signs_is_a_sound(tmp_path: Path) -> None:
    assert list(sounds_in(folder(tmp_path, "?!.wav"))) == ["sound"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "has no sound files"),
        (("read me.txt",), "has no sound files"),
        (("a b.wav", "a-b.wav"), "would both be called 'a-b'; rename one of them"),
        (("a.wav", "a.flac"), "would both be called 'a'; rename one of them"),
        (("a{b}.wav",), "has a brace or a character that cannot be shown in its name"),
        (("a\nb.wav",), r"a\\nb.wav' has a brace or a character that cannot be shown"),
        (("a\udcff.wav",), r"a\\udcff.wav' has a brace or a character that cannot be shown"),
    ],
)
def test_a_folder_whose_sounds_cannot_be_named_is_one_sentence(
    tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SynthinvError, match=message) as caught:
        sounds_in(folder(tmp_path, *names))
    assert str(caught.value).startswith("match.sounds: ")


def test_a_missing_folder_is_named() -> None:
    with pytest.raises(SynthinvError, match=r"match\.sounds: there is no folder 'nowhere'"):
        sounds_in("nowhere")
