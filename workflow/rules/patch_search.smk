# Needs: the instrument files, capture/, predictions/.
# Gives: patch_search/{data_set}/{method}/{job}.csv; patch_searches.csv.


rule patch_search:
    """Search for the patches of some test sounds without a network. Wildcards: data_set, method, job."""
    input:
        instrument=lambda w: CONFIG.instrument_of(w.data_set),
        notes=lambda w: inputs.searched_shards(paths.SHARD_AUDIO, w.data_set, w.job),
        patches=lambda w: inputs.searched_shards(paths.SHARD_LABELS, w.data_set, w.job),
        state=STATE,
        truth=lambda w: inputs.searched_shards(paths.SHARD_MANIFEST, w.data_set, w.job),
    output:
        targets.result(paths.PATCH_SEARCH_CURVES),
        manifest=targets.manifest(paths.PATCH_SEARCH_CURVES),
    log:
        targets.result("logs/patch_search/{data_set}/{method}/{job}.log"),
    benchmark:
        targets.result("benchmarks/patch_search/{data_set}/{method}/{job}.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("patch_search.py", ENGINE_MODULE),
        fixed=lambda w: CONFIG.data_set(w.data_set).fixed,
        playing=playing_params(CONFIG.playing),
        renders=CONFIG.patch_searches.renders,
        seed=CONFIG.seed,
        sounds=lambda w: list(plan.patch_search_jobs(CONFIG)[w.job]),
    script:
        "../scripts/patch_search.py"


rule aggregate_patch_searches:
    """Collect error against number of renders: of patch searches, refinements and single predictions."""
    input:
        refined=inputs.refinement_curves(),
        scores=inputs.compared_scores(),
        searched=inputs.patch_search_curves(),
    output:
        targets.result(paths.PATCH_SEARCHES),
        manifest=targets.manifest(paths.PATCH_SEARCHES),
    log:
        targets.result("logs/patch_searches.log"),
    benchmark:
        targets.result("benchmarks/patch_searches.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("aggregate_patch_searches.py"),
        data_set=plan.main_test_set(CONFIG),
        predictors=plan.one_render_predictors(CONFIG),
        sounds=CONFIG.patch_searches.sounds,
    script:
        "../scripts/aggregate_patch_searches.py"
