from pathlib import Path

from synthinv.common.files import read_manifest
from synthinv.pipeline.jobs import job
from synthinv.report.figures.style import save
from synthinv.report.figures.training import solver_curve

with job(snakemake):
    history = read_manifest(Path(snakemake.input[0]))
    figure = solver_curve(history["losses"], snakemake.params.batch_size)
    save(figure, Path(snakemake.output[0]))
