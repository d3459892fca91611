from pathlib import Path

import pandas as pd

from synthinv.files import read_table, write_table
from synthinv.jobs import job
from synthinv.metrics import summarise

with job(snakemake):
    scores = pd.concat([read_table(Path(file)) for file in snakemake.input])
    write_table(Path(snakemake.output[0]), summarise(scores))
