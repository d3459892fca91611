from pathlib import Path

from synthinv.common.compute import use_threads
from synthinv.common.files import write_manifest
from synthinv.common.unfinished import UnfinishedTraining
from synthinv.config.overrides import apply_settings
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.checkpoint import save_network
from synthinv.thesis.grid import read_winner
from synthinv.thesis.training import train

with job(snakemake):
    params, inputs = snakemake.params, snakemake.input
    settings = {**read_winner(inputs.winner), **params.settings}
    network, training = apply_settings(
        NetworkConfig(**params.network), TrainingConfig(**params.training), settings
    )
    use_threads(training.threads)
    instrument = load_instrument(inputs.instrument, params.fixed)
    data = SpectrogramData([Path(f) for f in inputs.manifests], params.samples)
    unfinished = UnfinishedTraining(
        Path(snakemake.output.weights).with_name("unfinished"),
        dict(params.items()),
        [Path(f) for f in (inputs.instrument, *inputs.manifests, *inputs.winner)],
    )
    # Not named after the experiment: with and without L2, a training starts from the same weights.
    model, history = train(
        data,
        instrument,
        network,
        training,
        params.epochs,
        params.seed,
        ("final",),
        params.repeat,
        unfinished=unfinished,
    )
    origin = {"samples": len(data), "epochs": params.epochs}
    save_network(
        Path(snakemake.output.weights),
        Path(snakemake.output.model),
        model,
        network,
        training,
        data,
        origin,
    )
    write_manifest(Path(snakemake.output.history), {"settings": settings, **history.as_dict()})
    unfinished.delete()
