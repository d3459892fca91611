# Needs: capture/. Gives: spectrogram/{spectrogram}/{data_set}/{shard}.{zarr.zip,json}.


rule spectrogram_shard:
    """Compute the spectrograms of one shard's notes. Wildcards: spectrogram, data_set, shard."""
    input:
        audio=targets.result(paths.SHARD_AUDIO),
        labels=targets.result(paths.SHARD_LABELS),
        manifest=targets.result(paths.SHARD_MANIFEST),
    output:
        store=targets.result(paths.STORE),
        manifest=targets.result(paths.STORE_MANIFEST),
    log:
        targets.result("logs/spectrogram/{spectrogram}/{data_set}/{shard}.log"),
    benchmark:
        targets.result("benchmarks/spectrogram/{spectrogram}/{data_set}/{shard}.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("spectrogram_shard.py"),
        spectrogram=lambda w: CONFIG.spectrogram(w.spectrogram).model_dump(mode="json"),
    script:
        "../scripts/spectrogram_shard.py"
