from pathlib import Path

from synthinv.benchmark.job import MethodJob
from synthinv.benchmark.match import predicted
from synthinv.config.names import MATCHED
from synthinv.config.synth import as_synth
from synthinv.pipeline.jobs import job
from synthinv.solver.checkpoint import load_solver

with job(snakemake):
    params = snakemake.params
    asked = MethodJob.read(snakemake.wildcards.method, snakemake.input.sounds, params.job)
    synth, solver = as_synth(asked.synth or MATCHED), load_solver(Path(snakemake.input.model))
    targets = asked.targets(synth.note.velocity)
    found = [[predicted(target, synth, solver, snakemake.threads)] for target in targets]
    asked.write(snakemake.output, found)
