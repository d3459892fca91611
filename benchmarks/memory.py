"""Peak resident memory of a process, on Linux."""

import re
from pathlib import Path


def peak_mib(process: int | str = "self") -> float:
    """Return the peak of a process, by its id, in MiB; 0 for one that has just ended."""
    # Not `ru_maxrss`, which begins with the peak of the process that started this one.
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    peak = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(peak[1]) / 1024 if peak else 0.0
