from pathlib import Path

from synthinv.common.files import read_table
from synthinv.pipeline.jobs import job
from synthinv.report.figures.patch_search import patch_searches
from synthinv.report.figures.style import save

with job(snakemake):
    save(patch_searches(read_table(Path(snakemake.input[0]))), Path(snakemake.output[0]))
