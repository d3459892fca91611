from pathlib import Path

import pandas as pd

from synthinv.common.files import read_table, write_table
from synthinv.pipeline.jobs import job

with job(snakemake):
    for kind in ("scores", "seconds"):
        tables = [read_table(Path(file)) for file in snakemake.input[kind]]
        write_table(Path(snakemake.output[kind]), pd.concat(tables, ignore_index=True))
