from pathlib import Path

from synthinv.compute import use_threads
from synthinv.files import write_manifest
from synthinv.instrument import load_instrument
from synthinv.jobs import job
from synthinv.sections import Playing, Solver
from synthinv.seeds import seed_sequence
from synthinv.solver_notes import RUN, training_notes
from synthinv.solver_training import train_solver
from synthinv.solver_weights import TrainedSolver, save_solver

with job(snakemake):
    params = snakemake.params
    playing, solver = Playing.of(snakemake.config), Solver(**params.solver)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    shards = [Path(file) for file in snakemake.input.manifests]
    use_threads(solver.threads)
    with training_notes(shards, playing, instrument, solver, params.seed) as notes:
        weights_seed = seed_sequence(params.seed, "train", "solver", *RUN)
        network, losses = train_solver(notes, instrument, solver, playing.audio, weights_seed)
    save_solver(
        Path(snakemake.output.weights),
        Path(snakemake.output.model),
        TrainedSolver(network, solver, instrument, playing),
        {"seed": params.seed, "train": params.train, "fixed": params.fixed},
    )
    write_manifest(Path(snakemake.output.history), {"settings": params.settings, "losses": losses})
