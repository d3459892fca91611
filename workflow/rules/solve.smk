# Needs: the instrument files, capture/.
# Gives: train/{solver}/{weights.safetensors,model.json,history.json};
# answers/{data_set}/{solver}/labels.csv.


rule train_solver:
    """Train a solver on fresh notes or on stored ones. Wildcards: solver."""
    input:
        audio=lambda w: targets.solved_from(paths.SHARD_AUDIO, w.solver),
        instrument=lambda w: CONFIG.instrument_of(CONFIG.test_set(w.solver)),
        labels=lambda w: targets.solved_from(paths.SHARD_LABELS, w.solver),
        manifests=lambda w: targets.solved_from(paths.SHARD_MANIFEST, w.solver),
        state=STATE,
    output:
        weights=targets.result(paths.WEIGHTS, experiment="{solver}"),
        model=targets.result(paths.MODEL, experiment="{solver}"),
        history=targets.result(paths.HISTORY, experiment="{solver}"),
    log:
        targets.result("logs/train/{solver}.log"),
    benchmark:
        targets.result("benchmarks/train/{solver}.tsv")
    conda:
        "../envs/synthinv.yaml"
    threads: lambda w: CONFIG.solver_settings(w.solver).threads
    params:
        code=code("train_solver.py", ENGINE_MODULE),
        fixed=lambda w: CONFIG.data_set(CONFIG.test_set(w.solver)).fixed,
        playing=CONFIG.playing.as_params(),
        seed=CONFIG.seed,
        settings=lambda w: CONFIG.solver_experiment(w.solver).settings,
        solver=lambda w: CONFIG.solver_settings(w.solver).as_params(),
        train=lambda w: CONFIG.solver_experiment(w.solver).train,
    script:
        "../scripts/train_solver.py"


rule solve:
    """Let a solver answer its test set. Wildcards: data_set, solver."""
    input:
        audio=lambda w: targets.shards(paths.SHARD_AUDIO, w.data_set),
        labels=lambda w: targets.shards(paths.SHARD_LABELS, w.data_set),
        manifests=lambda w: targets.shards(paths.SHARD_MANIFEST, w.data_set),
        model=targets.result(paths.MODEL, experiment="{solver}"),
        weights=targets.result(paths.WEIGHTS, experiment="{solver}"),
    output:
        targets.result(paths.ANSWER, answer="{solver}"),
    log:
        targets.result("logs/answers/{data_set}/{solver}/solve.log"),
    benchmark:
        targets.result("benchmarks/answers/{data_set}/{solver}/solve.tsv")
    conda:
        "../envs/synthinv.yaml"
    threads: lambda w: CONFIG.solver_settings(w.solver).threads
    params:
        code=code("solve.py"),
        threads=lambda w: CONFIG.solver_settings(w.solver).threads,
    script:
        "../scripts/solve.py"
