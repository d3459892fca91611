# Needs: spectrogram/, search/{search}/winner.json.
# Gives: train/{experiment}/{weights.safetensors,model.json,history.json}.


def trained_on(name, pattern):
    """List one file for each spectrogram store that an experiment trains on."""
    experiment = CONFIG.experiment(name)
    return shards(pattern, experiment.train, view=experiment.view)


rule train_network:
    """Train an experiment's network with the settings that were found. Wildcards: experiment."""
    input:
        manifests=lambda w: trained_on(w.experiment, paths.STORE_MANIFEST),
        stores=lambda w: trained_on(w.experiment, paths.STORE),
        winner=lambda w: winner_of(CONFIG.experiment(w.experiment).start_from),
    output:
        weights=result(paths.WEIGHTS),
        model=result(paths.MODEL),
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
