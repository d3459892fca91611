# Needs: spectrogram/, search/{search}/winner.json.
# Gives: train/{experiment}/{weights.safetensors,history.json}.


rule train_network:
    """Train an experiment's network with the settings that were found. Wildcards: experiment."""
    input:
        stores=lambda w: stores(
            CONFIG.experiment(w.experiment).train, CONFIG.experiment(w.experiment).view
        ),
        winner=lambda w: winner_of(CONFIG.experiment(w.experiment).start_from),
    output:
        weights=result(paths.WEIGHTS),
        history=result(paths.HISTORY),
    log:
        result("logs/train/{experiment}.log"),
    benchmark:
        result("benchmarks/train/{experiment}.tsv")
    threads: CONFIG.training.threads
    params:
        code=code("train_network.py"),
        epochs=lambda w: CONFIG.experiment(w.experiment).epochs,
        network=settings(CONFIG.network),
        seed=CONFIG.seed,
        settings=lambda w: CONFIG.experiment(w.experiment).settings,
        training=settings(CONFIG.training),
    script:
        "../scripts/train_network.py"
