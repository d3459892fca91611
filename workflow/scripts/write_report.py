from pathlib import Path

import yaml

from synthinv.config import load
from synthinv.files import write_text
from synthinv.jobs import job
from synthinv.report import Collector, render

with job(snakemake):
    source = snakemake.input.config
    config = load(yaml.safe_load(Path(source).read_text(encoding="utf-8")), source)
    captions = {
        Path(file).stem: " ".join(Path(file).read_text(encoding="utf-8").split())
        for file in snakemake.input.captions
    }
    write_text(Path(snakemake.output[0]), render(Collector(config, captions).page()))
