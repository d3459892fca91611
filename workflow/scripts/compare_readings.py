from pathlib import Path

from synthinv.common.files import read_manifest, write_table
from synthinv.evaluate.readings import agreement, tabulate
from synthinv.pipeline.jobs import job

with job(snakemake):
    files = [Path(f) for f in snakemake.input]
    results = [(file.parent.name, int(file.stem), read_manifest(file)) for file in files]
    table = tabulate(results)
    readings, agreements = (Path(f) for f in snakemake.output[:2])
    write_table(readings, table)
    write_table(agreements, agreement(table, snakemake.params.titles))
