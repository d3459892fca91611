from pathlib import Path

from synthinv.benchmark.found import Found
from synthinv.benchmark.job import MethodJob
from synthinv.benchmark.match import predicted
from synthinv.benchmark.search import at_each_note
from synthinv.common.seeds import seed_sequence
from synthinv.config.names import MATCHED
from synthinv.config.synth import as_synth
from synthinv.instruments.load import load_instrument
from synthinv.matching.keyboard import as_trained
from synthinv.pipeline.jobs import job
from synthinv.solver.checkpoint import load_solver

with job(snakemake):
    params, threads = snakemake.params, snakemake.threads
    asked = MethodJob.read(snakemake.wildcards.method, snakemake.input.sounds, params.job)
    synth, solver = as_synth(asked.synth or MATCHED), load_solver(Path(snakemake.input.model))
    instrument = as_trained(load_instrument(synth.instrument), solver)
    targets = asked.targets(synth.note.velocity)
    free = seed_sequence(synth.seed, "phase", "wild", asked.method)
    found: dict[int, list[Found]] = {}
    for player, places in at_each_note(targets, synth.playing, instrument, threads, free):
        found |= {place: [predicted(targets[place], player, solver)] for place in places}
    asked.write(snakemake.output, [found[place] for place in range(len(targets))])
