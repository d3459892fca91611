"""The spectrogram store: one zarr group per shard, in one zip file that Snakemake can track.

Snakemake sees a folder only by its time stamp, so a damaged chunk of a zarr folder would go
unnoticed. Damage to a zip file is found, since the reader checks it against the manifest beside it.

zarr itself writes what is small. Images are written straight into the file, and everything is read
straight from it: zarr takes longer to pass an image on than to compress it, keeps every file open
that it reads from, and takes half a second to import.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from numcodecs import blosc, zstd

from synthinv.common.errors import SynthinvError
from synthinv.common.files import (
    FIELDS,
    read_manifest,
    replacing,
    understood,
    verified,
    write_manifest,
)
from synthinv.config.shapes import Images

# Jobs run side by side; if each had a thread for every core, they would get in each other's way.
blosc.use_threads = False
PIXEL = np.dtype("<f4")
# `write_store` declares the same codec, for readers that use zarr.
CODEC = blosc.Blosc(cname="lz4", clevel=1, shuffle=blosc.BITSHUFFLE, typesize=4)
# The header before each entry of a zip file: its signature, and the lengths of the name and of the
# extra field, which follow it and precede the content. The directory at the end of the file may
# give an entry another extra field.
ENTRY_HEADER = struct.Struct("<4s22xHH")
ENTRY_SIGNATURE = b"PK\x03\x04"
PATCHES = "patches/c/0/0"
# What zipfile raises for a damaged archive, or one that it cannot unpack, and the codecs for a
# damaged chunk.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    RuntimeError,
    ValueError,
)


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
        Steps.
    names : sequence of str
        Parameter names.
    origin : mapping
        Further fields of the manifest.

    Raises
    ------
    ValueError
        If there are fewer or more images than `shape` says.
    """
    import zarr
    from zarr.codecs import BloscCodec, ZstdCodec
    from zarr.core.buffer import Buffer
    from zarr.storage import MemoryStore

    entries: dict[str, Buffer] = {}
    group = zarr.create_group(MemoryStore(entries), attributes={"parameters": list(names)})
    group.create_array(
        "spectrogram",
        shape=shape,
        # One image, one chunk: training reads images in random order.
        chunks=(1, *shape[1:]),
        dtype=PIXEL,
        compressors=BloscCodec(cname="lz4", clevel=1, shuffle="bitshuffle", typesize=4),
    )
    group.create_array(
        "patches",
        data=patches,
        chunks=patches.shape,
        compressors=ZstdCodec(),
        config={"write_empty_chunks": True},  # patches of zeros, too
    )
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

    It holds the patches, and the place of each image; no file stays open.

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
        expected: tuple[tuple[int, int], list[str]] | None = None
        for path in manifests:
            manifest = read_manifest(path)
            with understood(path, *FIELDS):
                count, bands, frames = map(int, manifest["shape"])
                found = (bands, frames), [str(name) for name in manifest["parameters"]]
            if expected is not None and found != expected:
                raise SynthinvError(
                    f"{path}: its images or parameters differ from those of {manifests[0]}; "
                    "delete both folders and run again"
                )
            expected = found
            file = verified(path, manifest, "store")
            with (
                understood(file, *DAMAGE),
                file.open("rb") as stream,
                zipfile.ZipFile(stream) as archive,
            ):
                entries = [archive.getinfo(_chunk(i)) for i in range(count)]
                # Blosc's own header says how large a chunk will be.
                size = int.from_bytes(archive.read(entries[0])[4:8], "little")
                if min(bands, frames) < 1 or size != bands * frames * PIXEL.itemsize:
                    raise ValueError(f"an image has {size} bytes")
                # Into place, so that a file cannot ask for more memory than its patches take.
                patches.append(np.empty((count, len(found[1])), np.uint8))
                zstd.Zstd().decode(archive.read(PATCHES), out=patches[-1])
                where = [(len(self._files), *_place(stream, entry)) for entry in entries]
            places.append(np.array(where, dtype=np.int64))
            self._files.append(file)
        if expected is None:
            raise SynthinvError("a data set needs at least one store")
        self.names: tuple[str, ...] = tuple(expected[1])
        self.shape: tuple[int, int] = expected[0]
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
            with understood(file, *DAMAGE):
                with file.open("rb") as stream:
                    stream.seek(start)
                    chunk = stream.read(size)
                CODEC.decode(chunk, out=image)
        return out


def _chunk(index: int) -> str:
    """Name an image's chunk, by zarr's specification."""
    return f"spectrogram/c/{index}/0/0"


def _place(stream: BinaryIO, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """Find where in a zip file an entry's content starts, and its size in bytes."""
    stream.seek(entry.header_offset)
    header = ENTRY_HEADER.unpack(stream.read(ENTRY_HEADER.size))
    signature, name_length, extra_length = header
    if signature != ENTRY_SIGNATURE:
        raise zipfile.BadZipFile(f"{entry.filename} has no header")
    return entry.header_offset + ENTRY_HEADER.size + name_length + extra_length, entry.compress_size
