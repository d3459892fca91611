from pathlib import Path

import pandas as pd

from synthinv.common.files import read_manifest, read_table
from synthinv.evaluate.scores import baseline_lines
from synthinv.pipeline.jobs import job
from synthinv.report import figures
from synthinv.thesis.grid_results import mean_histories

with job(snakemake):
    axes = snakemake.params.axes
    histories = mean_histories(map(Path, snakemake.input.cells), axes)
    metrics = read_table(Path(snakemake.input.metrics))
    lines = baseline_lines(metrics, snakemake.params.test, list(figures.LINES))
    if len(axes) == 1:
        figure = figures.grid_search_curves(histories, lines)
    else:
        cells = pd.DataFrame(read_manifest(Path(snakemake.input.winner))["cells"])
        mean_predictor = sum(float(h["mean_predictor"]) for h in histories.values()) / len(
            histories
        )
        figure = figures.grid_search_heatmap(cells, axes, {"mean": mean_predictor, **lines})
    figures.save(figure, Path(snakemake.output[0]))
