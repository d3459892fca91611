from pathlib import Path

import pandas as pd

from synthinv import figures
from synthinv.files import read_json
from synthinv.jobs import job
from synthinv.metrics import baseline_lines

with job(snakemake):
    params = snakemake.params
    histories = [read_json(Path(file)) for file in snakemake.input.histories]
    lines = baseline_lines(pd.read_csv(snakemake.input.metrics), params.test, list(figures.LINES))
    figure = figures.training_curves(dict(zip(params.titles, histories, strict=True)), lines)
    figures.save(figure, Path(snakemake.output[0]))
