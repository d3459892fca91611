"""How much of the quick run's wall time is the jobs' own work.

Runs the whole workflow from nothing in a folder of its own below results/, and compares what the
jobs spent after starting Python and importing (what an engine imports or compiles when it is opened
counts as work) with the wall time of all cores. Writes results/bench.csv: benchmark, subject,
value, unit.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

RESULTS = Path("results")
RUN = RESULTS / "bench-run"


def main() -> None:
    """Run, measure, print and write."""
    shutil.rmtree(RUN, ignore_errors=True)
    cores = len(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--quiet"]
    started = time.perf_counter()
    subprocess.run([*command, "--config", f"results={RUN}"], check=True)
    wall = time.perf_counter() - started
    logs = [log.read_text(encoding="utf-8") for log in RUN.glob("logs/**/*.log")]
    own = sum(float(s) for log in logs for s in re.findall(r"own work: ([\d.]+) s", log))
    rows = [
        ("workflow-quick", "wall", f"{wall:.1f}", "s"),
        ("workflow-quick", "own-work", f"{own:.1f}", "core s"),
        ("workflow-quick", "own-work-share", f"{own / (cores * wall):.3f}", "of cores x wall"),
    ]
    with (RESULTS / "bench.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([("benchmark", "subject", "value", "unit"), *rows])
    for row in rows:
        print(*row, sep="  ")
    shutil.rmtree(RUN)


if __name__ == "__main__":
    main()
