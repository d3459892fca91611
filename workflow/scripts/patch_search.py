from functools import partial
from pathlib import Path

from synthinv.capture.shards import read_shards
from synthinv.common.files import write_table
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.search.blackbox import search_patches
from synthinv.search.curves import curve_table

with job(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    truth = read_shards([Path(file) for file in snakemake.input.truth])
    keys = (wildcards.method, wildcards.data_set)
    seed = partial(seed_sequence, params.seed, "patch-search", *keys)
    free = seed_sequence(params.seed, "phase", "patch-search", *keys, wildcards.job)
    playing = playing_config(snakemake.config)
    with (
        open_engine(playing, instrument, snakemake.threads, free) as engine,
        progress_shown("searching for patches", unit="render") as progress,
    ):
        curves = search_patches(
            wildcards.method,
            engine,
            instrument,
            truth,
            params.sounds,
            params.renders,
            seed,
            playing.silence.level_dbfs,
            progress,
        )
    write_table(Path(snakemake.output[0]), curve_table(params.sounds, curves))
