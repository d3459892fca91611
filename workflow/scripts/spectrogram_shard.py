from pathlib import Path

from synthinv.geometry import spectrogram_shape
from synthinv.jobs import job
from synthinv.sections import View
from synthinv.shards import read_shard
from synthinv.spectrogram import spectrograms
from synthinv.store import write_store

with job(snakemake):
    view = View(**snakemake.params.view)
    shard = read_shard(Path(snakemake.input.manifest))
    write_store(
        Path(snakemake.output.store),
        Path(snakemake.output.manifest),
        spectrograms(shard.audio, shard.sample_rate, view),
        (len(shard.audio), *spectrogram_shape(view, shard.samples)),
        shard.patches,
        shard.names,
        {
            "data_set": shard.manifest["data_set"],
            "shard": shard.manifest["shard"],
            "view": snakemake.params.view,
        },
    )
