import logging

from synthinv.benchmark.job import MethodJob
from synthinv.benchmark.objectives import OBJECTIVES
from synthinv.benchmark.search import at_each_note, search
from synthinv.benchmark.synths import playing_of
from synthinv.common.progress import progress_shown
from synthinv.common.seeds import seed_sequence
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job

with job(snakemake):
    params = snakemake.params
    asked = MethodJob.read(snakemake.wildcards.method, snakemake.input.sounds, params.job)
    instrument = load_instrument(snakemake.input.instrument)
    playing = playing_of(asked.synth, snakemake.config)
    targets, threads = asked.targets(playing.note.velocity), snakemake.threads
    free = seed_sequence(params.seed, "phase", "wild", asked.method)
    objective, found = OBJECTIVES[params.objective], {}
    for player, places in at_each_note(targets, playing, instrument, threads, free):
        for place in places:
            target = targets[place]
            seed = seed_sequence(params.seed, "wild", asked.method, target.name)
            with progress_shown(f"searching {target.name}", unit="render") as progress:
                found[place] = search(
                    params.kind, objective, target, player, asked.budgets, seed, progress
                )
            logging.info("%s: %.1f s", target.name, found[place][-1].seconds)
    asked.write(snakemake.output, [found[place] for place in range(len(targets))])
