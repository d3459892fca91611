from pathlib import Path

import pandas as pd

from synthinv.capture.shards import read_shards
from synthinv.common.files import read_table, write_table
from synthinv.evaluate.ablation import results
from synthinv.evaluate.predictions import read_predictions
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job

with job(snakemake):
    manifests: dict[str, list[Path]] = {}
    for file in map(Path, snakemake.input.truth):
        manifests.setdefault(file.parent.name, []).append(file)
    truth = {data_set: read_shards(files) for data_set, files in manifests.items()}
    planned = snakemake.params.planned
    predictions = {}
    for row, file in zip(planned, snakemake.input.predictions, strict=True):
        shard = truth[row["data_set"]]
        predictions[row["experiment"]] = read_predictions(
            Path(file), shard.names, len(shard.patches)
        )
    played = {name: load_instrument(*own) for name, own in snakemake.params.instruments.items()}
    labels = {name: shard.patches / played[name].highest for name, shard in truth.items()}
    scores = pd.concat([read_table(Path(file)) for file in snakemake.input.scores])
    write_table(Path(snakemake.output[0]), results(planned, labels, predictions, scores))
