from pathlib import Path

from synthinv.capture.shards import read_shard
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.shapes import spectrogram_shape
from synthinv.pipeline.jobs import job
from synthinv.spectrogram.store import write_store
from synthinv.spectrogram.transform import spectrograms

with job(snakemake):
    spectrogram = SpectrogramConfig(**snakemake.params.spectrogram)
    shard = read_shard(Path(snakemake.input.manifest))
    write_store(
        Path(snakemake.output.store),
        Path(snakemake.output.manifest),
        spectrograms(shard.audio, shard.sample_rate, spectrogram),
        (len(shard.audio), *spectrogram_shape(spectrogram, shard.samples)),
        shard.patches,
        shard.names,
        {
            "data_set": shard.manifest["data_set"],
            "shard": shard.manifest["shard"],
            "spectrogram": snakemake.params.spectrogram,
        },
    )
