from pathlib import Path

import numpy as np

from synthinv.capture.shards import read_shard
from synthinv.evaluate.predictions import write_predictions
from synthinv.pipeline.jobs import job
from synthinv.solver.checkpoint import load_solver

with job(snakemake):
    trained = load_solver(Path(snakemake.input.model))
    # Shard by shard, for a test set's notes need not fit into memory.
    shards = (read_shard(Path(file)) for file in snakemake.input.manifests)
    labels = [trained.predict(trained.notes_of(shard), snakemake.threads) for shard in shards]
    write_predictions(Path(snakemake.output[0]), trained.instrument.names, np.concatenate(labels))
