from pathlib import Path

from synthinv.common.compute import use_threads
from synthinv.common.files import write_manifest
from synthinv.config.overrides import apply_settings
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.instruments.model import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.checkpoint import save_network
from synthinv.thesis.grid import read_winner
from synthinv.thesis.training import train

with job(snakemake):
    params = snakemake.params
    settings = {**read_winner(snakemake.input.winner), **params.settings}
    network, training = apply_settings(
        NetworkConfig(**params.network), TrainingConfig(**params.training), settings
    )
    use_threads(training.threads)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    data = SpectrogramData([Path(f) for f in snakemake.input.manifests], params.samples)
    # The weights do not depend on the experiment's name: with and without L2 start alike.
    model, history = train(
        data, instrument, network, training, params.epochs, params.seed, ("final",)
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
