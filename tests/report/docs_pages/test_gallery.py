"""The gallery's page, from sounds that are made up."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from synthinv.common.errors import SynthinvError
from synthinv.common.files import write_manifest
from synthinv.pipeline import paths
from synthinv.report.docs_pages.gallery import main

PATTERNS = (paths.GALLERY_SOUND, paths.MATCH_WAV, paths.GALLERY_PREDICTION_WAV)


def sound(
    name: str, match: float, thesis: float, note: str | None, cutoff: int, source: str = "program"
) -> dict[str, Any]:
    return {
        "name": name,
        "title": f"The {name}",
        "source": source,
        "match": {"key": 60, "mss": match, "sound": {"note": note}},
        "prediction": {"key": 60, "mss": thesis, "patch": {"cutoff": cutoff}},
    }


def write(results: Path, *sounds: dict[str, Any]) -> None:
    for item in sounds:
        for pattern in PATTERNS:
            file = results / pattern.format(sound=item["name"])
            file.parent.mkdir(parents=True, exist_ok=True)
            tone = 0.1 * np.sin(np.arange(8_000) / 20)
            soundfile.write(file, tone, 44_100, subtype="PCM_24")
    write_manifest(results / paths.GALLERY, {"candidates": 5, "renders": 200, "sounds": sounds})


def test_the_page_has_a_player_for_every_sound(tmp_path: Path) -> None:
    write(tmp_path, sound("horn", 0.5, 12.0, "C4", 64), sound("gong", 11.0, 9.0, None, 64))
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "gallery.md").read_text()
    assert page.count("<audio ") == 6
    for name in ("horn", "gong"):
        for role in ("original", "match", "thesis"):
            file = f"gallery/{name}-{role}.flac"
            assert f'src="{file}"' in page
            audio, rate = soundfile.read(tmp_path / "docs" / file)
            assert (rate, np.abs(audio).max()) == (44_100, pytest.approx(0.5, abs=1e-3))
    assert "hard to tell apart, 0.5 dB" in page
    # Honest about what failed, and about who is closer.
    assert "a failure: *The gong* (11.0 dB, no pitch)." in page
    assert "closer patch for 1 of the 2 sounds" in page
    assert "the same patch for every sound" in page
    assert "cutoff 64 (of 127)" in page


def test_a_sound_of_its_own_that_was_not_found_is_named(tmp_path: Path) -> None:
    found = sound("first", 0.5, 12.0, "C4", 64, "built-in")
    write(tmp_path, found, sound("second", 9.0, 12.0, None, 64, "built-in"))
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "gallery.md").read_text()
    assert "Not found: a patch for *The second* (9.0 dB, no pitch), though" in page
    assert "a patch for *The first*" not in page


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path, sound("horn", 0.5, 12.0, "C4", 64))
    for folder in ("one", "two"):
        main(tmp_path, tmp_path / folder)
    one, two = (
        {f.name: f.read_bytes() for f in (tmp_path / folder).rglob("*.*")}
        for folder in ("one", "two")
    )
    assert one == two


def test_a_network_that_hears_is_not_said_to_repeat_itself(tmp_path: Path) -> None:
    write(tmp_path, sound("horn", 0.5, 12.0, "C4", 64), sound("gong", 2.0, 9.0, None, 65))
    main(tmp_path, tmp_path / "docs")
    page = (tmp_path / "docs" / "gallery.md").read_text()
    assert "the same patch for every sound" not in page
    assert "a failure" not in page


def test_a_folder_without_a_gallery_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match=r"gallery\.json"):
        main(tmp_path, tmp_path / "docs")
