# Needs: capture/. Gives: spectrogram/{view}/{data_set}/{shard}.{zarr.zip,json}.


rule spectrogram_shard:
    """Turn one shard's notes into spectrograms. Wildcards: view, data_set, shard."""
    input:
        audio=result(paths.SHARD_AUDIO),
        labels=result(paths.SHARD_LABELS),
        manifest=result(paths.SHARD_MANIFEST),
    output:
        store=result(paths.STORE),
        manifest=result(paths.STORE_MANIFEST),
    log:
        result("logs/spectrogram/{view}/{data_set}/{shard}.log"),
    benchmark:
        result("benchmarks/spectrogram/{view}/{data_set}/{shard}.tsv")
    params:
        code=code("spectrogram_shard.py"),
        view=lambda w: settings(CONFIG.view(w.view)),
    script:
        "../scripts/spectrogram_shard.py"
