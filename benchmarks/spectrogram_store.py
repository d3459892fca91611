"""Speed of turning notes into stored inputs of 5001 × 30 pixels, and their size on disk.

`plain` is the thesis's way: SciPy one clip at a time, then hickle, one file a shard; in single
precision, and in the double that the libraries choose if they are not told otherwise. `built-in` is
what the workflow's jobs do, one job per core. All read the same shards and take turns, and a round
ends when its files are on the disk; the fastest of each counts.
"""

import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from pathlib import Path

import hickle
import numpy as np
import soundfile
from render import AUDIO, NOTE, random_patches
from scipy import signal

from synthinv.capture.shards import ShardFiles, read_shard, write_shard
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.shapes import spectrogram_shape
from synthinv.engines.built_in.engine import BuiltIn
from synthinv.instruments.load import load_instrument
from synthinv.spectrogram.store import write_store
from synthinv.spectrogram.transform import spectrograms

RUN = Path("results/bench-spectrogram")
SHARDS, SIZE = 10, 100
ROUNDS = 3
SPECTROGRAM = SpectrogramConfig(name="thesis")


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield clips per second, on all cores and on one, and bytes per clip."""
    shutil.rmtree(RUN, ignore_errors=True)
    shards = _capture()
    cores = len(os.sched_getaffinity(0))
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(cores, mp_context=spawn) as pool,
        ProcessPoolExecutor(1, mp_context=spawn) as one,
    ):
        ways: dict[str, tuple[Executor, Callable[[Path], Path]]] = {
            "plain": (one, partial(_plain, "float32", ".hkl")),
            "plain, double precision": (one, partial(_plain, "float64", ".64.hkl")),
            "built-in, 1 core": (one, _built_in),
            f"built-in, {cores} cores": (pool, _built_in),
        }
        fastest = dict.fromkeys(ways, 0.0)
        for _ in range(1 + ROUNDS):  # the first one imports
            for subject, (executor, way) in ways.items():
                started = time.perf_counter()
                for file in list(executor.map(way, shards)):
                    _flush(file)
                speed = SHARDS * SIZE / (time.perf_counter() - started)
                fastest[subject] = max(fastest[subject], speed)
    for subject, speed in fastest.items():
        yield "spectrogram-store", subject, f"{speed:.0f}", "clips/s"
    for subject, suffix in (
        ("plain", ".hkl"),
        ("plain, double precision", ".64.hkl"),
        ("built-in", ".zarr.zip"),
    ):
        size = sum(shard.with_suffix(suffix).stat().st_size for shard in shards)
        yield "spectrogram-store-size", subject, f"{size / SHARDS / SIZE:.0f}", "bytes/clip"
    shutil.rmtree(RUN)


def _capture() -> list[Path]:
    instrument = load_instrument("minimoog-1osc")
    patches = random_patches(instrument, SHARDS * SIZE)
    notes = BuiltIn(instrument, NOTE, AUDIO).render(patches)
    manifests = []
    for i, part in enumerate(np.split(np.arange(len(notes)), SHARDS)):
        files = ShardFiles(*(RUN / f"{i:05d}.{suffix}" for suffix in ("flac", "csv", "json")))
        rate = AUDIO.sample_rate
        write_shard(files, instrument.names, patches[part], notes[part], rate, {})
        manifests.append(files.manifest)
    return manifests


def _flush(file: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def _plain(precision: str, suffix: str, manifest: Path) -> Path:
    audio, rate = soundfile.read(manifest.with_suffix(".flac"), dtype=precision)
    images = []
    for note in audio.reshape(SIZE, -1):
        power = signal.spectrogram(
            note, fs=rate, nperseg=SPECTROGRAM.nperseg, nfft=SPECTROGRAM.nfft
        )[2]
        images.append(power / power.max())
    file = manifest.with_suffix(suffix)
    hickle.dump(np.stack(images), file, mode="w")
    return file


def _built_in(manifest: Path) -> Path:
    shard = read_shard(manifest)
    file = manifest.with_suffix(".zarr.zip")
    write_store(
        file,
        manifest.with_suffix(".zarr.json"),
        spectrograms(shard.audio, shard.sample_rate, SPECTROGRAM),
        (len(shard.audio), *spectrogram_shape(SPECTROGRAM, shard.samples)),
        shard.patches,
        shard.names,
        {},
    )
    return file
