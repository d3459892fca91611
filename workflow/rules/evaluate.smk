# Needs: train/, capture/, spectrogram/.
# Gives: answers/{data_set}/{answer}/labels.csv, notes.{flac,csv,json}; answers/{data_set}/scores.csv;
# metrics.csv.

TEST_SETS = list(dict.fromkeys(e.test for e in CONFIG.experiments))


def experiments_on(test_set):
    """List the experiments that are tested on a data set."""
    return [e for e in CONFIG.experiments if e.test == test_set]


def reference(test_set):
    """Take the baselines' training set and view from the first experiment on the test set."""
    return experiments_on(test_set)[0]


def answers_to(test_set):
    """Name every answer to a test set: the baselines and the experiments."""
    return [*baselines.BASELINES, *(e.name for e in experiments_on(test_set))]


def answered(test_set, pattern):
    """List one file for each answer to a test set."""
    return [result(pattern, data_set=test_set, answer=a) for a in answers_to(test_set)]


def answer_of(name, pattern):
    """Name a file of an experiment's answer."""
    return result(pattern, data_set=CONFIG.experiment(name).test, answer=name)


rule predict:
    """Let a network answer its test set. Wildcards: data_set, answer."""
    input:
        manifests=lambda w: shards(
            paths.STORE_MANIFEST, w.data_set, view=CONFIG.experiment(w.answer).view
        ),
        stores=lambda w: shards(
            paths.STORE, w.data_set, view=CONFIG.experiment(w.answer).view
        ),
        weights=lambda w: result(paths.WEIGHTS, experiment=w.answer),
        model=lambda w: result(paths.MODEL, experiment=w.answer),
    output:
        result(paths.ANSWER),
    log:
        result("logs/answers/{data_set}/{answer}/predict.log"),
    benchmark:
        result("benchmarks/answers/{data_set}/{answer}/predict.tsv")
    wildcard_constraints:
        answer="|".join(e.name for e in CONFIG.experiments),
    threads: CONFIG.training.threads
    params:
        code=code("predict.py"),
        threads=CONFIG.training.threads,
    script:
        "../scripts/predict.py"


rule answer_baselines:
    """Answer a test set without a network. Wildcards: data_set."""
    input:
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        test=lambda w: shards(
            paths.STORE_MANIFEST, w.data_set, view=reference(w.data_set).view
        ),
        test_stores=lambda w: shards(
            paths.STORE, w.data_set, view=reference(w.data_set).view
        ),
        train=lambda w: trained_on(reference(w.data_set).name, paths.STORE_MANIFEST),
        train_stores=lambda w: trained_on(reference(w.data_set).name, paths.STORE),
    output:
        expand(result(paths.ANSWER), answer=baselines.BASELINES, allow_missing=True),
    log:
        result("logs/answers/{data_set}/baselines.log"),
    benchmark:
        result("benchmarks/answers/{data_set}/baselines.tsv")
    params:
        code=code("answer_baselines.py"),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        seed=CONFIG.seed,
    script:
        "../scripts/answer_baselines.py"


rule play_answer:
    """Play an answer through the engine that played the test set. Wildcards: data_set, answer."""
    input:
        answer=result(paths.ANSWER),
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
    output:
        audio=result(paths.ANSWER_AUDIO),
        labels=result(paths.ANSWER_LABELS),
        manifest=result(paths.ANSWER_MANIFEST),
    log:
        result("logs/answers/{data_set}/{answer}/play.log"),
    benchmark:
        result("benchmarks/answers/{data_set}/{answer}/play.tsv")
    resources:
        synth=EXCLUSIVE_SYNTH,
    params:
        code=code("play_answer.py", ENGINE_MODULE),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        playing=settings(CONFIG.playing),
    script:
        "../scripts/play_answer.py"


rule score_answers:
    """Compare every answer to a test set with the truth. Wildcards: data_set."""
    input:
        answers=lambda w: answered(w.data_set, paths.ANSWER),
        manifests=lambda w: answered(w.data_set, paths.ANSWER_MANIFEST),
        notes=lambda w: answered(w.data_set, paths.ANSWER_AUDIO),
        patches=lambda w: answered(w.data_set, paths.ANSWER_LABELS),
        truth=lambda w: shards(paths.SHARD_MANIFEST, w.data_set),
        truth_notes=lambda w: shards(paths.SHARD_AUDIO, w.data_set),
    output:
        result(paths.SCORES),
    log:
        result("logs/answers/{data_set}/scores.log"),
    benchmark:
        result("benchmarks/answers/{data_set}/scores.tsv")
    params:
        code=code("score_answers.py"),
    script:
        "../scripts/score_answers.py"


rule aggregate_metrics:
    """Summarise the scores of all test sets."""
    input:
        expand(result(paths.SCORES), data_set=TEST_SETS),
    output:
        result(paths.METRICS),
    log:
        result("logs/metrics.log"),
    benchmark:
        result("benchmarks/metrics.tsv")
    params:
        code=code("aggregate_metrics.py"),
    script:
        "../scripts/aggregate_metrics.py"
