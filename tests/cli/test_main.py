import re
import subprocess
import sys
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
    (tmp_path / "Snakefile").touch()
    assert main(["docs", str(tmp_path)]) == 0
    written = sorted(f.relative_to(tmp_path).as_posix() for f in tmp_path.glob("*/*"))
    assert written == ["config/schema.json", "docs/configuration.md"]


def test_a_command_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "verify" in capsys.readouterr().err


def test_files_of_others_are_no_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "package.json").write_text('{"name": "another"}')
    assert main(["verify", str(tmp_path)]) == 1
    assert "holds no results" in capsys.readouterr().err


def test_ctrl_c_ends_a_command_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("synthinv.cli.commands.verify.read_manifest", interrupted)
    monkeypatch.setattr("synthinv.cli.commands.verify._found", lambda _: [Path("a.json")])
    assert main(["verify", "."]) == 130


def test_a_reader_that_has_seen_enough_ends_a_command() -> None:
    command = "main(['audible', 'minimoog-1osc', '--patches', '1'])"
    code = f"import sys; from synthinv.cli.main import main; sys.exit({command})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    assert process.wait() == 1


@pytest.mark.parametrize("patches", ["0", "-1"])
def test_the_number_of_patches_to_turn_knobs_of_is_checked(
    patches: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audible", "minimoog-1osc", "--patches", patches]) == 1
    assert "--patches: is " in capsys.readouterr().err


def test_the_reference_is_written_into_the_project_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs", str(tmp_path)]) == 1
    assert "is not the project's folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
