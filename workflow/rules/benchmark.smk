# Needs: the instrument files, the solver that ships.
# Gives: sounds/{split}/{sound}.wav, found/{split}/{method}/{job}{.csv,-seconds.csv,.flac}, scores.csv,
# seconds.csv.

BENCHMARK_SOUNDS = {sound.name: sound for sound in benchmark_sounds(CONFIG.benchmark)}
BENCHMARK_MATCHES = [m.name for m in CONFIG.benchmark.methods if m.kind == "match"]
BENCHMARK_SEARCHES = [m.name for m in CONFIG.benchmark.methods if m.kind != "match"]


rule benchmark_sound:
    """Render a sound of the benchmark. Wildcards: split, sound."""
    output:
        targets.result(paths.BENCHMARK_SOUND),
    log:
        targets.result("logs/sounds/{split}/{sound}.log"),
    benchmark:
        targets.result("benchmarks/sounds/{split}/{sound}.tsv")
    wildcard_constraints:
        split="development|test",
        sound="|".join(BENCHMARK_SOUNDS) or "none",
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("benchmark_sound.py"),
        seconds=CONFIG.benchmark.seconds,
        sound=lambda w: BENCHMARK_SOUNDS[w.sound].settings(),
        sources=CONFIG.benchmark.sources.model_dump(mode="json"),
    script:
        "../scripts/benchmark_sound.py"


rule benchmark_match:
    """Match some sounds of the benchmark as a user does, and score what is found.

    Wildcards: split, method, job.
    """
    input:
        model=lambda w: inputs.benchmark_solver(paths.MODEL, w.method),
        network=lambda w: inputs.benchmark_solver(paths.NETWORK, w.method),
        sounds=lambda w: inputs.benchmark_job_sounds(w.method, w.split, w.job),
    output:
        scores=targets.result(paths.BENCHMARK_FOUND),
        scores_manifest=targets.manifest(paths.BENCHMARK_FOUND),
        seconds=targets.result(paths.BENCHMARK_FOUND_SECONDS),
        seconds_manifest=targets.manifest(paths.BENCHMARK_FOUND_SECONDS),
        notes=targets.result(paths.BENCHMARK_FOUND_NOTES),
    log:
        targets.result("logs/found/{split}/{method}/{job}.log"),
    benchmark:
        targets.result("benchmarks/found/{split}/{method}/{job}.tsv")
    wildcard_constraints:
        split="development|test",
        method="|".join(BENCHMARK_MATCHES) or "none",
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.benchmark.threads
    params:
        code=code("benchmark_match.py", "engines.built_in.engine"),
        instrument=lambda w: CONFIG.benchmark_method(w.method).instrument,
        renders=CONFIG.match.renders,
        seconds=CONFIG.benchmark.seconds,
        sounds=lambda w: benchmark_job_settings(
            CONFIG.benchmark, CONFIG.benchmark_method(w.method), w.split, w.job
        ),
    script:
        "../scripts/benchmark_match.py"


rule benchmark_search:
    """Search for patches of some sounds without a solver, and score what is found.

    Wildcards: split, method, job.
    """
    input:
        instrument=lambda w: inputs.benchmark_instrument(w.method),
        sounds=lambda w: inputs.benchmark_job_sounds(w.method, w.split, w.job),
    output:
        scores=targets.result(paths.BENCHMARK_FOUND),
        scores_manifest=targets.manifest(paths.BENCHMARK_FOUND),
        seconds=targets.result(paths.BENCHMARK_FOUND_SECONDS),
        seconds_manifest=targets.manifest(paths.BENCHMARK_FOUND_SECONDS),
        notes=targets.result(paths.BENCHMARK_FOUND_NOTES),
    log:
        targets.result("logs/found/{split}/{method}/{job}.log"),
    benchmark:
        targets.result("benchmarks/found/{split}/{method}/{job}.tsv")
    wildcard_constraints:
        split="development|test",
        method="|".join(BENCHMARK_SEARCHES) or "none",
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.benchmark.threads
    params:
        budgets=lambda w: budgets_of(CONFIG.benchmark_method(w.method)),
        code=code("benchmark_search.py", ENGINE_MODULE),
        kind=lambda w: CONFIG.benchmark_method(w.method).kind,
        objective=lambda w: CONFIG.benchmark_method(w.method).objective,
        playing=playing_params(CONFIG.playing),
        seconds=CONFIG.benchmark.seconds,
        seed=CONFIG.seed,
        sounds=lambda w: benchmark_job_settings(
            CONFIG.benchmark, CONFIG.benchmark_method(w.method), w.split, w.job
        ),
    script:
        "../scripts/benchmark_search.py"


rule benchmark_scores:
    """Collect the scores and the times of all methods."""
    input:
        scores=inputs.benchmark_found(paths.BENCHMARK_FOUND),
        seconds=inputs.benchmark_found(paths.BENCHMARK_FOUND_SECONDS),
    output:
        scores=targets.result(paths.BENCHMARK_SCORES),
        scores_manifest=targets.manifest(paths.BENCHMARK_SCORES),
        seconds=targets.result(paths.BENCHMARK_SECONDS),
        seconds_manifest=targets.manifest(paths.BENCHMARK_SECONDS),
    log:
        targets.result("logs/scores.log"),
    benchmark:
        targets.result("benchmarks/scores.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("benchmark_scores.py"),
    script:
        "../scripts/benchmark_scores.py"


rule benchmark_sounds:
    """Render the sounds of the halves that are compared."""
    input:
        inputs.benchmark_sounds(),
