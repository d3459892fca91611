from pathlib import Path

from synthinv.capture.shards import read_shards
from synthinv.common.compute import use_threads
from synthinv.common.files import write_manifest
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.config.readings import PLAYED, ReadingTraining
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.engines.opening import open_engine
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.readings import Material, psd_errors, train_all

with job(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    training = TrainingConfig(**params.training)
    use_threads(training.threads)
    manifests: dict[tuple[str, str], list[Path]] = {}
    for file in map(Path, snakemake.input.manifests):
        manifests.setdefault((file.parents[1].name, file.parent.name), []).append(file)
    material = Material(
        {key: SpectrogramData(files) for key, files in manifests.items()},
        {
            name: load_instrument(snakemake.input.instrument, fixed)
            for name, fixed in params.fixed.items()
        },
    )
    trainings = [ReadingTraining(**item) for item in params.trainings]
    outcomes = train_all(
        trainings,
        material,
        NetworkConfig(**params.network),
        training,
        params.seed,
        wildcards.reading,
        int(wildcards.repeat),
    )
    results = {
        item.name: {"settings": item.settings, **outcomes[item.name].as_dict()}
        for item in trainings
    }

    played = outcomes[PLAYED].test
    assert played is not None
    truth = read_shards([Path(f) for f in snakemake.input.truth])
    instrument = material.instruments[params.test]
    free = seed_sequence(params.seed, "phase", "play", *wildcards)
    order = seed_sequence(params.seed, "play", *wildcards)
    with open_engine(
        playing_config(snakemake.config), instrument, snakemake.threads, free
    ) as engine:
        errors = psd_errors(engine, instrument, played.labels, truth, order)
    write_manifest(Path(snakemake.output[0]), {"trainings": results, "psd_errors": errors})
