from pathlib import Path

from synthinv.evaluate.ablation import read_results
from synthinv.pipeline.jobs import job
from synthinv.report.figures.ablation import steps
from synthinv.report.figures.style import save

with job(snakemake):
    table = read_results(Path(snakemake.input[0])).steps
    save(steps(table), Path(snakemake.output[0]))
