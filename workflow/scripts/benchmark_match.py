import logging

from synthinv.benchmark.job import MethodJob
from synthinv.benchmark.match import match_as_installed
from synthinv.common.progress import progress_shown
from synthinv.config.sections.playing import NoteConfig
from synthinv.pipeline.jobs import job

with job(snakemake):
    params = snakemake.params
    asked = MethodJob.read(snakemake.wildcards.method, snakemake.input.sounds, params.job)
    found = []
    for file, target in zip(asked.files, asked.targets(NoteConfig().velocity), strict=True):
        # As a user would: the file, unless more is known than it says.
        sound, note = (target.sound, target.note) if asked.known else (file, None)
        results = []
        for budget in asked.budgets:
            renders = budget or params.renders
            with progress_shown(f"matching {target.name}", unit="render") as progress:
                results.append(
                    match_as_installed(
                        *(sound, note, target.note.samples, asked.synth, params.solver),
                        *(renders, snakemake.threads, progress),
                    )
                )
        found.append(results)
        logging.info("%s: %.1f s", target.name, results[-1].seconds)
    asked.write(snakemake.output, found)
