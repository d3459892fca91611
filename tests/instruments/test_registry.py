from pathlib import Path
from typing import Any

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.instruments.registry import FILES, instrument_file


def test_a_name_is_an_instrument_that_comes_with_synthinv() -> None:
    assert instrument_file("monark").samefile(FILES / "monark.yaml")


@pytest.mark.parametrize("path", ["monark.yaml", "mine/monark", "/mine/monark.yaml"])
def test_a_suffix_or_a_folder_makes_a_path(path: str) -> None:
    assert instrument_file(path) == Path(path)


def test_what_is_found_does_not_depend_on_where_the_project_lies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(FILES.parents[2])
    assert instrument_file("monark") == Path("synthinv/instruments/files/monark.yaml")
    monkeypatch.chdir(tmp_path)
    assert instrument_file("monark") == FILES / "monark.yaml"


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SynthinvError, match=r"no 'moog' \(known: amsynth, .*monark.*\); name one"):
        instrument_file("moog")


@pytest.mark.parametrize("name", [3, None, b"minimoog"])
def test_what_is_no_name_is_refused(name: Any) -> None:
    kind = type(name).__name__
    with pytest.raises(SynthinvError, match=f"^instrument: is of type {kind}; give a name or a f"):
        instrument_file(name)
