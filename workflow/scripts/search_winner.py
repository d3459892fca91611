from pathlib import Path

from synthinv.common.files import read_manifest, write_manifest
from synthinv.config.sections import Search
from synthinv.pipeline.jobs import job
from synthinv.thesis.grid import read_winner
from synthinv.thesis.grid_results import results, winner

with job(snakemake):
    search = Search(**snakemake.params.search)
    histories = {}
    for file in map(Path, snakemake.input.cells):
        histories[file.parent.name, int(file.stem)] = read_manifest(file)
    table = results(search, histories)
    settings = {**read_winner(snakemake.input.winner), **winner(search, table)}
    write_manifest(
        Path(snakemake.output[0]),
        {"settings": settings, "cells": table.reset_index().to_dict(orient="records")},
    )
