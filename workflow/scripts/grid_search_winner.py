from pathlib import Path

from synthinv.common.files import read_manifest, write_manifest
from synthinv.config.sections.grid_search import GridSearchConfig
from synthinv.pipeline.jobs import job
from synthinv.thesis.grid import read_winner
from synthinv.thesis.grid_results import tabulate, winner

with job(snakemake):
    grid_search = GridSearchConfig(**snakemake.params.grid_search)
    histories = {}
    for file in map(Path, snakemake.input.cells):
        histories[file.parent.name, int(file.stem)] = read_manifest(file)
    table = tabulate(grid_search, histories)
    settings = {**read_winner(snakemake.input.winner), **winner(grid_search, table)}
    write_manifest(
        Path(snakemake.output[0]),
        {"settings": settings, "cells": table.reset_index().to_dict(orient="records")},
    )
