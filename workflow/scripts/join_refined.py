from pathlib import Path

import pandas as pd

from synthinv.common.files import read_table, write_table
from synthinv.pipeline.jobs import job

with job(snakemake):
    for role in ("labels", "curves"):
        # As text: nothing is rounded on the way.
        parts = [read_table(Path(file), dtype=str) for file in snakemake.input[role]]
        whole = pd.concat(parts, ignore_index=True)
        if role == "labels":
            # Each shard counts its sounds from 0.
            whole["index"] = whole.index
        write_table(Path(snakemake.output[role]), whole)
