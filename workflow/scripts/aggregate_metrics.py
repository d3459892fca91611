from pathlib import Path

import pandas as pd

from synthinv.common.files import read_table, write_table
from synthinv.evaluate.scores import summarise
from synthinv.pipeline.jobs import job

with job(snakemake):
    scores = pd.concat([read_table(Path(file)) for file in snakemake.input])
    write_table(Path(snakemake.output[0]), summarise(scores))
