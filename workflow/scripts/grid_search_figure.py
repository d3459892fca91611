from pathlib import Path

import pandas as pd

from synthinv.common.files import read_manifest, read_table
from synthinv.evaluate.scores import baseline_lines
from synthinv.pipeline.jobs import job
from synthinv.report.figures.grid_search import curves, heatmap
from synthinv.report.figures.style import save
from synthinv.thesis.grid_results import mean_histories

with job(snakemake):
    axes = snakemake.params.axes
    histories = mean_histories(map(Path, snakemake.input.cells), axes)
    # There are none if the grid search is on other data than the baselines.
    tables = [read_table(Path(file)) for file in snakemake.input.scores]
    lines = baseline_lines(pd.concat(tables)) if tables else {}
    if len(axes) == 1:
        figure = curves({value: [mean] for value, mean in histories.items()}, lines)
    else:
        cells = pd.DataFrame(read_manifest(Path(snakemake.input.winner))["cells"])
        errors = [float(history["mean_predictor"]) for history in histories.values()]
        lines = {"mean": sum(errors) / len(errors), **lines}
        figure = heatmap(cells, axes, lines)
    save(figure, Path(snakemake.output[0]))
