# Needs: train/, capture/, spectrogram/.
# Gives: predictions/{data_set}/{predictor}/labels.csv, notes.{flac,csv,json}, scores.csv;
# predictions/{data_set}/{audibility,recapture}.csv; metrics.csv; knobs.csv; ablation.csv.


rule predict:
    """Predict the labels of an experiment's test set with its network. Wildcards: data_set, predictor."""
    input:
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        manifests=lambda w: targets.shards(
            paths.STORE_MANIFEST,
            w.data_set,
            spectrogram=plan.experiment(CONFIG, w.predictor).spectrogram,
        ),
        stores=lambda w: targets.shards(
            paths.STORE,
            w.data_set,
            spectrogram=plan.experiment(CONFIG, w.predictor).spectrogram,
        ),
        weights=lambda w: targets.result(paths.WEIGHTS, predictor=w.predictor),
        model=lambda w: targets.result(paths.MODEL, predictor=w.predictor),
    output:
        targets.result(paths.PREDICTION),
        manifest=targets.manifest(paths.PREDICTION),
    log:
        targets.result("logs/predictions/{data_set}/{predictor}/predict.log"),
    benchmark:
        targets.result("benchmarks/predictions/{data_set}/{predictor}/predict.tsv")
    wildcard_constraints:
        predictor="|".join(e.name for e in plan.all_experiments(CONFIG)) or "none",
        data_set="|".join(plan.test_sets(CONFIG)),
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.training.threads
    params:
        code=code("predict.py"),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        threads=CONFIG.training.threads,
    script:
        "../scripts/predict.py"


