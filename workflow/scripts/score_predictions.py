from pathlib import Path

from synthinv.capture.shards import read_shards
from synthinv.common.files import write_table
from synthinv.evaluate.predictions import read_predictions
from synthinv.evaluate.scores import score
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job

with job(snakemake):
    wildcards = snakemake.wildcards
    instrument = load_instrument(snakemake.input.instrument, snakemake.params.fixed)
    truth = read_shards([Path(f) for f in snakemake.input.truth])
    notes = read_shards([Path(snakemake.input.manifest)])
    labels = read_predictions(Path(snakemake.input.prediction), truth.names, len(truth.audio))
    table = score(instrument, truth, notes, labels)
    table.insert(0, "predictor", wildcards.predictor)
    table.insert(1, "data_set", wildcards.data_set)
    write_table(Path(snakemake.output[0]), table)
