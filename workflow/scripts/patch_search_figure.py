from pathlib import Path

from synthinv.common.files import read_table
from synthinv.pipeline.jobs import job
from synthinv.report import figures

with job(snakemake):
    figures.save(
        figures.patch_searches(read_table(Path(snakemake.input[0]))), Path(snakemake.output[0])
    )
