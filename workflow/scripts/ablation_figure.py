from pathlib import Path

from synthinv import figures
from synthinv.ablation_results import read_results
from synthinv.jobs import job

with job(snakemake):
    steps = read_results(Path(snakemake.input[0])).steps
    figures.save(figures.ablation(steps), Path(snakemake.output[0]))
