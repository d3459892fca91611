from pathlib import Path

from synthinv.answers import write_answer
from synthinv.compute import device, use_threads
from synthinv.instrument import load_instrument
from synthinv.jobs import job
from synthinv.store import SpectrogramData
from synthinv.training import predict
from synthinv.weights import load_network

with job(snakemake):
    params = snakemake.params
    use_threads(params.threads)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    data = SpectrogramData([Path(f) for f in snakemake.input.manifests])
    model, loss = load_network(Path(snakemake.input.model), data, instrument)
    labels = loss.labels(predict(model.to(device()), data))
    write_answer(Path(snakemake.output[0]), data.names, labels)
