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

# An answer is that of an experiment's network, a solver, its refinement or a baseline.
ANSWER = "answers/{data_set}/{answer}/labels.csv"
ANSWER_AUDIO = "answers/{data_set}/{answer}/notes.flac"
ANSWER_LABELS = "answers/{data_set}/{answer}/notes.csv"
ANSWER_MANIFEST = "answers/{data_set}/{answer}/notes.json"
# Every knob of some of the sounds turned; the truth and the oracle compared.
AUDIBILITY = "answers/{data_set}/audibility.csv"
RECAPTURE = "answers/{data_set}/recapture.csv"
SCORES = "answers/{data_set}/scores.csv"
METRICS = "metrics.csv"
KNOBS = "knobs.csv"
ABLATION = "ablation.csv"

# A refined answer, shard by shard, and the errors on the way there; then those of the whole set.
REFINED_SHARD = "answers/{data_set}/{solver}-refined/{shard}.csv"
REFINED_SHARD_CURVES = "answers/{data_set}/{solver}-refined/{shard}-curves.csv"
REFINED_CURVES = "answers/{data_set}/{solver}-refined/curves.csv"
# Searches of patches for some sounds, job by job; all that is known of error against renders.
SEARCH_CURVES = "patch-search/{data_set}/{method}/{job}.csv"
SEARCHES = "searches.csv"

WINDOWS_FIGURE = "figures/windows.svg"
SEARCH_FIGURE = "figures/search-{search}.svg"
TRAINING_FIGURE = "figures/training.svg"
SOLVER_FIGURE = "figures/solver-{solver}.svg"
SEARCHES_FIGURE = "figures/searches.svg"
ABLATION_FIGURE = "figures/ablation.svg"
CURVES_FIGURE = "figures/learning-curves.svg"
EXAMPLE_FIGURE = "figures/example-{experiment}.svg"
ERRORS_FIGURE = "figures/errors-{experiment}.svg"
KNOBS_FIGURE = "figures/knobs-{experiment}.svg"

REPORT = "report.html"

# A patch for a sound of one's own.
MATCH_PATCH = "match/{sound}/patch.json"
MATCH_MIDI = "match/{sound}/patch.mid"
MATCH_WAV = "match/{sound}/match.wav"
MATCH_PAGE = "match/{sound}/match.html"
