from pathlib import Path

from synthinv.answers import write_answer
from synthinv.compute import device, use_threads
from synthinv.jobs import job
from synthinv.store import SpectrogramData
from synthinv.training import predict
from synthinv.weights import load_network

with job(snakemake):
    use_threads(snakemake.params.threads)
    data = SpectrogramData([Path(f) for f in snakemake.input.manifests])
    model = load_network(Path(snakemake.input.model), data).to(device())
    write_answer(Path(snakemake.output[0]), data.names, predict(model, data))
