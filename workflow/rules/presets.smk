# Needs: the instrument files; preset files.
# Gives: presets/{data_set}.csv; capture/{data_set}/{shard}.{flac,csv,json} of data sets of presets.


rule tabulate_presets:
    """Convert presets to patches, find what each loses, and which sound alike. Wildcards: data_set."""
    input:
        apart_from=lambda w: inputs.preset_tables(paths.PRESETS, w.data_set),
        banks=lambda w: PRESETS[w.data_set],
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        state=STATE,
    output:
        targets.result(paths.PRESETS),
        manifest=targets.manifest(paths.PRESETS),
    log:
        targets.result("logs/presets/{data_set}.log"),
    benchmark:
        targets.result("benchmarks/presets/{data_set}.tsv")
    wildcard_constraints:
        data_set="|".join(PRESETS) or "none",
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.training.threads
    resources:
        jack=JACK,
        synth=SYNTH,
    params:
        code=lambda w: code(
            "tabulate_presets.py", ENGINE_MODULE, *inputs.preset_modules(w.data_set)
        ),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        playing=playing_params(CONFIG.playing),
        seed=CONFIG.seed,
    script:
        "../scripts/tabulate_presets.py"


rule capture_presets:
    """Record one shard of presets. Wildcards: data_set, shard."""
    input:
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        presets=targets.result(paths.PRESETS),
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
        data_set="|".join(PRESETS) or "none",
    conda:
        "../envs/synthinv.yaml"
    resources:
        jack=JACK,
        synth=SYNTH,
    params:
        code=code("capture_presets.py", ENGINE_MODULE),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        playing=playing_params(CONFIG.playing),
        rows=lambda w: plan.shard_rows(CONFIG.data_set(w.data_set), w.shard),
        samples=lambda w: CONFIG.data_set(w.data_set).samples,
        seed=CONFIG.seed,
    script:
        "../scripts/capture_presets.py"
