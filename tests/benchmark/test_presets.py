from pathlib import Path

import pytest

from synthinv.benchmark import presets
from synthinv.benchmark.presets import main


def test_presets_are_kept_where_a_folder_has_no_sounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(presets, "PRESETS", tmp_path)
    (tmp_path / "minimoog.csv").write_text("kept")
    monkeypatch.setattr(
        "sys.argv", ["presets", str(tmp_path / "sounds"), "minimoog", "--renders", "9"]
    )
    with pytest.raises(SystemExit):
        main()
    assert "has no .wav files of that length; name a folder of sounds" in capsys.readouterr().err
    assert (tmp_path / "minimoog.csv").read_text() == "kept"
