"""Run the benchmarks, print them as one table and write results/bench.csv.

`python benchmarks/run.py` runs those of `MODULES`. With names of modules in this folder, it runs
those alone and keeps the other rows of the file. A benchmark is a module with a function `rows`,
which yields (benchmark, subject, value, unit).
"""

import csv
import importlib
import os
import sys
from pathlib import Path

RESULTS = Path("results/bench.csv")
HEADER = ("benchmark", "subject", "value", "unit")
# Without voice_steps, match, budgets and words, which take minutes, and start, which needs a clone.
MODULES = ("render", "voice_memory", "spectrogram_store", "train", "capture", "workflow_quick")


def main() -> None:
    """Measure, print and write."""
    chosen = sys.argv[1:] or MODULES
    cores = os.sched_getaffinity(0)
    measured: list[tuple[str, ...]] = []
    for name in chosen:
        measured += importlib.import_module(name).rows()
        os.sched_setaffinity(0, cores)  # a benchmark of one core keeps to that core
    renewed = {row[0] for row in measured}
    rows = [row for row in _kept() if row[0] not in renewed] + measured
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([HEADER, *rows])
    widths = [max(len(row[i]) for row in [HEADER, *rows]) for i in range(len(HEADER))]
    for row in [HEADER, *rows]:
        print("  ".join(field.ljust(width) for field, width in zip(row, widths, strict=True)))


def _kept() -> list[tuple[str, ...]]:
    if not RESULTS.exists():
        return []
    with RESULTS.open(newline="", encoding="utf-8") as stream:
        return [tuple(row) for row in csv.reader(stream)][1:]


if __name__ == "__main__":
    main()
