from pathlib import Path

from synthinv.common.files import intact, read_yaml, write_text
from synthinv.config.load import load
from synthinv.pipeline.jobs import job
from synthinv.report.page import gather, render
from synthinv.report.results import Results

with job(snakemake):
    source = Path(snakemake.input.config)
    config = load(read_yaml(intact(source)), str(source))
    captions = {
        Path(file).stem: " ".join(Path(file).read_text(encoding="utf-8").split())
        for file in snakemake.input.captions
    }
    write_text(Path(snakemake.output[0]), render(gather(Results(config, captions))))
