from pathlib import Path

import pandas as pd

from synthinv.common.files import read_manifest, read_table
from synthinv.evaluate.scores import baseline_lines
from synthinv.pipeline.jobs import job
from synthinv.report.figures.style import save
from synthinv.report.figures.training import training_curves

with job(snakemake):
    histories = [[read_manifest(Path(file))] for file in snakemake.input.histories]
    scores = pd.concat([read_table(Path(file)) for file in snakemake.input.scores])
    titled = dict(zip(snakemake.params.titles, histories, strict=True))
    save(training_curves(titled, baseline_lines(scores)), Path(snakemake.output[0]))
