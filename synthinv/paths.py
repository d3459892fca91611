"""Every path pattern below the results folder, once.

A pattern's fields are Snakemake wildcards; `str.format` fills them in.
"""

CONFIG = "config.yaml"

SHARD_AUDIO = "capture/{data_set}/{shard}.flac"
SHARD_LABELS = "capture/{data_set}/{shard}.csv"
SHARD_MANIFEST = "capture/{data_set}/{shard}.json"

STORE = "spectrogram/{view}/{data_set}/{shard}.zarr.zip"
STORE_MANIFEST = "spectrogram/{view}/{data_set}/{shard}.json"

CELL = "search/{search}/{cell}/{repeat}.json"
WINNER = "search/{search}/winner.json"

# Of an experiment's network, or a solver.
WEIGHTS = "train/{experiment}/weights.safetensors"
MODEL = "train/{experiment}/model.json"
HISTORY = "train/{experiment}/history.json"

# An answer is that of an experiment's network, a solver or a baseline.
BASELINES = ("random", "prior", "nearest", "floor", "oracle")
ANSWER = "answers/{data_set}/{answer}/labels.csv"
ANSWER_AUDIO = "answers/{data_set}/{answer}/notes.flac"
ANSWER_LABELS = "answers/{data_set}/{answer}/notes.csv"
ANSWER_MANIFEST = "answers/{data_set}/{answer}/notes.json"
# Every knob of some of the sounds turned; the truth and the oracle compared.
AUDIBILITY = "answers/{data_set}/audibility.csv"
RECAPTURE = "answers/{data_set}/recapture.csv"
SCORES = "answers/{data_set}/scores.csv"
METRICS = "metrics.csv"
ABLATION = "ablation.csv"

WINDOWS_FIGURE = "figures/windows.svg"
SEARCH_FIGURE = "figures/search-{search}.svg"
TRAINING_FIGURE = "figures/training.svg"
SOLVER_FIGURE = "figures/solver-{solver}.svg"
ABLATION_FIGURE = "figures/ablation.svg"
CURVES_FIGURE = "figures/learning-curves.svg"
EXAMPLE_FIGURE = "figures/example-{experiment}.svg"
ERRORS_FIGURE = "figures/errors-{experiment}.svg"
KNOBS_FIGURE = "figures/knobs-{experiment}.svg"

REPORT = "report.html"
