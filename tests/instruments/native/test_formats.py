import errno
from pathlib import Path
from typing import NoReturn, get_args

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.instruments.model import Instrument
from synthinv.instruments.native.formats import FORMATS, bank_files, existing, format_of, read_bank


def test_every_format_of_an_instrument_has_a_module() -> None:
    named = get_args(get_args(Instrument.model_fields["format"].annotation)[0])
    assert set(named) == set(FORMATS)
    for name in FORMATS:
        assert {"read_presets", "write_presets"} <= vars(format_of(name)).keys()


def test_a_folder_stands_for_its_files_by_name_and_none_comes_twice(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.bank", "a.BANK", "sub/c.bank", "notes.txt"):
        (tmp_path / name).touch()
    files = bank_files([str(tmp_path / "b.bank"), str(tmp_path)], "amsynth")
    assert [file.name for file in files] == ["b.bank", "a.BANK", "c.bank"]


def test_what_macos_puts_beside_a_bank_is_no_bank(tmp_path: Path) -> None:
    for name in ("a.syx", "._a.syx"):
        (tmp_path / name).touch()
    assert bank_files([str(tmp_path)], "dx7") == [tmp_path / "a.syx"]


def test_what_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match="no such file or folder of presets; install Debian's"):
        bank_files([str(tmp_path / "none")], "amsynth")
    with pytest.raises(SynthinvError, match=r"has no preset files \(\.syx, \.dx7\); name another"):
        bank_files([str(tmp_path)], "dx7")
    with pytest.raises(SynthinvError, match=r"none\.bank: there is no such file of presets"):
        read_bank(tmp_path / "none.bank", "amsynth")


def test_what_may_not_be_looked_into_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Tests may run as root, who may look into everything.
    def refuse(path: Path, **options: bool) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", refuse)
    sentence = r"closed: cannot be looked into \(Permission denied\); name another folder or file"
    with pytest.raises(SynthinvError, match=sentence):
        existing([str(tmp_path / "closed")])
    with pytest.raises(SynthinvError, match=sentence):
        bank_files([str(tmp_path / "closed")], "dx7")


def test_a_bank_without_presets_is_refused(tmp_path: Path) -> None:
    bank = tmp_path / "empty.bank"
    bank.write_text("amSynth\nEOF\n", encoding="utf-8")
    with pytest.raises(SynthinvError, match=r"empty\.bank: has no presets"):
        read_bank(bank, "amsynth")
