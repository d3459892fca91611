from pathlib import Path

import pandas as pd

from synthinv.common.files import read_table, write_table
from synthinv.pipeline.jobs import job
from synthinv.search.curves import one_render

with job(snakemake):
    params = snakemake.params
    scores = pd.concat([read_table(Path(file)) for file in snakemake.input.scores])
    predictions = one_render(scores, params.predictors)
    curves = [
        # Files of both lie in folders that are named after their method.
        read_table(Path(file)).assign(method=Path(file).parent.name)
        for file in [*snakemake.input.refined, *snakemake.input.searched]
    ]
    table = pd.concat([predictions, *curves], ignore_index=True)
    table.insert(1, "data_set", params.data_set)
    # All methods on the same sounds.
    write_table(Path(snakemake.output[0]), table[table["index"] < params.sounds])
