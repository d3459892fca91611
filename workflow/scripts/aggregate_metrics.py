from pathlib import Path

import pandas as pd

from synthinv.files import replacing
from synthinv.jobs import job
from synthinv.metrics import summarise

with job(snakemake):
    scores = pd.concat([pd.read_csv(file) for file in snakemake.input])
    with replacing(Path(snakemake.output[0])) as partial:
        summarise(scores).to_csv(partial, index=False, lineterminator="\n")
