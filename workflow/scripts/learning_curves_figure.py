from pathlib import Path

from synthinv import figures
from synthinv.ablation_results import read_results
from synthinv.jobs import job

with job(snakemake):
    points = read_results(Path(snakemake.input[0])).points
    figures.save(figures.learning_curves(points), Path(snakemake.output[0]))
