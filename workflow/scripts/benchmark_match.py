import logging
from pathlib import Path

from synthinv.audio.write import write_sound
from synthinv.benchmark.match import match_as_installed
from synthinv.benchmark.scores import compared_part, last_notes, score_table, seconds_table
from synthinv.common.files import write_table
from synthinv.common.progress import progress_shown
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound
from synthinv.pipeline.jobs import job

with job(snakemake):
    params, files = snakemake.params, [Path(file) for file in snakemake.input.sounds]
    sounds = [BenchmarkSound(**sound) for sound in params.sounds]
    parts = [compared_part(file, params.seconds) for file in files]
    found = []
    for file, part in zip(files, parts, strict=True):
        with progress_shown(f"matching {file.stem}", unit="render") as progress:
            one = match_as_installed(
                file, part, params.instrument, params.renders, snakemake.threads, progress
            )
        found.append([one])
        logging.info("%s: %.1f s", file.stem, one.seconds)
    method, output = snakemake.wildcards.method, snakemake.output
    write_table(Path(output.scores), score_table(method, [0], sounds, parts, found))
    write_table(Path(output.seconds), seconds_table(method, [0], sounds, found))
    write_sound(Path(output.notes), last_notes(found), SAMPLE_RATE)
