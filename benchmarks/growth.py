"""Time, memory and disk of more and more patches, stage by stage, for results/growth.csv.

`python benchmarks/growth.py 1000 10000 100000` runs the workflow of growth.yaml with so many
patches in a data set, each from nothing in a folder of its own below results/, and removes it when
it is measured. Linux only.
"""

import csv
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from memory import peak_mib

from synthinv.pipeline import paths
from synthinv.report.docs_pages.growth import COLUMNS, TABLE
from synthinv.spectrogram.store import SpectrogramData

RUN = Path("results/growth")
SHARD = 1_000
# More shards make planning longer, so it is measured with smaller ones.
PLANNED_SHARD, PLANNED = 100, (1_000, 10_000, 100_000, 1_000_000)
BATCH = 5

Row = tuple[str, int, int, float, float, float]


def main(sizes: list[int]) -> None:
    """Measure for each number of patches, and write the table."""
    measured: list[Row] = []
    for patches in PLANNED:
        measured += _planning(patches)
    for patches in sizes:
        measured += _stages(patches)
        shutil.rmtree(RUN)
    with (Path("results") / TABLE).open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([COLUMNS, *measured])


def _planning(patches: int) -> Iterator[Row]:
    captured = _files(paths.SHARD_MANIFEST, patches, PLANNED_SHARD)
    for stage, targets in (("plan of the capture", captured), ("plan of everything", [])):
        arguments = ["--dry-run", "--quiet", "all"]
        seconds, peak = _snakemake(patches, PLANNED_SHARD, arguments, targets)
        yield stage, patches, patches // PLANNED_SHARD, seconds, peak, 0.0


def _stages(patches: int) -> Iterator[Row]:
    shutil.rmtree(RUN, ignore_errors=True)
    shards = patches // SHARD
    cores = ["--cores", str(len(os.sched_getaffinity(0))), "--quiet", "all"]
    stores = _files(paths.STORE_MANIFEST, patches, SHARD)
    for stage, folder, targets in (
        ("capture", "capture/growth", _files(paths.SHARD_MANIFEST, patches, SHARD)),
        ("spectrogram", "spectrogram/thesis", stores),
    ):
        seconds, _ = _snakemake(patches, SHARD, cores, targets)
        peak = _jobs(f"{folder}/**/*.tsv")["max_rss"].max()
        yield stage, patches, shards, seconds, peak, _megabytes(RUN / folder)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        opening, reading, peak = pool.submit(_read, [Path(f) for f in stores]).result()
    yield "open the images", patches, shards, opening, peak, 0.0
    yield "read them once, shuffled", patches, shards, reading, peak, 0.0
    _snakemake(patches, SHARD, cores, [])
    for stage, pattern in (
        ("train, one epoch, 51 bands", "train/*.tsv"),
        ("baselines", "predictions/test/baselines.tsv"),
        ("predict", "predictions/test/network/predict.tsv"),
        ("scores", "predictions/test/*/score.tsv"),
        ("report", "report.tsv"),
    ):
        jobs = _jobs(pattern)
        yield stage, patches, shards, jobs["s"].sum(), jobs["max_rss"].max(), 0.0


def _snakemake(
    patches: int, shard: int, arguments: list[str], targets: list[str]
) -> tuple[float, float]:
    """Run Snakemake; return its wall time, and its own peak memory in MiB."""
    data_sets = [
        f"{{name: growth, samples: {patches}, shard_size: {shard}}}",
        "{name: test, samples: 100, shard_size: 100}",
    ]
    config = [f"results={RUN}", f"data_sets=[{', '.join(data_sets)}]"]
    command = [sys.executable, "-m", "snakemake", *arguments, "--configfile"]
    command += ["benchmarks/growth.yaml", "--config", *config, "--", *targets]
    started = time.perf_counter()
    peak = 0.0
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors) as process,
    ):
        while process.poll() is None:
            peak = max(peak, peak_mib(process.pid))
            time.sleep(0.05)
        seconds = time.perf_counter() - started
        if process.returncode:
            errors.seek(0)
            sys.exit(f"growth: the workflow fails with {patches:,} patches:\n{errors.read()}")
    return seconds, peak


def _files(pattern: str, patches: int, shard: int) -> list[str]:
    return [
        str(RUN / pattern.format(data_set="growth", spectrogram="thesis", shard=f"{i:05d}"))
        for i in range(patches // shard)
    ]


def _jobs(pattern: str) -> pd.DataFrame:
    """Return Snakemake's own measurements of the jobs whose files match a pattern."""
    files = sorted((RUN / "benchmarks").glob(pattern))
    return pd.concat([pd.read_csv(file, sep="\t") for file in files])


def _megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _read(manifests: list[Path]) -> tuple[float, float, float]:
    """Read every image once in random order, as an epoch does: seconds to open, to read, MiB."""
    started = time.perf_counter()
    data = SpectrogramData(manifests)
    opened = time.perf_counter()
    order = np.random.default_rng(0).permutation(len(data))
    for i in range(0, len(order), BATCH):
        data.images(order[i : i + BATCH])
    ended = time.perf_counter()
    return opened - started, ended - opened, peak_mib()


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]])
