from pathlib import Path

import pandas as pd

from synthinv import figures
from synthinv.jobs import job

with job(snakemake):
    figures.save(figures.searches(pd.read_csv(snakemake.input[0])), Path(snakemake.output[0]))
