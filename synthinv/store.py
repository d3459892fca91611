"""The spectrogram store: one zarr group per shard, in one zip file that Snakemake can track.

Snakemake sees a folder only by its time stamp, so a damaged chunk of a zarr folder would go
unnoticed. A zip file with a manifest beside it does not, and the reader checks both.

zarr itself writes and reads what is small. Images go past it, straight into the file and out of it:
zarr takes longer to pass one on than to compress it, and keeps every file open that it reads from.
"""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from numcodecs import blosc
from zarr.abc.store import Store
from zarr.codecs import BloscCodec
from zarr.core.buffer import Buffer
from zarr.storage import MemoryStore, ZipStore

from synthinv.errors import SynthinvError
from synthinv.files import read_manifest, replacing, verified, write_manifest
from synthinv.spectrogram import Images

# Jobs run side by side; a thread of its own for every core would only be in another's way.
blosc.use_threads = False
PIXEL = np.dtype("<f4")
# The same twice: what a store says of its images, and what is done to them.
DECLARED = BloscCodec(cname="lz4", clevel=1, shuffle="bitshuffle", typesize=4)
CODEC = blosc.Blosc(cname="lz4", clevel=1, shuffle=blosc.BITSHUFFLE, typesize=4)
# Bytes of a zip entry's own header before its name, which its content follows.
ENTRY_HEADER = 30


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
    entries: dict[str, Buffer] = {}
    group = zarr.create_group(MemoryStore(entries), attributes={"parameters": list(names)})
    group.create_array(
        "spectrogram",
        shape=shape,
        # One image, one chunk: training reads images in random order.
        chunks=(1, *shape[1:]),
        dtype=PIXEL,
        compressors=DECLARED,
    )
    group.create_array("patches", data=patches, chunks=patches.shape)
    # zarr's own ZipStore stamps every entry with the time of day; the same images must give the
    # same bytes. The chunks are compressed already.
    with replacing(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(entries.items()):
            archive.writestr(zipfile.ZipInfo(name), content.to_bytes())
        for i, image in zip(range(shape[0]), images, strict=True):
            chunk = CODEC.encode(np.ascontiguousarray(image, dtype=PIXEL))
            archive.writestr(zipfile.ZipInfo(_chunk(i)), chunk)
    fields = {"shape": list(shape), "parameters": list(names), **origin}
    write_manifest(manifest_path, fields, {"store": path})


class SpectrogramData:
    """The images of a data set, read from its stores when asked for.

    It holds the patches, and of each image where it lies; no file stays open.

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
        self._files: list[Path] = []
        patches, places = [], []
        expected: tuple[list[int], list[str]] | None = None
        for path in manifests:
            manifest = read_manifest(path)
            found = (manifest["shape"][1:], manifest["parameters"])
            if expected is not None and found != expected:
                raise SynthinvError(
                    f"{path}: its images or parameters differ from those of {manifests[0]}; "
                    "delete both folders and run again"
                )
            expected = found
            file = verified(path, manifest, "store")
            patches.append(_read_patches(ZipStore(file, mode="r")))
            places.append(_places(file, len(self._files), manifest["shape"][0]))
            self._files.append(file)
        if expected is None:
            raise SynthinvError("a data set needs at least one store")
        self.names: tuple[str, ...] = tuple(expected[1])
        self.shape: tuple[int, int] = (expected[0][0], expected[0][1])
        self.patches: npt.NDArray[np.uint8] = np.concatenate(patches)[:samples]
        self._places = np.concatenate(places)[:samples]

    def __len__(self) -> int:
        return len(self.patches)

    def images(self, indices: Sequence[int] | npt.NDArray[np.intp]) -> Images:
        """Read some images.

        Parameters
        ----------
        indices : sequence of int
            Their indices in the data set.

        Returns
        -------
        float32 array [len(indices), bands, frames]
            The images.

        Raises
        ------
        SynthinvError
            If a store can no longer be read.
        """
        out = np.empty((len(indices), *self.shape), dtype=PIXEL)
        for image, index in zip(out, indices, strict=True):
            number, start, size = self._places[index]
            file = self._files[number]
            try:
                with file.open("rb") as stream:
                    stream.seek(start)
                    chunk = stream.read(size)
            except OSError as error:
                raise SynthinvError(
                    f"{file}: cannot be read ({error.strerror}); run again"
                ) from None
            CODEC.decode(chunk, out=image)
        return out


def _chunk(index: int) -> str:
    """Name of an image's chunk, by zarr's specification."""
    return f"spectrogram/c/{index}/0/0"


def _read_patches(store: Store) -> npt.NDArray[np.uint8]:
    with store:
        array = zarr.open_array(store, path="patches", mode="r")
        return np.asarray(array[:], dtype=np.uint8)


def _places(file: Path, number: int, count: int) -> npt.NDArray[np.int64]:
    """Say where a store's images lie: int array [count, 3] of the file's number, start and size."""
    with zipfile.ZipFile(file) as archive:
        entries = [archive.getinfo(_chunk(i)) for i in range(count)]
    return np.array(
        [
            (number, e.header_offset + ENTRY_HEADER + len(e.filename), e.compress_size)
            for e in entries
        ],
        dtype=np.int64,
    )
