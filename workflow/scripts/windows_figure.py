from pathlib import Path

from synthinv.capture.shards import read_shard
from synthinv.config.sections.report import WindowFigureConfig
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.pipeline.jobs import job
from synthinv.report.figures.style import save
from synthinv.report.figures.windows import windows

with job(snakemake):
    settings = WindowFigureConfig(**snakemake.params.windows)
    shard = read_shard(Path(snakemake.input.manifest))
    nfft = max(SpectrogramConfig(name="default").nfft, *settings.windows)
    figure = windows(shard.audio[settings.index], shard.sample_rate, settings.windows, nfft)
    save(figure, Path(snakemake.output[0]))
