from pathlib import Path

import yaml

from synthinv.common.files import seal, write_text
from synthinv.pipeline.jobs import job

with job(snakemake):
    text = yaml.safe_dump(snakemake.params.config, sort_keys=False, allow_unicode=True)
    path = Path(snakemake.output[0])
    write_text(path, text)
    seal(path)
