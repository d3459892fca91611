from pathlib import Path

from synthinv.audio.write import write_sound
from synthinv.config.sections.wild import SoundSourcesConfig
from synthinv.config.wild import SAMPLE_RATE, WildSound
from synthinv.pipeline.jobs import job
from synthinv.wild.sounds import rendered

with job(snakemake):
    sound = WildSound(**snakemake.params.sound)
    sources = SoundSourcesConfig(**snakemake.params.sources)
    audio = rendered(sound, sources, snakemake.params.seconds)
    write_sound(Path(snakemake.output[0]), audio, SAMPLE_RATE)
