"""One capture shard on disk: its notes end to end in one FLAC file, labels, manifest.

FLAC because it is playable anywhere, smaller than WAV, and free of time stamps: the same notes give
the same bytes.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from synthinv.audio.types import Audio
from synthinv.audio.write import write_sound
from synthinv.common.errors import SynthinvError
from synthinv.common.files import (
    FIELDS,
    Manifest,
    read_manifest,
    replacing,
    understood,
    verified,
    write_manifest,
)


@dataclass(frozen=True)
class Shard:
    """Notes and the patches that made them.

    Attributes
    ----------
    names : tuple of str
        Parameter names.
    patches : uint8 array [n, parameters]
        Steps.
    audio : float32 array [n, samples]
        Notes, full scale ±1.
    manifest : dict
        The shard's manifest.
    """

    names: tuple[str, ...]
    patches: npt.NDArray[np.uint8]
    audio: Audio
    manifest: Manifest

    @property
    def samples(self) -> int:
        """Samples per note."""
        return int(self.audio.shape[1])

    @property
    def sample_rate(self) -> int:
        """Sample rate in Hz."""
        return int(self.manifest["sample_rate"])


@dataclass(frozen=True)
class ShardFiles:
    """The three files of a shard."""

    audio: Path
    labels: Path
    manifest: Path


def write_shard(
    files: ShardFiles,
    names: tuple[str, ...],
    patches: npt.NDArray[np.uint8],
    audio: Audio,
    sample_rate: int,
    origin: Mapping[str, Any],
) -> None:
    """Write a shard, its manifest last, when every file it lists is complete.

    Parameters
    ----------
    files : ShardFiles
        The files to write.
    names : tuple of str
        Parameter names.
    patches : uint8 array [n, parameters]
        Steps.
    audio : float32 array [n, samples]
        Notes, full scale ±1; stored with 24 bits.
    sample_rate : int
        In Hz.
    origin : mapping
        Further fields of the manifest.

    Raises
    ------
    SynthinvError
        If the disk is full or the folder cannot be written to.
    """
    write_sound(files.audio, audio.reshape(-1), sample_rate)
    with replacing(files.labels) as partial, partial.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("index", *names))
        writer.writerows((i, *patch) for i, patch in enumerate(patches.tolist()))
    fields = {
        "notes": len(audio),
        "samples": audio.shape[1],
        "sample_rate": sample_rate,
        "parameters": list(names),
        **origin,
    }
    write_manifest(files.manifest, fields, {"audio": files.audio, "labels": files.labels})


def read_shard(manifest_path: Path) -> Shard:
    """Read a shard, and check every byte against its manifest.

    Parameters
    ----------
    manifest_path : Path
        The shard's manifest; the other files lie beside it.

    Returns
    -------
    Shard
        The shard.

    Raises
    ------
    SynthinvError
        If a file is missing or damaged, or does not hold what the manifest says.
    """
    manifest = read_manifest(manifest_path)
    with understood(manifest_path, *FIELDS):
        shape = int(manifest["notes"]), int(manifest["samples"])
        sample_rate, names = int(manifest["sample_rate"]), tuple(map(str, manifest["parameters"]))
    labels_file = verified(manifest_path, manifest, "labels")
    with understood(labels_file, csv.Error, ValueError, OverflowError):
        patches = _read_labels(labels_file, (shape[0], len(names)))
    audio_file = verified(manifest_path, manifest, "audio")
    with (
        understood(audio_file, soundfile.SoundFileError, ValueError),
        soundfile.SoundFile(audio_file) as file,
    ):
        # Before it is read: a header may promise more than there is memory for.
        held = (file.frames, file.channels, file.samplerate)
        if held != (shape[0] * shape[1], 1, sample_rate):
            raise SynthinvError(
                f"{audio_file}: holds {file.frames} samples at {file.samplerate} Hz where "
                f"{manifest_path} says {shape[0]} × {shape[1]} at {sample_rate} Hz; delete it and "
                "run again"
            )
        audio = file.read(dtype="float32").reshape(shape)
    return Shard(names, patches, audio, manifest)


def read_shards(manifest_paths: Sequence[Path]) -> Shard:
    """Read the shards of one data set and join them.

    Parameters
    ----------
    manifest_paths : sequence of Path
        Their manifests, in order.

    Returns
    -------
    Shard
        All notes, with the first shard's manifest.

    Raises
    ------
    SynthinvError
        As `read_shard`, or if the shards' parameters or note lengths differ.
    """
    shards = [read_shard(path) for path in manifest_paths]
    for path, shard in zip(manifest_paths, shards, strict=True):
        if (shard.names, shard.samples) != (shards[0].names, shards[0].samples):
            raise SynthinvError(
                f"{path}: its parameters or note length differ from those of "
                f"{manifest_paths[0]}; delete both and run again"
            )
    return Shard(
        shards[0].names,
        np.concatenate([s.patches for s in shards]),
        np.concatenate([s.audio for s in shards]),
        shards[0].manifest,
    )


def _read_labels(path: Path, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    with path.open(newline="", encoding="utf-8") as stream:
        _, *rows = csv.reader(stream)
    return np.array([row[1:] for row in rows], dtype=np.uint8).reshape(shape)
