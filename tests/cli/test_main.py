import re
from pathlib import Path

import numpy as np
import pytest

from synthinv.capture.shards import ShardFiles, write_shard
from synthinv.cli.main import main
from synthinv.pipeline import paths


def capture(results: Path, shard: str) -> ShardFiles:
    """Write one shard where the workflow would."""
    stem = results / "capture" / "final"
    files = ShardFiles(stem / f"{shard}.flac", stem / f"{shard}.csv", stem / f"{shard}.json")
    rng = np.random.default_rng(int(shard))
    patches = rng.integers(0, 128, (2, 3), dtype=np.uint8)
    audio = rng.uniform(-0.5, 0.5, (2, 100)).astype(np.float32)
    write_shard(files, ("cutoff", "range", "decay"), patches, audio, 44_100, {})
    return files


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def shard(results: Path) -> ShardFiles:
    """Write two shards; return the first one's files."""
    capture(results, "00001")
    return capture(results, "00000")


def test_whole_results_are_verified(
    results: Path, shard: ShardFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(results)]) == 0
    output = capsys.readouterr()
    assert output.out == "2 manifests checked, 0 with damaged or missing files\n"
    assert output.err == ""


@pytest.mark.parametrize("role", ["audio", "labels", "manifest"])
def test_a_flipped_bit_is_named(
    results: Path, shard: ShardFiles, role: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file: Path = getattr(shard, role)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert main(["verify", str(results)]) == 1
    output = capsys.readouterr()
    assert output.out == "2 manifests checked, 1 with damaged or missing files\n"
    assert output.err.startswith(f"synthinv: {file}: ")
    assert len(output.err.splitlines()) == 1


@pytest.mark.parametrize("role", ["audio", "labels"])
def test_a_missing_file_is_named(
    results: Path, shard: ShardFiles, role: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file: Path = getattr(shard, role)
    file.unlink()
    assert main(["verify", str(results)]) == 1
    output = capsys.readouterr()
    assert output.err.startswith(f"synthinv: {file}: is missing, but {shard.manifest} lists it")
    assert len(output.err.splitlines()) == 1


@pytest.mark.parametrize(
    "pattern",
    [
        *(paths.SHARD_MANIFEST, paths.STORE_MANIFEST, paths.CELL, paths.WINNER, paths.MODEL),
        *(paths.PREDICTION, paths.SCORES, paths.PATCH_SEARCH_CURVES, paths.METRICS),
    ],
)
def test_every_stage_is_verified(
    results: Path, shard: ShardFiles, pattern: str, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = results / Path(re.sub("{.*?}", "00002", pattern)).with_suffix(".json")
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text("{}")
    assert main(["verify", str(results)]) == 1
    assert capsys.readouterr().out.startswith("3 manifests checked, 1 with damaged")


def test_a_folder_without_results_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"synthinv: {tmp_path}: holds no results")


def test_docs_are_written_into_a_folder(tmp_path: Path) -> None:
    assert main(["docs", str(tmp_path)]) == 0
    written = sorted(f.relative_to(tmp_path).as_posix() for f in tmp_path.glob("*/*"))
    assert written == ["config/schema.json", "docs/configuration.md"]


def test_a_command_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "verify" in capsys.readouterr().err
