from synthinv.benchmark.job import MethodJob
from synthinv.benchmark.synths import one_step_off
from synthinv.config.sections.benchmark import SoundSourcesConfig
from synthinv.pipeline.jobs import job

with job(snakemake):
    params = snakemake.params
    asked = MethodJob.read(snakemake.wildcards.method, snakemake.input.sounds, params.job)
    sources = SoundSourcesConfig(**params.sources)
    found = [
        [one_step_off(sound, sources, len(part.audio) / part.sample_rate, params.seed)]
        for sound, part in zip(asked.sounds, asked.parts, strict=True)
    ]
    asked.write(snakemake.output, found)
