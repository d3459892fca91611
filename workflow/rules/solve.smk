# Needs: the instrument files, capture/.
# Gives: train/{solver}/{model.onnx,model.json,history.json};
# predictions/{data_set}/{solver}/labels.csv;
# predictions/{data_set}/{solver}-refined/{{shard},{shard}-curves,labels,curves}.csv.


rule train_solver:
    """Train a solver on fresh notes or on captured shards. Wildcards: solver."""
    input:
        audio=lambda w: inputs.solver_shards(paths.SHARD_AUDIO, w.solver),
        instrument=lambda w: CONFIG.instrument_of(plan.test_set(CONFIG, w.solver)),
        labels=lambda w: inputs.solver_shards(paths.SHARD_LABELS, w.solver),
        manifests=lambda w: inputs.solver_shards(paths.SHARD_MANIFEST, w.solver),
        presets=lambda w: inputs.solver_presets(w.solver),
        state=STATE,
    output:
        network=targets.result(paths.NETWORK, predictor="{solver}"),
        model=targets.result(paths.MODEL, predictor="{solver}"),
        history=targets.result(paths.HISTORY, predictor="{solver}"),
    log:
        targets.result("logs/train/{solver}.log"),
    benchmark:
        targets.result("benchmarks/train/{solver}.tsv")
    conda:
        "../envs/synthinv.yaml"
    threads: lambda w: plan.solver_settings(CONFIG, w.solver).threads
    params:
        code=lambda w: code(
            "train_solver.py", ENGINE_MODULE, *inputs.solver_modules(w.solver)
        ),
        fixed=lambda w: CONFIG.data_set(plan.test_set(CONFIG, w.solver)).fixed,
        playing=playing_params(CONFIG.playing),
        seed=CONFIG.seed,
        settings=lambda w: CONFIG.solver_experiment(w.solver).settings,
        solver=lambda w: plan.solver_settings(CONFIG, w.solver).model_dump(mode="json"),
        train=lambda w: CONFIG.solver_experiment(w.solver).train,
    script:
        "../scripts/train_solver.py"


rule solve:
    """Predict a test set's patches with a solver. Wildcards: data_set, solver."""
    input:
        audio=lambda w: targets.shards(paths.SHARD_AUDIO, w.data_set),
        labels=lambda w: targets.shards(paths.SHARD_LABELS, w.data_set),
        manifests=lambda w: targets.shards(paths.SHARD_MANIFEST, w.data_set),
        model=targets.result(paths.MODEL, predictor="{solver}"),
        network=targets.result(paths.NETWORK, predictor="{solver}"),
    output:
        targets.result(paths.PREDICTION, predictor="{solver}"),
        manifest=targets.manifest(paths.PREDICTION, predictor="{solver}"),
    log:
        targets.result("logs/predictions/{data_set}/{solver}/solve.log"),
    benchmark:
        targets.result("benchmarks/predictions/{data_set}/{solver}/solve.tsv")
    conda:
        "../envs/synthinv.yaml"
    threads: lambda w: plan.solver_settings(CONFIG, w.solver).threads
    params:
        code=code("solve.py"),
    script:
        "../scripts/solve.py"


rule refine:
    """Refine a solver's predictions of one shard of its test set. Wildcards: data_set, solver, shard."""
    input:
        audio=targets.result(paths.SHARD_AUDIO),
        labels=targets.result(paths.SHARD_LABELS),
        manifest=targets.result(paths.SHARD_MANIFEST),
        model=targets.result(paths.MODEL, predictor="{solver}"),
        network=targets.result(paths.NETWORK, predictor="{solver}"),
        state=STATE,
    output:
        labels=targets.result(paths.REFINED_SHARD),
        curves=targets.result(paths.REFINED_SHARD_CURVES),
        manifests=[
            targets.manifest(paths.REFINED_SHARD),
            targets.manifest(paths.REFINED_SHARD_CURVES),
        ],
    log:
        targets.result("logs/predictions/{data_set}/{solver}-refined/{shard}.log"),
    benchmark:
        targets.result("benchmarks/predictions/{data_set}/{solver}-refined/{shard}.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("refine.py", ENGINE_MODULE),
        playing=playing_params(CONFIG.playing),
        refinement=CONFIG.refinement.model_dump(mode="json"),
        rows=lambda w: plan.shard_rows(CONFIG.data_set(w.data_set), w.shard),
        seed=CONFIG.seed,
    script:
        "../scripts/refine.py"


rule join_refined:
    """Join the refined predictions of a test set's shards. Wildcards: data_set, solver."""
    input:
        labels=lambda w: inputs.refined_shards(paths.REFINED_SHARD, w.solver),
        curves=lambda w: inputs.refined_shards(paths.REFINED_SHARD_CURVES, w.solver),
    output:
        labels=targets.result(paths.PREDICTION, predictor="{solver}-refined"),
        curves=targets.result(paths.REFINED_CURVES),
        manifests=[
            targets.manifest(paths.PREDICTION, predictor="{solver}-refined"),
            targets.manifest(paths.REFINED_CURVES),
        ],
    log:
        targets.result("logs/predictions/{data_set}/{solver}-refined/join.log"),
    benchmark:
        targets.result("benchmarks/predictions/{data_set}/{solver}-refined/join.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("join_refined.py"),
    script:
        "../scripts/join_refined.py"
