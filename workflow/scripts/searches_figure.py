from pathlib import Path

from synthinv import figures
from synthinv.files import read_table
from synthinv.jobs import job

with job(snakemake):
    figures.save(figures.searches(read_table(Path(snakemake.input[0]))), Path(snakemake.output[0]))
