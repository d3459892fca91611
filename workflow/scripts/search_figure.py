from pathlib import Path

import pandas as pd

from synthinv import figures
from synthinv.files import read_json
from synthinv.jobs import job
from synthinv.search_results import mean_histories

with job(snakemake):
    axes = snakemake.params.axes
    if len(axes) == 1:
        figure = figures.search_curves(mean_histories(map(Path, snakemake.input.cells), axes[0]))
    else:
        cells = pd.DataFrame(read_json(Path(snakemake.input.winner))["cells"])
        figure = figures.search_heatmap(cells, axes)
    figures.save(figure, Path(snakemake.output[0]))
