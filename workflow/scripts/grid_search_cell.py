from pathlib import Path

from synthinv.common.compute import use_threads
from synthinv.common.files import write_manifest
from synthinv.common.unfinished import UnfinishedTraining
from synthinv.config.overrides import apply_settings
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.grid import read_winner
from synthinv.thesis.training import train

with job(snakemake):
    params, inputs, wildcards = snakemake.params, snakemake.input, snakemake.wildcards
    settings = {**read_winner(inputs.winner), **params.settings}
    network, training = apply_settings(
        NetworkConfig(**params.network), TrainingConfig(**params.training), settings
    )
    use_threads(training.threads)
    instrument = load_instrument(inputs.instrument, params.fixed)
    data = SpectrogramData([Path(f) for f in inputs.manifests])
    unfinished = UnfinishedTraining(
        Path(snakemake.output[0]).with_suffix(".unfinished"),
        dict(params.items()),
        [Path(f) for f in (inputs.instrument, *inputs.manifests, *inputs.winner)],
    )
    _, history = train(
        data,
        instrument,
        network,
        training,
        params.epochs,
        params.seed,
        (wildcards.grid_search, wildcards.cell),
        int(wildcards.repeat),
        unfinished,
    )
    write_manifest(Path(snakemake.output[0]), {"settings": settings, **history.as_dict()})
    unfinished.delete()
