from functools import partial
from pathlib import Path

from synthinv.curves import curve_table
from synthinv.engines import open_engine
from synthinv.files import write_table
from synthinv.instrument import load_instrument
from synthinv.jobs import job
from synthinv.search_baselines import search_patches
from synthinv.sections import Playing
from synthinv.seeds import seed_sequence
from synthinv.shards import read_shards

with job(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    truth = read_shards([Path(file) for file in snakemake.input.truth])
    keys = (wildcards.method, wildcards.data_set)
    seed = partial(seed_sequence, params.seed, "patch-search", *keys)
    free = seed_sequence(params.seed, "phase", "patch-search", *keys, wildcards.job)
    playing = Playing.of(snakemake.config)
    with open_engine(playing, instrument, snakemake.threads, free) as engine:
        curves = search_patches(
            wildcards.method,
            engine,
            instrument,
            truth,
            params.sounds,
            params.renders,
            seed,
            playing.silence.peak,
        )
    write_table(Path(snakemake.output[0]), curve_table(params.sounds, curves))
