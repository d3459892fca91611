from pathlib import Path

from synthinv.common.compute import device, use_threads
from synthinv.evaluate.predictions import write_predictions
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.spectrogram.store import SpectrogramData
from synthinv.thesis.checkpoint import load_network
from synthinv.thesis.training import predict

with job(snakemake):
    params = snakemake.params
    use_threads(params.threads)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    data = SpectrogramData([Path(f) for f in snakemake.input.manifests])
    model, loss = load_network(Path(snakemake.input.model), data, instrument)
    labels = loss.labels(predict(model.to(device()), data))
    write_predictions(Path(snakemake.output[0]), data.names, labels)
