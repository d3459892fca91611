"""Write docs/growth.md from measurements with more and more patches (`make growth`)."""

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthinv.common.files import replacing, write_text
from synthinv.pages.html import fill_markdown

TABLE = "growth.csv"
COLUMNS = ("stage", "patches", "shards", "seconds", "peak_mib", "disk_mb")
PROJECTED = 1_000_000
"""Number of patches for which costs are projected."""


def main(results: Path, docs: Path) -> None:
    """Write `growth.md`, and `growth/growth.csv` beside it, into a folder.

    Parameters
    ----------
    results : Path
        Folder with the table of measurements.
    docs : Path
        Folder to write into.
    """
    copy = docs / "growth" / TABLE
    with replacing(copy) as partial:
        shutil.copyfile(results / TABLE, partial)
    write_text(docs / "growth.md", page(pd.read_csv(copy)))


def page(table: pd.DataFrame) -> str:
    """Fill the page with the measurements and the projections from them."""
    planned = table["stage"].str.startswith("plan")
    stages = [
        {"name": stage, "rows": rows.to_dict(orient="records"), "projected": project(rows)}
        for stage, rows in table[~planned].groupby("stage", sort=False)
    ]
    plans = [
        {"name": stage, "rows": rows.to_dict(orient="records")}
        for stage, rows in table[planned].groupby("stage", sort=False)
    ]
    return fill_markdown("growth.md.j2", {"stages": stages, "plans": plans, "to": PROJECTED})


def project(rows: pd.DataFrame) -> dict[str, Any]:
    """Project the cost of a stage, on the line through its two largest measurements.

    A line that falls is noise, and counts as level: more patches never take less.

    Parameters
    ----------
    rows : pandas.DataFrame
        A stage's measurements, one for each number of patches, at least two.

    Returns
    -------
    dict of str to float
        `seconds`, `peak_mib` and `disk_mb` for `PROJECTED` patches.
    """
    last = rows.sort_values("patches").tail(2)
    few, many = last["patches"]
    ahead = (PROJECTED - many) / (many - few)
    return {
        name: float(last[name].iloc[1] + ahead * max(np.diff(last[name])[0], 0))
        for name in ("seconds", "peak_mib", "disk_mb")
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
