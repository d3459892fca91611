from pathlib import Path

from synthinv.evaluate.ablation import read_results
from synthinv.pipeline.jobs import job
from synthinv.report.figures.ablation import learning_curves
from synthinv.report.figures.style import save

with job(snakemake):
    points = read_results(Path(snakemake.input[0])).points
    save(learning_curves(points), Path(snakemake.output[0]))
