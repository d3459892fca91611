# Needs: train/, capture/, spectrogram/.
# Gives: answers/{data_set}/{answer}/labels.csv, notes.{flac,csv,json};
# answers/{data_set}/{audibility,recapture,scores}.csv; metrics.csv; knobs.csv; ablation.csv.


rule predict:
    """Let a network answer its test set. Wildcards: data_set, answer."""
    input:
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        manifests=lambda w: targets.shards(
            paths.STORE_MANIFEST, w.data_set, view=CONFIG.experiment(w.answer).view
        ),
        stores=lambda w: targets.shards(
            paths.STORE, w.data_set, view=CONFIG.experiment(w.answer).view
        ),
        weights=lambda w: targets.result(paths.WEIGHTS, experiment=w.answer),
        model=lambda w: targets.result(paths.MODEL, experiment=w.answer),
    output:
        targets.result(paths.ANSWER),
        manifest=targets.manifest(paths.ANSWER),
    log:
        targets.result("logs/answers/{data_set}/{answer}/predict.log"),
    benchmark:
        targets.result("benchmarks/answers/{data_set}/{answer}/predict.tsv")
    wildcard_constraints:
        answer="|".join(e.name for e in CONFIG.networks),
        data_set="|".join(targets.test_sets),
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.training.threads
    params:
        code=code("predict.py"),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        threads=CONFIG.training.threads,
    script:
        "../scripts/predict.py"


