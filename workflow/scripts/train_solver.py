from pathlib import Path

from synthinv.common.compute import use_threads
from synthinv.common.files import named_digest, write_manifest
from synthinv.common.seeds import seed_sequence
from synthinv.common.unfinished import UnfinishedTraining
from synthinv.config.playing import playing_config
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.solver.data import RUN, training_notes
from synthinv.solver.export import save_solver
from synthinv.solver.training import train_solver

with job(snakemake):
    params = snakemake.params
    playing, solver = playing_config(snakemake.config), SolverConfig(**params.solver)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    shards = [Path(file) for file in snakemake.input.manifests]
    presets = [Path(file) for file in snakemake.input.presets]
    # PyTorch's own threads wait for each other in a loop, which takes as much time as all else on a
    # busy machine. Earlier architectures keep them, since the last digits depend on their number.
    use_threads(1 if solver.architecture == "any-note" else solver.threads)
    unfinished = UnfinishedTraining(
        Path(snakemake.output.network).with_name("unfinished"),
        dict(params.items()),
        [Path(snakemake.input.instrument), *map(Path, snakemake.input.state), *shards, *presets],
    )
    with training_notes(shards, playing, instrument, solver, params.seed) as notes:
        weights_seed = seed_sequence(params.seed, "train", "solver", *RUN)
        network, losses = train_solver(
            notes, instrument, solver, playing.audio, weights_seed, unfinished
        )
    save_solver(
        Path(snakemake.output.network),
        Path(snakemake.output.model),
        network,
        solver,
        instrument,
        playing,
        {
            "seed": params.seed,
            "train": params.train,
            "fixed": params.fixed,
            # What the settings name may change; those that come with synthinv they do not name.
            "presets": [named_digest(file) for file in presets],
        },
    )
    write_manifest(Path(snakemake.output.history), {"settings": params.settings, "losses": losses})
    unfinished.delete()
