"""The edits of the voice that the benchmarks measure still fit its source."""

import ast
import importlib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def edits(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("voice_edits")


def test_every_edit_finds_its_text(edits: Any) -> None:
    for name in [*edits.EDITS, *edits.REWRITES]:
        ast.parse(edits.edited_source({name}))


def test_an_edit_whose_text_is_gone_is_refused(edits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(edits.EDITS, "1 lane", (("LANES = 17\n", "LANES = 1\n"),))
    with pytest.raises(ValueError, match="1 lane"):
        edits.edited_source({"1 lane"})
