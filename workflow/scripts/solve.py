from pathlib import Path

import numpy as np

from synthinv.capture.shards import read_shard
from synthinv.common.compute import use_threads
from synthinv.evaluate.predictions import write_predictions
from synthinv.pipeline.jobs import job
from synthinv.solver.checkpoint import load_solver

with job(snakemake):
    use_threads(snakemake.params.threads)
    trained = load_solver(Path(snakemake.input.model))
    # Shard by shard, for a test set's notes need not fit into memory.
    labels = [trained.predict(read_shard(Path(file))) for file in snakemake.input.manifests]
    write_predictions(Path(snakemake.output[0]), trained.instrument.names, np.concatenate(labels))
