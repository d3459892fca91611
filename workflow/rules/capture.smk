# Needs: the instrument files. Gives: capture/{data_set}/{shard}.{flac,csv,json}.

ENGINE_MODULE = f"engines.{CONFIG.engine.kind.replace('-', '_')}"
# A live synth plays one note at a time; one that each job starts for itself is no such limit.
EXCLUSIVE_SYNTH = int(CONFIG.engine.kind == "live" and CONFIG.engine.host is None)


rule capture_shard:
    """Record one shard of random patches. Wildcards: data_set, shard."""
    input:
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
    output:
        audio=targets.result(paths.SHARD_AUDIO),
        labels=targets.result(paths.SHARD_LABELS),
        manifest=targets.result(paths.SHARD_MANIFEST),
    log:
        targets.result("logs/capture/{data_set}/{shard}.log"),
    benchmark:
        targets.result("benchmarks/capture/{data_set}/{shard}.tsv")
    conda:
        "../envs/synthinv.yaml"
    resources:
        synth=EXCLUSIVE_SYNTH,
    params:
        code=code("capture_shard.py", ENGINE_MODULE),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        notes=lambda w: CONFIG.data_set(w.data_set).shard_size,
        playing=CONFIG.playing.as_params(),
        seed=CONFIG.seed,
    script:
        "../scripts/capture_shard.py"
