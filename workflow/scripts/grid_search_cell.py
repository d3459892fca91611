from pathlib import Path

from synthinv.common.compute import use_threads
from synthinv.common.files import write_manifest
from synthinv.config.overrides import apply_settings
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.instruments.model import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.grid import read_winner
from synthinv.thesis.training import train

with job(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    settings = {**read_winner(snakemake.input.winner), **params.settings}
    network, training = apply_settings(
        NetworkConfig(**params.network), TrainingConfig(**params.training), settings
    )
    use_threads(training.threads)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    data = SpectrogramData([Path(f) for f in snakemake.input.manifests])
    _, history = train(
        data,
        instrument,
        network,
        training,
        params.epochs,
        params.seed,
        (wildcards.grid_search, wildcards.cell),
        int(wildcards.repeat),
    )
    write_manifest(Path(snakemake.output[0]), {"settings": settings, **history.as_dict()})
