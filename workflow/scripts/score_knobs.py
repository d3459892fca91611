from pathlib import Path

import pandas as pd

from synthinv.capture.shards import read_shards
from synthinv.common.files import read_table, write_table
from synthinv.evaluate.audibility import audible
from synthinv.evaluate.predictions import read_predictions
from synthinv.instruments.load import load_instrument
from synthinv.metrics.parameters import parameter_scores
from synthinv.pipeline.jobs import job

with job(snakemake):
    params = snakemake.params
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    truth = read_shards([Path(f) for f in snakemake.input.truth])
    turned = read_table(Path(snakemake.input.audibility))
    where = audible(turned, truth.names, len(truth.patches))
    tables = []
    for prediction in map(Path, snakemake.input.predictions):
        patches = instrument.decode(read_predictions(prediction, truth.names, len(truth.patches)))
        # Of the patches that sound like it, the one whose knobs can be compared with the truth's.
        patches = instrument.closest_equivalents(patches, truth.patches / instrument.highest)
        table = parameter_scores(instrument.parameters, truth.patches, patches, where)
        table.insert(0, "predictor", prediction.parent.name)
        table.insert(1, "data_set", params.data_set)
        tables.append(table)
    write_table(Path(snakemake.output[0]), pd.concat(tables))
