from pathlib import Path

from synthinv.capture.capture import capture_shard
from synthinv.capture.shards import ShardFiles, write_shard
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job

with job(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    playing = playing_config(snakemake.config)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    keys = wildcards.data_set, int(wildcards.shard)
    seed = seed_sequence(params.seed, "capture", *keys)
    free = seed_sequence(params.seed, "phase", "capture", *keys)
    with (
        open_engine(playing, instrument, snakemake.threads, free) as engine,
        progress_shown("capturing") as progress,
    ):
        capture = capture_shard(engine, instrument, seed, params.notes, playing.silence, progress)
    write_shard(
        ShardFiles(*(Path(f) for f in snakemake.output)),
        instrument.names,
        capture.patches,
        capture.audio,
        playing.audio.sample_rate,
        {
            "data_set": wildcards.data_set,
            "shard": int(wildcards.shard),
            "seed": params.seed,
            "instrument": instrument.name,
            "fixed": params.fixed,
            "playing": params.playing,
            "replaced": {"silent": capture.silent, "clipped": capture.clipped},
        },
    )
