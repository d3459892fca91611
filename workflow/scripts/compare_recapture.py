from pathlib import Path

from synthinv.comparison import compare_captures
from synthinv.files import replacing
from synthinv.jobs import job

with job(snakemake):
    truth = [Path(f) for f in snakemake.input.truth]
    rows = compare_captures(truth, [Path(snakemake.input.again)])
    with replacing(Path(snakemake.output[0])) as partial:
        rows.to_csv(partial, index=False, lineterminator="\n")
