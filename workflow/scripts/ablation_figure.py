from pathlib import Path

from synthinv.evaluate.ablation import read_results
from synthinv.pipeline.jobs import job
from synthinv.report import figures

with job(snakemake):
    steps = read_results(Path(snakemake.input[0])).steps
    figures.save(figures.ablation(steps), Path(snakemake.output[0]))
