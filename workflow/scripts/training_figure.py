from pathlib import Path

from synthinv import figures
from synthinv.files import read_json
from synthinv.jobs import job

with job(snakemake):
    histories = [read_json(Path(file)) for file in snakemake.input]
    figure = figures.training_curves(dict(zip(snakemake.params.titles, histories, strict=True)))
    figures.save(figure, Path(snakemake.output[0]))
