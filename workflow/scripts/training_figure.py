from pathlib import Path

from synthinv.common.files import read_manifest, read_table
from synthinv.evaluate.scores import baseline_lines
from synthinv.pipeline.jobs import job
from synthinv.report import figures

with job(snakemake):
    params = snakemake.params
    histories = [read_manifest(Path(file)) for file in snakemake.input.histories]
    metrics = read_table(Path(snakemake.input.metrics))
    lines = baseline_lines(metrics, params.test, list(figures.LINES))
    figure = figures.training_curves(dict(zip(params.titles, histories, strict=True)), lines)
    figures.save(figure, Path(snakemake.output[0]))
