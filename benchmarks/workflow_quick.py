"""Share of the quick run's wall time that is the jobs' own work.

Runs the whole workflow from nothing in a folder of its own below results/, and compares what the
jobs spent after starting Python and importing (what an engine imports or compiles when it is opened
counts as work), on as many cores as each of them holds, with the wall time of all cores.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

RUN = Path("results/bench-run")


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Run the workflow and yield wall time, the jobs' own work, and its share."""
    shutil.rmtree(RUN, ignore_errors=True)
    cores = len(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--quiet"]
    started = time.perf_counter()
    subprocess.run([*command, "--config", f"results={RUN}"], check=True)
    wall = time.perf_counter() - started
    logs = [log.read_text(encoding="utf-8") for log in RUN.glob("logs/**/*.log")]
    own = sum(float(s) for log in logs for s in re.findall(r"own work: ([\d.]+) core s", log))
    yield "workflow-quick", "wall", f"{wall:.1f}", "s"
    yield "workflow-quick", "own-work", f"{own:.1f}", "core s"
    yield "workflow-quick", "own-work-share", f"{own / (cores * wall):.3f}", "of cores x wall"
    shutil.rmtree(RUN)
