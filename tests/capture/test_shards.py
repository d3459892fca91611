import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given

from synthinv.capture.shards import ShardFiles, read_shard, read_shards, write_shard
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest, write_manifest
from tests.damage import Damage, assert_refused, damages

Namer = Callable[[Path], ShardFiles]
NAMES = ("cutoff", "decay")


def write(
    files: ShardFiles, seed: int = 0, samples: int = 50, names: tuple[str, ...] = NAMES
) -> None:
    rng = np.random.default_rng(seed)
    audio = rng.uniform(-1, 1, (4, samples)).astype(np.float32)
    patches = rng.integers(0, 128, (4, len(names)), dtype=np.uint8)
    write_shard(files, names, patches, audio, 8_000, {"data_set": "test"})


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory, shard_files: Namer) -> ShardFiles:
    files = shard_files(tmp_path_factory.mktemp("shard"))
    write(files)
    return files


def test_a_shard_comes_back_within_24_bits(shard: ShardFiles) -> None:
    rng = np.random.default_rng(0)
    audio = rng.uniform(-1, 1, (4, 50)).astype(np.float32)
    patches = rng.integers(0, 128, (4, 2), dtype=np.uint8)
    found = read_shard(shard.manifest)
    assert np.abs(found.audio - audio).max() <= 2**-23
    np.testing.assert_array_equal(found.patches, patches)
    assert found.patches.dtype == np.uint8
    assert found.audio.dtype == np.float32
    assert (found.names, found.samples, found.sample_rate) == (NAMES, 50, 8_000)
    assert found.manifest["data_set"] == "test"


def test_silence_comes_back_as_exact_silence(tmp_path: Path, shard_files: Namer) -> None:
    files = shard_files(tmp_path)
    audio = np.zeros((1, 50), np.float32)
    write_shard(files, NAMES, np.zeros((1, 2), np.uint8), audio, 8_000, {})
    assert not read_shard(files.manifest).audio.any()


@pytest.mark.parametrize("role", ["audio", "labels", "manifest"])
@given(damage=damages())
def test_any_changed_byte_is_refused_and_the_file_named(
    shard: ShardFiles,
    role: str,
    damage: Damage,
) -> None:
    assert_refused(damage, getattr(shard, role), lambda: read_shard(shard.manifest))


@pytest.mark.parametrize("role", ["audio", "labels", "manifest"])
def test_a_missing_file_is_named(tmp_path: Path, shard_files: Namer, role: str) -> None:
    files = shard_files(tmp_path)
    write(files)
    file: Path = getattr(files, role)
    file.unlink()
    with pytest.raises(SynthinvError) as caught:
        read_shard(files.manifest)
    assert str(caught.value).startswith(f"{file}: ")


def test_writing_twice_gives_the_same_bytes(
    shard: ShardFiles, tmp_path: Path, shard_files: Namer
) -> None:
    again = shard_files(tmp_path)
    write(again)
    for role in ("audio", "labels", "manifest"):
        assert getattr(again, role).read_bytes() == getattr(shard, role).read_bytes()
    assert len(list(tmp_path.iterdir())) == 3


def test_audio_of_another_length_than_the_manifest_says_is_refused(
    tmp_path: Path, shard_files: Namer
) -> None:
    files = shard_files(tmp_path)
    write(files)
    fields = read_manifest(files.manifest) | {"samples": 51}
    write_manifest(files.manifest, fields, {"audio": files.audio, "labels": files.labels})
    with pytest.raises(
        SynthinvError, match=r"a\.flac: holds 200 samples .* says 4 × 51 at 8000 Hz"
    ):
        read_shard(files.manifest)


def test_a_file_that_is_no_audio_is_refused(tmp_path: Path, shard_files: Namer) -> None:
    files = shard_files(tmp_path)
    write(files)
    fields = read_manifest(files.manifest)
    files.audio.write_text("no audio")
    write_manifest(files.manifest, fields, {"audio": files.audio, "labels": files.labels})
    with pytest.raises(SynthinvError, match=r"a\.flac: does not hold what it should"):
        read_shard(files.manifest)


def test_the_audio_file_is_playable_from_end_to_end(shard: ShardFiles) -> None:
    info = soundfile.info(shard.audio)
    assert (info.format, info.subtype, info.frames) == ("FLAC", "PCM_24", 200)


def test_shards_are_joined_in_order(tmp_path: Path, shard_files: Namer) -> None:
    parts = [shard_files(tmp_path / str(i)) for i in range(3)]
    for seed, files in enumerate(parts):
        write(files, seed)
    joined = read_shards([files.manifest for files in parts])
    single = [read_shard(files.manifest) for files in parts]
    np.testing.assert_array_equal(joined.audio, np.concatenate([s.audio for s in single]))
    np.testing.assert_array_equal(joined.patches, np.concatenate([s.patches for s in single]))


@pytest.mark.parametrize("other", [{"samples": 60}, {"names": ("cutoff", "sustain")}])
def test_shards_that_differ_are_not_joined(
    tmp_path: Path, shard: ShardFiles, shard_files: Namer, other: dict[str, object]
) -> None:
    files = shard_files(tmp_path)
    write(files, **other)  # type: ignore[arg-type]
    with pytest.raises(SynthinvError) as caught:
        read_shards([shard.manifest, files.manifest])
    assert str(caught.value).startswith(f"{files.manifest}: its parameters or note length differ")


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from synthinv.common.errors import SynthinvError
from synthinv.common.files import write_text
from synthinv.capture.shards import ShardFiles, write_shard

folder = Path(sys.argv[1])
files = ShardFiles(folder / "a.flac", folder / "a.csv", folder / "a.json")
audio = np.random.default_rng(0).uniform(-1, 1, (10, 8_000)).astype(np.float32)
resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
write_text(folder / "kept.txt", "small")
for attempt in (
    lambda: write_shard(files, ("a",), np.zeros((10, 1), np.uint8), audio, 8_000, {}),
    lambda: write_text(folder / "b.txt", "x" * 10_000),
):
    try:
        attempt()
    except SynthinvError as error:
        print(error)
print(*sorted(p.name for p in folder.iterdir()))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
write_shard(files, ("a",), np.zeros((10, 1), np.uint8), audio, 8_000, {})
"""


def test_a_full_disk_is_one_sentence_and_a_later_run_completes(
    tmp_path: Path, shard_files: Callable[[Path], ShardFiles]
) -> None:
    # The limit on the size of a file stands for the disk's.
    command = [sys.executable, "-c", FULL, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    first, second, left = result.stdout.splitlines()
    for sentence, name in ((first, "a.flac"), (second, "b.txt")):
        assert sentence.startswith(f"{tmp_path / name}: cannot be written (")
        assert "the disk is not full" in sentence
    assert left == "kept.txt"
    assert read_shard(shard_files(tmp_path).manifest).audio.shape == (10, 8_000)
