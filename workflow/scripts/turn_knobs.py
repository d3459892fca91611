from pathlib import Path

from synthinv.audibility import audibility
from synthinv.engines import open_engine
from synthinv.files import write_table
from synthinv.instrument import load_instrument
from synthinv.jobs import job
from synthinv.sections import Playing
from synthinv.seeds import seed_sequence
from synthinv.shards import read_shards

with job(snakemake):
    params, data_set = snakemake.params, snakemake.wildcards.data_set
    playing = Playing.of(snakemake.config)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    truth = read_shards([Path(f) for f in snakemake.input.truth])
    seed = seed_sequence(params.seed, "audibility", data_set)
    with open_engine(playing, instrument, snakemake.threads, seed) as engine:
        table = audibility(
            engine, instrument, truth.patches[: params.sounds], seed, truth.sample_rate
        )
    write_table(Path(snakemake.output[0]), table)
