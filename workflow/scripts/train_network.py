from pathlib import Path

from synthinv.compute import use_threads
from synthinv.files import write_manifest
from synthinv.instrument import load_instrument
from synthinv.jobs import job
from synthinv.search import read_winner
from synthinv.sections import Network, Training
from synthinv.settings import apply_settings
from synthinv.store import SpectrogramData
from synthinv.training import train
from synthinv.weights import save_network

with job(snakemake):
    params = snakemake.params
    settings = {**read_winner(snakemake.input.winner), **params.settings}
    network, training = apply_settings(
        Network(**params.network), Training(**params.training), settings
    )
    use_threads(training.threads)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    data = SpectrogramData([Path(f) for f in snakemake.input.manifests], params.samples)
    # The weights do not depend on the experiment's name: with and without L2 start alike.
    model, history = train(
        data, instrument, network, training, params.epochs, params.seed, ("final",)
    )
    origin = {"training": training.model_dump(), "samples": len(data), "epochs": params.epochs}
    save_network(
        Path(snakemake.output.weights),
        Path(snakemake.output.model),
        model,
        network,
        data,
        origin,
    )
    write_manifest(Path(snakemake.output.history), {"settings": settings, **history.as_dict()})
