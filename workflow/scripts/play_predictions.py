from pathlib import Path

from synthinv.capture.capture import render_shuffled
from synthinv.capture.shards import ShardFiles, write_shard
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.engines.opening import open_engine
from synthinv.evaluate.predictions import read_predictions
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job

with job(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    playing = playing_config(snakemake.config)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    labels = read_predictions(Path(snakemake.input.prediction), instrument.names, params.sounds)
    patches = instrument.decode(labels)
    free = seed_sequence(params.seed, "phase", "play", *wildcards)
    with (
        open_engine(playing, instrument, snakemake.threads, free) as engine,
        progress_shown("playing") as progress,
    ):
        order = seed_sequence(params.seed, "play", *wildcards)
        audio = render_shuffled(engine, patches, order, progress)
    write_shard(
        ShardFiles(*(Path(f) for f in snakemake.output)),
        instrument.names,
        patches,
        audio,
        playing.audio.sample_rate,
        {
            "data_set": wildcards.data_set,
            "predictor": wildcards.predictor,
            "playing": params.playing,
        },
    )
