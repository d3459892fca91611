from pathlib import Path

from synthinv.common.files import read_manifest
from synthinv.pipeline.jobs import job
from synthinv.report import figures

with job(snakemake):
    history = read_manifest(Path(snakemake.input[0]))
    figure = figures.solver_curve(history["losses"], snakemake.params.batch_size)
    figures.save(figure, Path(snakemake.output[0]))
