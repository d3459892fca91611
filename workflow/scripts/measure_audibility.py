from pathlib import Path

import pandas as pd

from synthinv.capture.shards import read_shards
from synthinv.common.files import write_table
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.engines.opening import open_engine
from synthinv.evaluate.audibility import audibility
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job

with job(snakemake):
    params, data_set = snakemake.params, snakemake.wildcards.data_set
    playing = playing_config(snakemake.config)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    truth = read_shards([Path(f) for f in snakemake.input.truth])
    seed = seed_sequence(params.seed, "audibility", data_set)
    patches = truth.patches[: params.sounds]
    with (
        open_engine(playing, instrument, snakemake.threads, seed) as engine,
        progress_shown("turning knobs") as progress,
    ):
        columns = audibility(engine, instrument, patches, seed, truth.sample_rate, progress)
    write_table(Path(snakemake.output[0]), pd.DataFrame(columns))