rule answer_baselines:
    """Answer a test set without a network. Wildcards: data_set."""
    input:
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        test=lambda w: targets.tested_on(
            paths.STORE_MANIFEST, targets.reference(w.data_set)
        ),
        test_stores=lambda w: targets.tested_on(
            paths.STORE, targets.reference(w.data_set)
        ),
        train=lambda w: targets.trained_on(
            paths.STORE_MANIFEST, targets.reference(w.data_set)
        ),
        train_stores=lambda w: targets.trained_on(
            paths.STORE, targets.reference(w.data_set)
        ),
    output:
        labels=expand(
            targets.result(paths.ANSWER),
            answer=BASELINES,
            allow_missing=True,
        ),
        manifests=expand(
            targets.manifest(paths.ANSWER),
            answer=BASELINES,
            allow_missing=True,
        ),
    log:
        targets.result("logs/answers/{data_set}/baselines.log"),
    benchmark:
        targets.result("benchmarks/answers/{data_set}/baselines.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("answer_baselines.py"),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        samples=lambda w: CONFIG.experiment(targets.reference(w.data_set)).samples,
        seed=CONFIG.seed,
    script:
        "../scripts/answer_baselines.py"


rule play_answer:
    """Play an answer through the engine that played the test set. Wildcards: data_set, answer."""
    input:
        answer=targets.result(paths.ANSWER),
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        state=STATE,
    output:
        audio=targets.result(paths.ANSWER_AUDIO),
        labels=targets.result(paths.ANSWER_LABELS),
        manifest=targets.result(paths.ANSWER_MANIFEST),
    log:
        targets.result("logs/answers/{data_set}/{answer}/play.log"),
    benchmark:
        targets.result("benchmarks/answers/{data_set}/{answer}/play.tsv")
    conda:
        "../envs/synthinv.yaml"
    resources:
        jack=int(HOSTED),
        synth=int(LIVE and not HOSTED),
    params:
        code=code("play_answer.py", ENGINE_MODULE),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        playing=CONFIG.playing.as_params(),
        seed=CONFIG.seed,
        sounds=lambda w: CONFIG.data_set(w.data_set).samples,
    script:
        "../scripts/play_answer.py"


rule score_answers:
    """Compare every answer to a test set with the truth. Wildcards: data_set."""
    input:
        answers=lambda w: targets.answers(paths.ANSWER, w.data_set),
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        manifests=lambda w: targets.answers(paths.ANSWER_MANIFEST, w.data_set),
        notes=lambda w: targets.answers(paths.ANSWER_AUDIO, w.data_set),
        patches=lambda w: targets.answers(paths.ANSWER_LABELS, w.data_set),
        truth=lambda w: targets.shards(paths.SHARD_MANIFEST, w.data_set),
        truth_notes=lambda w: targets.shards(paths.SHARD_AUDIO, w.data_set),
    output:
        targets.result(paths.SCORES),
        manifest=targets.manifest(paths.SCORES),
    log:
        targets.result("logs/answers/{data_set}/scores.log"),
    benchmark:
        targets.result("benchmarks/answers/{data_set}/scores.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("score_answers.py"),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
    script:
        "../scripts/score_answers.py"


rule turn_knobs:
    """Turn every knob of some sounds and tell which are heard. Wildcards: data_set."""
    input:
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        notes=lambda w: targets.shards(paths.SHARD_AUDIO, w.data_set),
        patches=lambda w: targets.shards(paths.SHARD_LABELS, w.data_set),
        state=STATE,
        truth=lambda w: targets.shards(paths.SHARD_MANIFEST, w.data_set),
    output:
        targets.result(paths.AUDIBILITY),
        manifest=targets.manifest(paths.AUDIBILITY),
    log:
        targets.result("logs/answers/{data_set}/audibility.log"),
    benchmark:
        targets.result("benchmarks/answers/{data_set}/audibility.tsv")
    conda:
        "../envs/synthinv.yaml"
    resources:
        jack=int(HOSTED),
        synth=int(LIVE and not HOSTED),
    params:
        code=code("turn_knobs.py", ENGINE_MODULE),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        playing=CONFIG.playing.as_params(),
        seed=CONFIG.seed,
        sounds=CONFIG.report.audible_sounds,
    script:
        "../scripts/turn_knobs.py"


rule compare_recapture:
    """Compare a test set with its oracle, the same patches captured again. Wildcards: data_set."""
    input:
        again=targets.result(paths.ANSWER_MANIFEST, answer="oracle"),
        again_notes=targets.result(paths.ANSWER_AUDIO, answer="oracle"),
        again_patches=targets.result(paths.ANSWER_LABELS, answer="oracle"),
        truth=lambda w: targets.shards(paths.SHARD_MANIFEST, w.data_set),
        truth_notes=lambda w: targets.shards(paths.SHARD_AUDIO, w.data_set),
        truth_patches=lambda w: targets.shards(paths.SHARD_LABELS, w.data_set),
    output:
        targets.result(paths.RECAPTURE),
        manifest=targets.manifest(paths.RECAPTURE),
    log:
        targets.result("logs/answers/{data_set}/recapture.log"),
    benchmark:
        targets.result("benchmarks/answers/{data_set}/recapture.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("compare_recapture.py"),
    script:
        "../scripts/compare_recapture.py"


rule aggregate_metrics:
    """Summarise the scores of all test sets."""
    input:
        expand(targets.result(paths.SCORES), data_set=targets.test_sets),
    output:
        targets.result(paths.METRICS),
        manifest=targets.manifest(paths.METRICS),
    log:
        targets.result("logs/metrics.log"),
    benchmark:
        targets.result("benchmarks/metrics.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("aggregate_metrics.py"),
    script:
        "../scripts/aggregate_metrics.py"


rule score_knobs:
    """Compare every answer to the main test set with the truth, knob by knob."""
    input:
        answers=targets.answers(paths.ANSWER, targets.main_set),
        audibility=targets.result(paths.AUDIBILITY, data_set=targets.main_set),
        instrument=CONFIG.instrument_of(targets.main_set),
        truth=targets.shards(paths.SHARD_MANIFEST, targets.main_set),
        truth_notes=targets.shards(paths.SHARD_AUDIO, targets.main_set),
        truth_patches=targets.shards(paths.SHARD_LABELS, targets.main_set),
    output:
        targets.result(paths.KNOBS),
        manifest=targets.manifest(paths.KNOBS),
    log:
        targets.result("logs/knobs.log"),
    benchmark:
        targets.result("benchmarks/knobs.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("score_knobs.py"),
        data_set=targets.main_set,
        fixed=CONFIG.data_set(targets.main_set).fixed,
    script:
        "../scripts/score_knobs.py"


rule tabulate_ablation:
    """Say how far every network of the ablation got."""
    input:
        answers=[
            targets.answer(paths.ANSWER, row["experiment"]) for row in targets.planned
        ],
        scores=expand(targets.result(paths.SCORES), data_set=targets.planned_sets),
        truth=targets.planned_truth(paths.SHARD_MANIFEST),
        truth_notes=targets.planned_truth(paths.SHARD_AUDIO),
        truth_patches=targets.planned_truth(paths.SHARD_LABELS),
    output:
        targets.result(paths.ABLATION),
        manifest=targets.manifest(paths.ABLATION),
    log:
        targets.result("logs/ablation.log"),
    benchmark:
        targets.result("benchmarks/ablation.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("tabulate_ablation.py"),
        planned=targets.planned,
    script:
        "../scripts/tabulate_ablation.py"
