from pathlib import Path

import numpy as np
import pytest
import soundfile

from synthinv.benchmark import presets
from synthinv.benchmark.presets import main, write_presets
from synthinv.instruments import presets as shipped
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.presets import presets_of
from synthinv.matching.api import match

RATE = 44_100


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that stands for that of the presets that come with synthinv."""
    for module in (presets, shipped):
        monkeypatch.setattr(module, "PRESETS", tmp_path)
    return tmp_path


def test_presets_are_kept_where_a_folder_has_no_sounds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "minimoog.csv").write_text("kept")
    monkeypatch.setattr(
        "sys.argv", ["presets", str(folder / "sounds"), "minimoog", "--renders", "9"]
    )
    with pytest.raises(SystemExit):
        main()
    assert "has no .wav files of that length; name a folder of sounds" in capsys.readouterr().err
    assert (folder / "minimoog.csv").read_text() == "kept"


def test_presets_are_read_as_they_were_written(toy: Instrument, folder: Path) -> None:
    patches = {'a "soft", low pad': [127, 102, 0], "Äolsharfe": [0, 51, 3], "bass": [64, 0, 127]}
    found = {name: np.array(patch, np.uint8) for name, patch in patches.items()}
    write_presets(folder / f"{toy.name}.csv", toy, found)
    assert presets_of(toy).tolist() == [patches[name] for name in sorted(patches)]


def test_the_presets_of_an_instrument_are_what_matches_find(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    for name, hertz, seconds in (("high", 440, 0.1), ("low", 110, 0.1), ("long", 220, 0.4)):
        time = np.arange(round(seconds * RATE)) / RATE
        soundfile.write(sounds / f"{name}.wav", 0.5 * (2 * (hertz * time % 1) - 1), RATE)
    expected = [
        match(sounds / f"{name}.wav", synth="minimoog-1osc", renders=12)[0].patch.tolist()
        for name in ("high", "low")
    ]
    command = ["presets", str(sounds), "minimoog-1osc", "--renders", "12", "--longest", "0.2"]
    monkeypatch.setattr("sys.argv", command)
    main()
    _, *rows = (folder / "minimoog-1osc.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["high", "low"]
    assert presets_of(load_instrument("minimoog-1osc")).tolist() == expected
