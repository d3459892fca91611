from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthinv.capture.shards import ShardFiles, write_shard
from synthinv.cli.main import main
from synthinv.common.errors import SynthinvError
from synthinv.evaluate.recapture import compare_captures, describe

Array = np.ndarray[Any, np.dtype[Any]]
RATE = 8_000
PATCHES = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.uint8)


def notes() -> Array:
    t = np.arange(2_000) / RATE
    tones = [np.exp(-4 * t) * np.sin(2 * np.pi * hz * t) for hz in (300, 411, 520)]
    return 0.5 * np.stack(tones).astype(np.float32)


@pytest.fixture
def write(
    tmp_path: Path, shard_files: Callable[[Path], ShardFiles]
) -> Callable[[str, Array, Array], list[Path]]:
    def capture(name: str, patches: Array, audio: Array) -> list[Path]:
        folder = tmp_path / name / "capture" / "test"
        folder.mkdir(parents=True)
        files = shard_files(folder)
        write_shard(files, ("cutoff", "decay"), patches, audio, RATE, {})
        return [files.manifest]

    return capture


def test_shift_level_and_spectrum_are_compared(write: Callable[..., list[Path]]) -> None:
    other = notes()
    other[1] = 0.5 * np.roll(other[1], 8)
    patches = PATCHES.copy()
    patches[2] = 9
    other[2] = np.random.default_rng(0).uniform(-0.1, 0.1, 2_000)
    rows = compare_captures(write("a", PATCHES, notes()), write("b", patches, other))
    assert rows["same_patch"].tolist() == [True, True, False]
    assert rows["lag_ms"][:2].tolist() == [0, 1]
    assert rows["level_db"][:2].tolist() == pytest.approx([0, -6.02], abs=0.01)
    assert rows["psd_error"][0] == 0
    assert rows["psd_error"][2] > 1
    assert rows["similarity"][1] == pytest.approx(1, abs=0.01)
    first, *_, last = describe(rows)
    assert first == "3 notes, 2 of the same patch"
    assert "the 2 notes" in last
    assert last.endswith("largest 1.000 ms")


def test_captures_without_a_common_patch_are_described(write: Callable[..., list[Path]]) -> None:
    rows = compare_captures(write("a", PATCHES, notes()), write("b", PATCHES + 1, notes()))
    assert describe(rows) == ["3 notes, 0 of the same patch"]


def test_the_shift_of_notes_whose_waveforms_differ_is_unknown(
    write: Callable[..., list[Path]],
) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(notes().shape, np.float32)
    *_, last = describe(compare_captures(write("a", PATCHES, notes()), write("b", PATCHES, noise)))
    assert last.startswith("no note's waveforms agree (similarity at least 0.98), so their shift")


def test_other_notes_are_refused(write: Callable[..., list[Path]]) -> None:
    one = write("a", PATCHES, notes())
    with pytest.raises(SynthinvError, match=r"samples differ \(2000 and 1000\)"):
        compare_captures(one, write("b", PATCHES, notes()[:, :1_000]))
    with pytest.raises(SynthinvError, match="hold 3 and 2 notes"):
        compare_captures(one, write("c", PATCHES[:2], notes()[:2]))


def test_the_command_prints_and_writes(
    write: Callable[..., list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "ab":
        write(name, PATCHES, notes())
    table = tmp_path / "rows.csv"
    arguments = ["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--csv", str(table)]
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("3 notes, 3 of the same patch\nPSD error: median 0,")
    assert len(table.read_text().splitlines()) == 4
    assert main([*arguments, "--data-set", "final"]) == 1
    assert "holds no capture of a data set 'final'" in capsys.readouterr().err


def test_a_table_that_cannot_be_written_is_a_sentence_after_what_was_found(
    write: Callable[..., list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "ab":
        write(name, PATCHES, notes())
    (tmp_path / "file").touch()
    table = tmp_path / "file" / "rows.csv"
    assert main(["compare", *(str(tmp_path / name) for name in "ab"), "--csv", str(table)]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("3 notes, 3 of the same patch\n")
    assert f"{table}: cannot be written" in printed.err
