# Needs: the instrument files. Gives: capture/{data_set}/{shard}.{flac,csv,json}.

ENGINE_MODULE = engine_module(CONFIG.engine)
# What a job takes of the resources that the profile limits.
JACK = jack_servers(CONFIG.engine)
SYNTH = running_synths(CONFIG.engine)
STATE = state_files(CONFIG.engine)


rule capture_shard:
    """Record one shard of random patches. Wildcards: data_set, shard."""
    input:
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        state=STATE,
    output:
        audio=targets.result(paths.SHARD_AUDIO),
        labels=targets.result(paths.SHARD_LABELS),
        manifest=targets.result(paths.SHARD_MANIFEST),
    log:
        targets.result("logs/capture/{data_set}/{shard}.log"),
    benchmark:
        targets.result("benchmarks/capture/{data_set}/{shard}.tsv")
    wildcard_constraints:
        data_set="|".join(d.name for d in CONFIG.data_sets if not d.presets) or "none",
    conda:
        "../envs/synthinv.yaml"
    resources:
        jack=JACK,
        synth=SYNTH,
    params:
        code=code("capture_shard.py", ENGINE_MODULE),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        notes=lambda w: CONFIG.data_set(w.data_set).shard_size,
        playing=playing_params(CONFIG.playing),
        seed=CONFIG.seed,
    script:
        "../scripts/capture_shard.py"
