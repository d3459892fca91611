from pathlib import Path

from synthinv.audio.write import write_sound
from synthinv.benchmark.sounds import rendered
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound
from synthinv.config.sections.benchmark import SoundSourcesConfig
from synthinv.pipeline.jobs import job

with job(snakemake):
    params = snakemake.params
    sound, sources = BenchmarkSound(**params.sound), SoundSourcesConfig(**params.sources)
    audio = rendered(sound, sources, params.seconds, params.seed, params.whole)
    write_sound(Path(snakemake.output[0]), audio, SAMPLE_RATE)
