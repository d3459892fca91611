# Needs: spectrogram/, grid_search/{grid_search}/winner.json.
# Gives: train/{experiment}/{weights.safetensors,model.json,history.json}.


rule train_network:
    """Train an experiment's network with the settings of a grid search's winner and its own. Wildcards: experiment."""
    input:
        instrument=lambda w: CONFIG.instrument_of(plan.test_set(CONFIG, w.experiment)),
        manifests=lambda w: inputs.training_stores(paths.STORE_MANIFEST, w.experiment),
        stores=lambda w: inputs.training_stores(paths.STORE, w.experiment),
        winner=lambda w: inputs.winner(plan.experiment(CONFIG, w.experiment).start_from),
    output:
        weights=targets.result(paths.WEIGHTS, predictor="{experiment}"),
        model=targets.result(paths.MODEL, predictor="{experiment}"),
        history=targets.result(paths.HISTORY, predictor="{experiment}"),
    log:
        targets.result("logs/train/{experiment}.log"),
    benchmark:
        targets.result("benchmarks/train/{experiment}.tsv")
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.training.threads
    params:
        code=code("train_network.py"),
        epochs=lambda w: plan.experiment(CONFIG, w.experiment).epochs,
        fixed=lambda w: CONFIG.data_set(plan.test_set(CONFIG, w.experiment)).fixed,
        network=CONFIG.network.model_dump(mode="json"),
        repeat=lambda w: plan.experiment(CONFIG, w.experiment).repeat,
        samples=lambda w: plan.experiment(CONFIG, w.experiment).samples,
        seed=CONFIG.seed,
        settings=lambda w: plan.experiment(CONFIG, w.experiment).settings,
        training=CONFIG.training.model_dump(mode="json"),
    script:
        "../scripts/train_network.py"
