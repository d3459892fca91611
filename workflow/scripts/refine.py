import logging
import time
from pathlib import Path

import numpy as np

from synthinv.capture.shards import read_shard
from synthinv.common.files import write_table
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.config.sections.solver import RefinementConfig
from synthinv.engines.opening import open_engine
from synthinv.evaluate.predictions import write_predictions
from synthinv.pipeline.jobs import job
from synthinv.search.curves import curve_table
from synthinv.search.gauss_newton import refine_predictions
from synthinv.solver.checkpoint import load_solver

with job(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    trained = load_solver(Path(snakemake.input.model))
    shard = read_shard(Path(snakemake.input.manifest))
    logits = trained.predict_logits(trained.notes_of(shard), snakemake.threads)
    data_set, shard_name = wildcards.data_set, wildcards.shard
    indices = range(*params.rows)
    # Without the solver's name: all solvers are refined with the same random numbers.
    seeds = [seed_sequence(params.seed, "refine", data_set, index) for index in indices]
    free = seed_sequence(params.seed, "phase", "refine", data_set, shard_name)
    instrument, playing = trained.instrument, playing_config(snakemake.config)
    with (
        open_engine(playing, instrument, snakemake.threads, free) as engine,
        progress_shown("refining", unit="sound") as progress,
    ):
        started = time.perf_counter()
        refinement = RefinementConfig(**params.refinement)
        level = playing.silence.level_dbfs
        results = refine_predictions(
            engine, instrument, shard, logits, refinement, seeds, level, progress
        )
        spent = (time.perf_counter() - started) / len(results)
        logging.info("%d sounds refined, %.2f s each", len(results), spent)
    labels = instrument.encode(np.stack([result.patch for result in results]))
    write_predictions(Path(snakemake.output.labels), instrument.names, labels)
    curves = curve_table(indices, [result.curve for result in results])
    write_table(Path(snakemake.output.curves), curves)
