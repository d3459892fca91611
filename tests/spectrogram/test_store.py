import json
import os
import pickle
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given
from zarr.storage import ZipStore

from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest, write_manifest
from synthinv.spectrogram.store import SpectrogramData, write_store
from tests.damage import Damage, assert_refused, damages

Store = Callable[..., Path]
RNG = np.random.default_rng(0)
IMAGES = RNG.random((3, 5, 4), dtype=np.float32)
PATCHES = RNG.integers(0, 128, (3, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory, store: Store) -> Path:
    return store(tmp_path_factory.mktemp("whole"), IMAGES, PATCHES)


def test_images_and_patches_come_back_exactly(manifest: Path) -> None:
    data = SpectrogramData([manifest])
    np.testing.assert_array_equal(data.images(range(3)), IMAGES)
    np.testing.assert_array_equal(data.patches, PATCHES)
    assert (len(data), data.shape, data.names) == (3, (5, 4), ("cutoff", "range", "decay"))
    assert data.images([0]).dtype == np.float32


def test_entries_may_have_extra_fields(tmp_path: Path, manifest: Path) -> None:
    with (
        zipfile.ZipFile(manifest.with_name("a.zarr.zip")) as plain,
        zipfile.ZipFile(tmp_path / "a.zarr.zip", "w") as archive,
    ):
        for name in plain.namelist():
            entry = zipfile.ZipInfo(name)
            entry.extra = b"\x99\x99\x04\x00more"
            archive.writestr(entry, plain.read(name))
    fields = read_manifest(manifest)
    write_manifest(tmp_path / "a.json", fields, {"store": tmp_path / "a.zarr.zip"})
    data = SpectrogramData([tmp_path / "a.json"])
    np.testing.assert_array_equal(data.images(range(3)), IMAGES)
    np.testing.assert_array_equal(data.patches, PATCHES)


def test_images_come_in_the_order_asked_for(manifest: Path) -> None:
    np.testing.assert_array_equal(SpectrogramData([manifest]).images([2, 0, 2]), IMAGES[[2, 0, 2]])


def test_several_stores_are_one_data_set(tmp_path: Path, store: Store) -> None:
    images = RNG.random((7, 5, 4), dtype=np.float32)
    patches = RNG.integers(0, 128, (7, 3), dtype=np.uint8)
    parts = [slice(0, 3), slice(3, 4), slice(4, 7)]
    manifests = [store(tmp_path / str(i), images[p], patches[p]) for i, p in enumerate(parts)]
    data = SpectrogramData(manifests)
    assert len(data) == 7
    order = [6, 0, 3, 2, 4, 5, 1]
    np.testing.assert_array_equal(data.images(order), images[order])
    np.testing.assert_array_equal(data.patches, patches)


def test_the_first_images_of_several_stores_can_be_taken(tmp_path: Path, store: Store) -> None:
    manifests = [store(tmp_path / str(i), IMAGES, PATCHES + i) for i in range(2)]
    data = SpectrogramData(manifests, 4)
    assert len(data) == 4
    np.testing.assert_array_equal(data.patches, np.concatenate([PATCHES, PATCHES[:1] + 1]))


@pytest.mark.parametrize(
    ("images", "names"),
    [
        (IMAGES[:, :4], ("cutoff", "range", "decay")),
        (IMAGES[:, :, :3], ("cutoff", "range", "decay")),
        (IMAGES, ("cutoff", "range", "sustain")),
    ],
    ids=["bands", "frames", "parameters"],
)
def test_stores_that_differ_are_refused(
    tmp_path: Path, manifest: Path, store: Store, images: object, names: tuple[str, ...]
) -> None:
    other = store(tmp_path, images, PATCHES, names)
    with pytest.raises(SynthinvError) as caught:
        SpectrogramData([manifest, other])
    assert str(caught.value).startswith(f"{other}: its images or parameters differ")


def test_a_data_set_of_no_stores_is_refused() -> None:
    with pytest.raises(SynthinvError, match="at least one store"):
        SpectrogramData([])


@pytest.mark.parametrize("name", ["a.zarr.zip", "a.json"])
@given(damage=damages())
def test_any_changed_byte_is_refused_and_the_file_named(
    manifest: Path,
    name: str,
    damage: Damage,
) -> None:
    assert_refused(damage, manifest.with_name(name), lambda: SpectrogramData([manifest]))


@pytest.mark.parametrize("name", ["a.zarr.zip", "a.json"])
def test_a_missing_file_is_named(tmp_path: Path, store: Store, name: str) -> None:
    manifest = store(tmp_path, IMAGES, PATCHES)
    manifest.with_name(name).unlink()
    with pytest.raises(SynthinvError) as caught:
        SpectrogramData([manifest])
    assert str(caught.value).startswith(f"{manifest.with_name(name)}: ")


def test_a_store_in_zarrs_old_format_is_not_read(tmp_path: Path, store: Store) -> None:
    # It knows codecs that unpickle.
    manifest = store(tmp_path, IMAGES, PATCHES)
    array = {"zarr_format": 2, "shape": [3, 3], "chunks": [3, 3], "dtype": "|O", "order": "C"}
    array |= {"compressor": None, "fill_value": None, "filters": [{"id": "pickle"}]}
    with zipfile.ZipFile(tmp_path / "a.zarr.zip", "w") as archive:
        archive.writestr(".zgroup", '{"zarr_format": 2}')
        for name in ("spectrogram", "patches"):
            archive.writestr(f"{name}/.zarray", json.dumps(array))
            archive.writestr(f"{name}/0.0", pickle.dumps(print))
    write_manifest(manifest, read_manifest(manifest), {"store": tmp_path / "a.zarr.zip"})
    with pytest.raises(SynthinvError, match=r"a\.zarr\.zip: does not hold what it should"):
        SpectrogramData([manifest])


@pytest.mark.parametrize(
    ("shape", "named"),
    [
        ([10**12, 5, 4], "a.zarr.zip"),
        ([3, 10**12, 4], "a.zarr.zip"),
        ([3, -5, -4], "a.zarr.zip"),
        ([0, 5, 4], "a.zarr.zip"),
        ([3, 5], "a.json"),
        ([3, 5, 4, 1], "a.json"),
    ],
)
def test_a_manifest_that_promises_another_shape_is_refused(
    tmp_path: Path, store: Store, shape: list[int], named: str
) -> None:
    manifest = store(tmp_path, IMAGES, PATCHES)
    fields = {**read_manifest(manifest), "shape": shape}
    write_manifest(manifest, fields, {"store": tmp_path / "a.zarr.zip"})
    with pytest.raises(SynthinvError, match=f"{named}: does not hold what it should"):
        SpectrogramData([manifest])


def test_writing_twice_gives_the_same_bytes(tmp_path: Path, manifest: Path, store: Store) -> None:
    again = store(tmp_path, IMAGES, PATCHES)
    for name in ("a.zarr.zip", "a.json"):
        assert again.with_name(name).read_bytes() == manifest.with_name(name).read_bytes()


@pytest.mark.parametrize("content", ["no zip file", "an empty one", "a chunk of noise"])
def test_what_is_no_store_is_refused(tmp_path: Path, store: Store, content: str) -> None:
    manifest = store(tmp_path, IMAGES, PATCHES)
    file = manifest.with_name("a.zarr.zip")
    if content == "no zip file":
        file.write_bytes(b"nothing")
    else:
        with zipfile.ZipFile(file) as whole:
            entries = {name: whole.read(name) for name in whole.namelist()}
        entries["spectrogram/c/1/0/0"] = b"noise"
        with zipfile.ZipFile(file, "w") as archive:
            for name, chunk in entries.items() if content == "a chunk of noise" else ():
                archive.writestr(name, chunk)
    fields = {"shape": list(IMAGES.shape), "parameters": ["a", "b", "c"]}
    write_manifest(manifest, fields, {"store": file})
    with pytest.raises(SynthinvError, match=r"a\.zarr\.zip: does not hold what it should"):
        SpectrogramData([manifest]).images([1])


def test_the_zip_file_bears_no_time_of_day(manifest: Path) -> None:
    with zipfile.ZipFile(manifest.with_name("a.zarr.zip")) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_zarr_reads_what_was_written(manifest: Path) -> None:
    with ZipStore(manifest.with_name("a.zarr.zip"), mode="r") as file:
        group = zarr.open_group(file, mode="r")
        np.testing.assert_array_equal(np.asarray(group["spectrogram"]), IMAGES)
        np.testing.assert_array_equal(np.asarray(group["patches"]), PATCHES)
        assert group.attrs["parameters"] == ["cutoff", "range", "decay"]


def test_no_file_stays_open(tmp_path: Path, store: Store) -> None:
    manifests = [store(tmp_path / str(i), IMAGES, PATCHES) for i in range(3)]
    before = set(os.listdir("/proc/self/fd"))
    data = SpectrogramData(manifests)
    data.images(range(len(data)))
    assert set(os.listdir("/proc/self/fd")) == before


def test_a_large_data_set_is_not_held_in_memory(tmp_path: Path, store: Store) -> None:
    images = np.zeros((100, 256, 256), dtype=np.float32)
    images[:, 0, 0] = range(100)
    manifest = store(tmp_path, images, np.zeros((100, 3), np.uint8))
    tracemalloc.start()
    try:
        data = SpectrogramData([manifest])
        for index in range(len(data)):
            assert data.images([index])[0, 0, 0] == index
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < images.nbytes / 10


def test_a_store_that_vanishes_is_named(tmp_path: Path, store: Store) -> None:
    manifest = store(tmp_path, IMAGES, PATCHES)
    data = SpectrogramData([manifest])
    manifest.with_name("a.zarr.zip").unlink()
    with pytest.raises(SynthinvError, match=r"a\.zarr\.zip: cannot be read"):
        data.images([0])


def test_nothing_else_is_left_in_the_folder(tmp_path: Path, store: Store) -> None:
    store(tmp_path, IMAGES, PATCHES)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a.json", "a.zarr.zip"]


def test_nothing_is_left_behind_when_an_image_fails(tmp_path: Path) -> None:
    def images() -> object:
        yield IMAGES[0]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_store(
            tmp_path / "a.zip",
            tmp_path / "a.json",
            images(),  # type: ignore[arg-type]
            (3, 5, 4),
            PATCHES,
            ("a", "b", "c"),
            {},
        )
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_says_what_the_store_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    names = ("a", "b", "c")
    write_store(
        tmp_path / "a.zip", path, iter(IMAGES), (3, 5, 4), PATCHES, names, {"spectrogram": "thesis"}
    )
    manifest = read_manifest(path)
    assert manifest["shape"] == [3, 5, 4]
    assert manifest["parameters"] == ["a", "b", "c"]
    assert manifest["spectrogram"] == "thesis"
