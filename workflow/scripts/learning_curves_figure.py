from pathlib import Path

from synthinv.evaluate.ablation import read_results
from synthinv.pipeline.jobs import job
from synthinv.report import figures

with job(snakemake):
    points = read_results(Path(snakemake.input[0])).points
    figures.save(figures.learning_curves(points), Path(snakemake.output[0]))
