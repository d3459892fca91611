from pathlib import Path

from synthinv.common.files import write_table
from synthinv.evaluate.recapture import compare_captures
from synthinv.pipeline.jobs import job

with job(snakemake):
    truth = [Path(f) for f in snakemake.input.truth]
    rows = compare_captures(truth, [Path(snakemake.input.again)])
    write_table(Path(snakemake.output[0]), rows)
