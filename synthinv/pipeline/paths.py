"""Every path pattern below the results folder, once.

A pattern's fields are Snakemake wildcards; `str.format` fills them in.
"""

CONFIG = "config.yaml"

# Presets of banks as patches, with what each loses, and which of them a data set has.
PRESETS = "presets/{data_set}.csv"

SHARD_AUDIO = "capture/{data_set}/{shard}.flac"
SHARD_LABELS = "capture/{data_set}/{shard}.csv"
SHARD_MANIFEST = "capture/{data_set}/{shard}.json"

STORE = "spectrogram/{spectrogram}/{data_set}/{shard}.zarr.zip"
STORE_MANIFEST = "spectrogram/{spectrogram}/{data_set}/{shard}.json"

CELL = "grid_search/{grid_search}/{cell}/{repeat}.json"
WINNER = "grid_search/{grid_search}/winner.json"

# Of an experiment's network: weights; of a solver: the network itself; of either: the rest.
WEIGHTS = "train/{predictor}/weights.safetensors"
NETWORK = "train/{predictor}/model.onnx"
MODEL = "train/{predictor}/model.json"
HISTORY = "train/{predictor}/history.json"

# Of a predictor: an experiment's network, a solver, its refinement or a baseline.
PREDICTION = "predictions/{data_set}/{predictor}/labels.csv"
PREDICTION_AUDIO = "predictions/{data_set}/{predictor}/notes.flac"
PREDICTION_PATCHES = "predictions/{data_set}/{predictor}/notes.csv"
PREDICTION_MANIFEST = "predictions/{data_set}/{predictor}/notes.json"
# Its scores on a test set, sound by sound.
SCORES = "predictions/{data_set}/{predictor}/scores.csv"
# Every knob of some of the sounds turned; the truth and the oracle compared.
AUDIBILITY = "predictions/{data_set}/audibility.csv"
RECAPTURE = "predictions/{data_set}/recapture.csv"
METRICS = "metrics.csv"
KNOBS = "knobs.csv"
ABLATION = "ablation.csv"

# Refined predictions, shard by shard, and the errors on the way there; then those of the whole set.
REFINED_SHARD = "predictions/{data_set}/{solver}-refined/{shard}.csv"
REFINED_SHARD_CURVES = "predictions/{data_set}/{solver}-refined/{shard}-curves.csv"
REFINED_CURVES = "predictions/{data_set}/{solver}-refined/curves.csv"
# Patch searches for some sounds, job by job; error against renders, of all methods.
PATCH_SEARCH_CURVES = "patch_search/{data_set}/{method}/{job}.csv"
PATCH_SEARCHES = "patch_searches.csv"

# Every training of a reading of the thesis with one seed; what all of them agree with.
READING = "readings/{reading}/{repeat}.json"
READINGS = "readings/readings.csv"
AGREEMENT = "readings/agreement.csv"

WINDOWS_FIGURE = "figures/windows.svg"
GRID_SEARCH_FIGURE = "figures/grid_search-{grid_search}.svg"
TRAINING_FIGURE = "figures/training.svg"
SOLVER_FIGURE = "figures/solver-{solver}.svg"
PATCH_SEARCH_FIGURE = "figures/patch_search.svg"
ABLATION_FIGURE = "figures/ablation.svg"
CURVES_FIGURE = "figures/learning-curves.svg"
EXAMPLE_FIGURE = "figures/example-{predictor}.svg"
ERRORS_FIGURE = "figures/errors-{predictor}.svg"
KNOBS_FIGURE = "figures/knobs-{predictor}.svg"

REPORT = "report.html"

# A patch for a sound of one's own.
MATCH_PATCH = "match/{sound}/patch.json"
MATCH_WAV = "match/{sound}/match.wav"
MATCH_PAGE = "match/{sound}/match.html"

# The gallery of the documentation: its sounds, what a network of the thesis predicts for them, and
# what was found.
GALLERY_SOUND = "gallery/sounds/{sound}.wav"
GALLERY_PREDICTION_WAV = "gallery/{sound}/thesis.wav"
GALLERY_PREDICTION = "gallery/{sound}/thesis.json"
GALLERY = "gallery/gallery.json"

# A benchmark: its sounds, by halves.
BENCHMARK_SOUND = "sounds/{split}/{sound}.wav"
# What a method found for some of them, job by job: scores, times, and the notes of its largest
# budget; scores and times of all methods.
BENCHMARK_FOUND = "found/{split}/{method}/{job}.csv"
BENCHMARK_FOUND_SECONDS = "found/{split}/{method}/{job}-seconds.csv"
BENCHMARK_FOUND_NOTES = "found/{split}/{method}/{job}.flac"
BENCHMARK_SCORES = "scores.csv"
BENCHMARK_SECONDS = "seconds.csv"
