from pathlib import Path

from synthinv import figures
from synthinv.files import read_manifest
from synthinv.jobs import job

with job(snakemake):
    history = read_manifest(Path(snakemake.input[0]))
    figure = figures.solver_curve(history["losses"], snakemake.params.batch_size)
    figures.save(figure, Path(snakemake.output[0]))
