from pathlib import Path

from synthinv import figures
from synthinv.jobs import job
from synthinv.sections import View, WindowFigure
from synthinv.shards import read_shard

with job(snakemake):
    settings = WindowFigure(**snakemake.params.windows)
    shard = read_shard(Path(snakemake.input.manifest))
    nfft = max(View(name="default").nfft, *settings.windows)
    figure = figures.windows(shard.audio[settings.index], shard.sample_rate, settings.windows, nfft)
    figures.save(figure, Path(snakemake.output[0]))
