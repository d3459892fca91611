from pathlib import Path

from synthinv.common.seeds import seed_sequence
from synthinv.config.names import BASELINES
from synthinv.evaluate import baselines
from synthinv.evaluate.predictions import write_predictions
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.spectrogram.store import SpectrogramData

with job(snakemake):
    params, data_set = snakemake.params, snakemake.wildcards.data_set
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    train = SpectrogramData([Path(f) for f in snakemake.input.train], params.samples)
    test = SpectrogramData([Path(f) for f in snakemake.input.test])
    labels = {
        "random": baselines.random_patches(
            instrument, len(test), seed_sequence(params.seed, "random", data_set)
        ),
        "mean": baselines.mean_predictor(instrument, train.patches, len(test)),
        "nearest": baselines.nearest_neighbour(instrument, train, test),
        # The purpose is the baseline's former name: another one would draw other steps.
        "one_step": baselines.one_step(
            instrument, test.patches, seed_sequence(params.seed, "floor", data_set)
        ),
        "oracle": instrument.encode(test.patches),
    }
    for name, file in zip(BASELINES, snakemake.output.labels, strict=True):
        write_predictions(Path(file), instrument.names, labels[name])
