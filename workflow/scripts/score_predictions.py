from pathlib import Path

import pandas as pd

from synthinv.capture.shards import read_shards
from synthinv.common.files import write_table
from synthinv.evaluate.predictions import read_predictions
from synthinv.evaluate.scores import score
from synthinv.instruments.model import load_instrument
from synthinv.pipeline.jobs import job

with job(snakemake):
    data_set = snakemake.wildcards.data_set
    instrument = load_instrument(snakemake.input.instrument, snakemake.params.fixed)
    truth = read_shards([Path(f) for f in snakemake.input.truth])
    tables = []
    for prediction, manifest in zip(
        map(Path, snakemake.input.predictions), map(Path, snakemake.input.manifests), strict=True
    ):
        notes = read_shards([manifest])
        labels = read_predictions(prediction, truth.names, len(truth.audio))
        table = score(instrument, truth, notes, labels)
        table.insert(0, "predictor", prediction.parent.name)
        table.insert(1, "data_set", data_set)
        tables.append(table)
    write_table(Path(snakemake.output[0]), pd.concat(tables))
