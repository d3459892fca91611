"""The spectrogram store: one zarr group per shard, in one zip file that Snakemake can track.

Snakemake sees a folder only by its time stamp, so a damaged chunk of a zarr folder would go
unnoticed. A zip file with a manifest beside it does not, and the reader checks both.
"""

import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from zarr.codecs import BloscCodec
from zarr.storage import LocalStore, ZipStore

from synthinv.errors import SynthinvError
from synthinv.files import read_manifest, replacing, understood, verified, write_manifest
from synthinv.spectrogram import Images


def write_store(
    path: Path,
    manifest_path: Path,
    images: Iterable[Images],
    shape: tuple[int, int, int],
    patches: npt.NDArray[np.uint8],
    names: Sequence[str],
    origin: Mapping[str, Any],
) -> None:
    """Write images and their patches, one image at a time.

    Parameters
    ----------
    path : Path
        The zip file.
    manifest_path : Path
        Its manifest.
    images : iterable of float32 array [bands, frames]
        As many as `shape` says.
    shape : tuple of int
        (images, bands, frames).
    patches : uint8 array [images, parameters]
        CC values.
    names : sequence of str
        Parameter names.
    origin : mapping
        Further fields of the manifest.

    Raises
    ------
    ValueError
        If there are fewer or more images than `shape` says.
    """
    # A fixed name, so that a run after a kill clears away what the killed one left.
    folder = path.with_name(f".partial-{path.name}.d")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        group = zarr.create_group(LocalStore(folder), attributes={"parameters": list(names)})
        array = group.create_array(
            "spectrogram",
            shape=shape,
            # One image, one chunk: training reads images in random order.
            chunks=(1, *shape[1:]),
            dtype="float32",
            compressors=BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"),
        )
        for i, image in zip(range(shape[0]), images, strict=True):
            array[i] = image
        group.create_array("patches", data=patches, chunks=patches.shape)
        with replacing(path) as partial:
            _zip(folder, partial)
    finally:
        shutil.rmtree(folder)
    fields = {"shape": list(shape), "parameters": list(names), **origin}
    write_manifest(manifest_path, fields, {"store": path})


class SpectrogramData:
    """The images of a data set, read from its stores when asked for.

    Parameters
    ----------
    manifests : sequence of Path
        The stores' manifests, in order.
    samples : int, optional
        Take the first so many images only; all by default.

    Raises
    ------
    SynthinvError
        If a store is missing, damaged, or differs from the others in shape or parameters.
    """

    def __init__(self, manifests: Sequence[Path], samples: int | None = None) -> None:
        self._stores: list[tuple[Path, zarr.Array[Any]]] = []
        patches = []
        expected: tuple[list[int], list[str]] | None = None
        for path in manifests:
            manifest = read_manifest(path)
            with understood(path):
                count, *size = map(int, manifest["shape"])
                found = size, [str(name) for name in manifest["parameters"]]
            if expected is not None and found != expected:
                raise SynthinvError(
                    f"{path}: its images or parameters differ from those of {manifests[0]}; "
                    "delete both folders and run again"
                )
            expected = found
            file = verified(path, manifest, "store")
            with understood(file):
                # Only the format that is written: the older one knows codecs that unpickle.
                group = zarr.open_group(ZipStore(file, mode="r"), mode="r", zarr_format=3)
                images = _array(group, "spectrogram", (count, *size), "float32")
                labels = _array(group, "patches", (count, len(found[1])), "uint8")
                patches.append(np.asarray(labels[:]))
            self._stores.append((file, images))
        if expected is None:
            raise SynthinvError("a data set needs at least one store")
        self.names: tuple[str, ...] = tuple(expected[1])
        self.shape: tuple[int, int] = (expected[0][0], expected[0][1])
        self.patches: npt.NDArray[np.uint8] = np.concatenate(patches)[:samples]
        self._starts = np.cumsum([0, *(len(p) for p in patches)])

    def __len__(self) -> int:
        return len(self.patches)

    def images(self, indices: Iterable[int]) -> Images:
        """Read some images.

        Parameters
        ----------
        indices : iterable of int
            Their indices in the data set.

        Returns
        -------
        float32 array [len(indices), bands, frames]
            The images.
        """
        out = []
        for index in indices:
            shard = int(np.searchsorted(self._starts, index, side="right")) - 1
            file, array = self._stores[shard]
            with understood(file):
                out.append(np.asarray(array[int(index - self._starts[shard])]))
        return np.stack(out)


def _array(group: zarr.Group, name: str, shape: tuple[int, ...], dtype: str) -> "zarr.Array[Any]":
    array = group[name]
    # Before it is read: it may promise anything.
    if not isinstance(array, zarr.Array) or (array.shape, array.dtype.name) != (shape, dtype):
        raise ValueError(f"'{name}' is no {dtype} array of shape {shape}")
    return array


def _zip(folder: Path, target: Path) -> None:
    # zarr's own ZipStore stamps every entry with the time of day; the same images must give the
    # same bytes. The chunks are compressed already.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(f for f in folder.rglob("*") if f.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix())
            with file.open("rb") as source, archive.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink)