rule predict_baselines:
    """Predict the labels of a test set with every baseline. Wildcards: data_set."""
    input:
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        test=lambda w: inputs.baseline_test_stores(paths.STORE_MANIFEST, w.data_set),
        test_stores=lambda w: inputs.baseline_test_stores(paths.STORE, w.data_set),
        train=lambda w: inputs.baseline_training_stores(
            paths.STORE_MANIFEST, w.data_set
        ),
        train_stores=lambda w: inputs.baseline_training_stores(paths.STORE, w.data_set),
    output:
        labels=expand(
            targets.result(paths.PREDICTION),
            predictor=BASELINES,
            allow_missing=True,
        ),
        manifests=expand(
            targets.manifest(paths.PREDICTION),
            predictor=BASELINES,
            allow_missing=True,
        ),
    log:
        targets.result("logs/predictions/{data_set}/baselines.log"),
    benchmark:
        targets.result("benchmarks/predictions/{data_set}/baselines.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("predict_baselines.py"),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        samples=lambda w: plan.reference(CONFIG, w.data_set).samples,
        seed=CONFIG.seed,
    script:
        "../scripts/predict_baselines.py"


rule play_predictions:
    """Play predictions through the engine that played the test set. Wildcards: data_set, predictor."""
    input:
        prediction=targets.result(paths.PREDICTION),
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        state=STATE,
    output:
        audio=targets.result(paths.PREDICTION_AUDIO),
        labels=targets.result(paths.PREDICTION_PATCHES),
        manifest=targets.result(paths.PREDICTION_MANIFEST),
    log:
        targets.result("logs/predictions/{data_set}/{predictor}/play.log"),
    benchmark:
        targets.result("benchmarks/predictions/{data_set}/{predictor}/play.tsv")
    conda:
        "../envs/synthinv.yaml"
    resources:
        jack=JACK,
        synth=SYNTH,
    params:
        code=code("play_predictions.py", ENGINE_MODULE),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        playing=playing_params(CONFIG.playing),
        seed=CONFIG.seed,
        sounds=lambda w: CONFIG.data_set(w.data_set).samples,
    script:
        "../scripts/play_predictions.py"


rule score_predictions:
    """Compare one predictor's predictions for a test set with the truth. Wildcards: data_set, predictor."""
    input:
        prediction=targets.result(paths.PREDICTION),
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        manifest=targets.result(paths.PREDICTION_MANIFEST),
        notes=targets.result(paths.PREDICTION_AUDIO),
        patches=targets.result(paths.PREDICTION_PATCHES),
        truth=lambda w: targets.shards(paths.SHARD_MANIFEST, w.data_set),
        truth_notes=lambda w: targets.shards(paths.SHARD_AUDIO, w.data_set),
    output:
        targets.result(paths.SCORES),
        manifest=targets.manifest(paths.SCORES),
    log:
        targets.result("logs/predictions/{data_set}/{predictor}/score.log"),
    benchmark:
        targets.result("benchmarks/predictions/{data_set}/{predictor}/score.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("score_predictions.py"),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
    script:
        "../scripts/score_predictions.py"


rule measure_audibility:
    """Turn every knob of some sounds and measure which are audible. Wildcards: data_set."""
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
        targets.result("logs/predictions/{data_set}/audibility.log"),
    benchmark:
        targets.result("benchmarks/predictions/{data_set}/audibility.tsv")
    conda:
        "../envs/synthinv.yaml"
    resources:
        jack=JACK,
        synth=SYNTH,
    params:
        code=code("measure_audibility.py", ENGINE_MODULE),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        playing=playing_params(CONFIG.playing),
        seed=CONFIG.seed,
        sounds=CONFIG.report.audible_sounds,
    script:
        "../scripts/measure_audibility.py"


rule compare_recapture:
    """Compare a test set with its oracle, the same patches captured again. Wildcards: data_set."""
    input:
        again=targets.result(paths.PREDICTION_MANIFEST, predictor="oracle"),
        again_notes=targets.result(paths.PREDICTION_AUDIO, predictor="oracle"),
        again_patches=targets.result(paths.PREDICTION_PATCHES, predictor="oracle"),
        truth=lambda w: targets.shards(paths.SHARD_MANIFEST, w.data_set),
        truth_notes=lambda w: targets.shards(paths.SHARD_AUDIO, w.data_set),
        truth_patches=lambda w: targets.shards(paths.SHARD_LABELS, w.data_set),
    output:
        targets.result(paths.RECAPTURE),
        manifest=targets.manifest(paths.RECAPTURE),
    log:
        targets.result("logs/predictions/{data_set}/recapture.log"),
    benchmark:
        targets.result("benchmarks/predictions/{data_set}/recapture.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("compare_recapture.py"),
    script:
        "../scripts/compare_recapture.py"


rule aggregate_metrics:
    """Summarise the scores of all test sets."""
    input:
        inputs.all_scores(),
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
    """Compare all predictions for the main test set with the truth, knob by knob."""
    input:
        predictions=targets.predictions(paths.PREDICTION, plan.main_test_set(CONFIG)),
        audibility=targets.result(paths.AUDIBILITY, data_set=plan.main_test_set(CONFIG)),
        instrument=CONFIG.instrument_of(plan.main_test_set(CONFIG)),
        truth=targets.shards(paths.SHARD_MANIFEST, plan.main_test_set(CONFIG)),
        truth_notes=targets.shards(paths.SHARD_AUDIO, plan.main_test_set(CONFIG)),
        truth_patches=targets.shards(paths.SHARD_LABELS, plan.main_test_set(CONFIG)),
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
        data_set=plan.main_test_set(CONFIG),
        fixed=CONFIG.data_set(plan.main_test_set(CONFIG)).fixed,
    script:
        "../scripts/score_knobs.py"


rule tabulate_ablation:
    """Tabulate the errors of every network of the ablation."""
    input:
        predictions=inputs.ablation_predictions(paths.PREDICTION),
        scores=inputs.ablation_scores(),
        truth=inputs.ablation_truth(paths.SHARD_MANIFEST),
        truth_notes=inputs.ablation_truth(paths.SHARD_AUDIO),
        truth_patches=inputs.ablation_truth(paths.SHARD_LABELS),
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
        instruments=plan.ablation_instruments(CONFIG),
        planned=plan.ablation_rows(CONFIG),
    script:
        "../scripts/tabulate_ablation.py"
