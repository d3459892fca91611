from pathlib import Path

import pandas as pd

from synthinv.capture.shards import read_shards
from synthinv.common.files import read_table
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.evaluate.predictions import read_predictions
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.report.figures.prediction import errors, example, parameters
from synthinv.report.figures.style import save

with job(snakemake):
    predictor = snakemake.wildcards.predictor
    instrument = load_instrument(snakemake.input.instrument, snakemake.params.fixed)
    truth = read_shards([Path(file) for file in snakemake.input.truth])
    prediction = read_shards([Path(snakemake.input.manifest)])
    outputs = read_predictions(Path(snakemake.input.prediction), truth.names, len(truth.audio))
    scores = pd.concat([read_table(Path(file)) for file in snakemake.input.scores])
    own = scores[scores["predictor"] == predictor].set_index("index")["psd_error"]
    best = int(own.idxmin())
    spectrogram = SpectrogramConfig(**snakemake.params.spectrogram)
    save(
        example(truth.audio[best], prediction.audio[best], truth.sample_rate, spectrogram),
        Path(snakemake.output.example),
    )
    order = (predictor, *snakemake.params.baselines)
    save(errors(scores, order), Path(snakemake.output.errors))
    labels = instrument.encode(instrument.closest_equivalents(truth.patches, outputs))
    save(parameters(labels, outputs, instrument), Path(snakemake.output.knobs))
