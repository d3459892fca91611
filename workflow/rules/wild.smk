# Needs: the instrument files, the solver that ships.
# Gives: sounds/{split}/{sound}.wav, found/{split}/{method}/{job}{.csv,-seconds.csv,.flac}, scores.csv,
# seconds.csv.

WILD_SOUNDS = {sound.name: sound for sound in wild_sounds(CONFIG.wild)}
WILD_MATCHES = [m.name for m in CONFIG.wild.methods if m.kind == "match"]
WILD_SEARCHES = [m.name for m in CONFIG.wild.methods if m.kind != "match"]


rule wild_sound:
    """Render a sound of the benchmark. Wildcards: split, sound."""
    output:
        targets.result(paths.WILD_SOUND),
    log:
        targets.result("logs/sounds/{split}/{sound}.log"),
    benchmark:
        targets.result("benchmarks/sounds/{split}/{sound}.tsv")
    wildcard_constraints:
        split="development|test",
        sound="|".join(WILD_SOUNDS) or "none",
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("wild_sound.py"),
        seconds=CONFIG.wild.seconds,
        sound=lambda w: WILD_SOUNDS[w.sound].settings(),
        sources=CONFIG.wild.sources.model_dump(mode="json"),
    script:
        "../scripts/wild_sound.py"


rule wild_match:
    """Match some sounds of the benchmark as a user does, and score what is found.

    Wildcards: split, method, job.
    """
    input:
        model=lambda w: inputs.wild_solver(paths.MODEL, w.method),
        network=lambda w: inputs.wild_solver(paths.NETWORK, w.method),
        sounds=lambda w: inputs.wild_job_sounds(w.method, w.split, w.job),
    output:
        scores=targets.result(paths.WILD_FOUND),
        scores_manifest=targets.manifest(paths.WILD_FOUND),
        seconds=targets.result(paths.WILD_FOUND_SECONDS),
        seconds_manifest=targets.manifest(paths.WILD_FOUND_SECONDS),
        notes=targets.result(paths.WILD_FOUND_NOTES),
    log:
        targets.result("logs/found/{split}/{method}/{job}.log"),
    benchmark:
        targets.result("benchmarks/found/{split}/{method}/{job}.tsv")
    wildcard_constraints:
        split="development|test",
        method="|".join(WILD_MATCHES) or "none",
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.wild.threads
    params:
        code=code("wild_match.py", "engines.built_in.engine"),
        instrument=lambda w: CONFIG.wild_method(w.method).instrument,
        renders=CONFIG.match.renders,
        seconds=CONFIG.wild.seconds,
        sounds=lambda w: wild_job_settings(
            CONFIG.wild, CONFIG.wild_method(w.method), w.split, w.job
        ),
    script:
        "../scripts/wild_match.py"


rule wild_search:
    """Search for patches of some sounds without a solver, and score what is found.

    Wildcards: split, method, job.
    """
    input:
        instrument=lambda w: inputs.wild_instrument(w.method),
        sounds=lambda w: inputs.wild_job_sounds(w.method, w.split, w.job),
    output:
        scores=targets.result(paths.WILD_FOUND),
        scores_manifest=targets.manifest(paths.WILD_FOUND),
        seconds=targets.result(paths.WILD_FOUND_SECONDS),
        seconds_manifest=targets.manifest(paths.WILD_FOUND_SECONDS),
        notes=targets.result(paths.WILD_FOUND_NOTES),
    log:
        targets.result("logs/found/{split}/{method}/{job}.log"),
    benchmark:
        targets.result("benchmarks/found/{split}/{method}/{job}.tsv")
    wildcard_constraints:
        split="development|test",
        method="|".join(WILD_SEARCHES) or "none",
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.wild.threads
    params:
        budgets=lambda w: budgets_of(CONFIG.wild_method(w.method)),
        code=code("wild_search.py", ENGINE_MODULE),
        kind=lambda w: CONFIG.wild_method(w.method).kind,
        objective=lambda w: CONFIG.wild_method(w.method).objective,
        playing=playing_params(CONFIG.playing),
        seconds=CONFIG.wild.seconds,
        seed=CONFIG.seed,
        sounds=lambda w: wild_job_settings(
            CONFIG.wild, CONFIG.wild_method(w.method), w.split, w.job
        ),
    script:
        "../scripts/wild_search.py"


rule wild:
    """Collect the scores and the times of all methods."""
    input:
        scores=inputs.wild_found(paths.WILD_FOUND),
        seconds=inputs.wild_found(paths.WILD_FOUND_SECONDS),
    output:
        scores=targets.result(paths.WILD_SCORES),
        scores_manifest=targets.manifest(paths.WILD_SCORES),
        seconds=targets.result(paths.WILD_SECONDS),
        seconds_manifest=targets.manifest(paths.WILD_SECONDS),
    log:
        targets.result("logs/scores.log"),
    benchmark:
        targets.result("benchmarks/scores.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("wild.py"),
    script:
        "../scripts/wild.py"


rule wild_sounds:
    """Render the sounds of the halves that are compared."""
    input:
        inputs.wild_sounds(),
