from pathlib import Path

from synthinv.common.progress import progress_shown
from synthinv.config.synth import load_synth
from synthinv.matching.api import match
from synthinv.matching.files import write_matches
from synthinv.pipeline.jobs import job

with job(snakemake):
    own = {**snakemake.config, "instrument": str(snakemake.input.instrument)}
    with progress_shown("matching", unit="render") as progress:
        matches = match(
            Path(snakemake.input.sound),
            synth=load_synth(own, "config"),
            solver=Path(snakemake.input.model).parent,
            threads=snakemake.threads,
            progress=progress,
        )
    write_matches(Path(snakemake.output[0]).parent, matches)
