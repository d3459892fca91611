"""Presets that come with synthinv."""

from pathlib import Path

import numpy as np
import pytest

from synthinv.instruments import presets
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.presets import PRESETS, presets_of
from synthinv.instruments.registry import FILES


def write(folder: Path, header: list[str], *rows: list[str | int]) -> None:
    lines = [["name", *header], *([str(value) for value in row] for row in rows)]
    text = "".join(",".join(line) + "\n" for line in lines)
    (folder / "toy.csv").write_text(text, encoding="utf-8")


def test_a_table_is_read_as_patches(
    toy: Instrument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "PRESETS", tmp_path)
    write(tmp_path, list(toy.names), ["one", 1, 51, 3], ["two", 127, 102, 0])
    found = presets_of(toy)
    assert found.dtype == np.uint8
    assert found.tolist() == [[1, 51, 3], [127, 102, 0]]


def test_presets_of_other_knobs_are_none(
    toy: Instrument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "PRESETS", tmp_path)
    write(tmp_path, list(reversed(toy.names)), ["one", 1, 51, 3])
    assert presets_of(toy).shape == (0, len(toy.names))


def test_a_table_without_rows_has_none(
    toy: Instrument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "PRESETS", tmp_path)
    write(tmp_path, list(toy.names))
    assert presets_of(toy).shape == (0, len(toy.names))


def test_an_instrument_without_presets_has_none(toy: Instrument) -> None:
    assert presets_of(toy.model_copy(update={"name": "nobodys"})).shape == (0, len(toy.names))


def test_presets_that_come_with_synthinv_are_patches_of_their_instruments() -> None:
    for file in PRESETS.glob("*.csv"):
        instrument = load_instrument(file.stem)
        assert (FILES / f"{file.stem}.yaml").is_file()
        found = presets_of(instrument)
        assert len(found) > 0
        assert (found <= instrument.highest).all()
        for knob, values in zip(instrument.parameters, found.T, strict=True):
            assert knob.positions is None or set(values.tolist()) <= set(knob.positions)
