# Needs: the instrument files, the solvers that ship or are named, banks of presets, a SoundFont.
# Gives: sounds/{split}/{sound}.wav, found/{split}/{method}/{job}{.csv,-seconds.csv,.flac}, scores.csv,
# seconds.csv.

BENCHMARK_SOUNDS = {sound.name: sound for sound in benchmark_sounds(CONFIG.benchmark)}
# Modules of the engines of all synths that the benchmark plays.
BENCHMARK_ENGINES = benchmark_inputs.engine_modules()


rule benchmark_sound:
    """Render a sound of the benchmark. Wildcards: split, sound."""
    input:
        banks=lambda w: benchmark_inputs.sound_banks([BENCHMARK_SOUNDS[w.sound]]),
        instrument=lambda w: benchmark_inputs.sound_instrument(
            BENCHMARK_SOUNDS[w.sound]
        ),
        state=lambda w: state_files(
            *benchmark_inputs.sound_engines([BENCHMARK_SOUNDS[w.sound]])
        ),
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
    resources:
        jack=lambda w: jack_servers(
            *benchmark_inputs.sound_engines([BENCHMARK_SOUNDS[w.sound]])
        ),
        synth=lambda w: running_synths(
            *benchmark_inputs.sound_engines([BENCHMARK_SOUNDS[w.sound]])
        ),
    params:
        code=lambda w: code(
            "benchmark_sound.py",
            *BENCHMARK_ENGINES,
            *benchmark_inputs.sound_modules([BENCHMARK_SOUNDS[w.sound]]),
        ),
        playing=lambda w: benchmark_inputs.playing(BENCHMARK_SOUNDS[w.sound].synth),
        seconds=CONFIG.benchmark.seconds,
        seed=CONFIG.seed,
        sound=lambda w: BENCHMARK_SOUNDS[w.sound].settings(),
        sources=CONFIG.benchmark.sources.model_dump(mode="json"),
        whole=CONFIG.benchmark.note == "known",
    script:
        "../scripts/benchmark_sound.py"


rule benchmark_predict:
    """Predict the patches of some sounds with a solver, and score them. Wildcards: split, method, job."""
    input:
        instrument=lambda w: benchmark_inputs.instrument(w.method),
        model=lambda w: benchmark_inputs.solver(paths.MODEL, w.method),
        network=lambda w: benchmark_inputs.solver(paths.NETWORK, w.method),
        sounds=lambda w: benchmark_inputs.job_sounds(w.method, w.split, w.job),
        state=lambda w: state_files(benchmark_inputs.engine(w.method)),
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
        method=benchmark_inputs.methods_of("solver"),
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.benchmark.threads
    resources:
        jack=lambda w: jack_servers(benchmark_inputs.engine(w.method)),
        synth=lambda w: running_synths(benchmark_inputs.engine(w.method)),
    params:
        code=code("benchmark_predict.py", *BENCHMARK_ENGINES),
        job=lambda w: benchmark_inputs.job(w.method, w.split, w.job),
        playing=lambda w: benchmark_inputs.playing(
            CONFIG.benchmark_method(w.method).synth
        ),
    script:
        "../scripts/benchmark_predict.py"


rule benchmark_match:
    """Match some sounds of the benchmark as a user does, and score what is found.

    Wildcards: split, method, job.
    """
    input:
        instrument=lambda w: benchmark_inputs.instrument(w.method),
        model=lambda w: benchmark_inputs.solver(paths.MODEL, w.method),
        network=lambda w: benchmark_inputs.solver(paths.NETWORK, w.method),
        presets=lambda w: benchmark_inputs.preset_files(w.method),
        sounds=lambda w: benchmark_inputs.job_sounds(w.method, w.split, w.job),
        state=lambda w: state_files(benchmark_inputs.engine(w.method)),
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
        method=benchmark_inputs.methods_of("match"),
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.benchmark.threads
    resources:
        jack=lambda w: jack_servers(benchmark_inputs.engine(w.method)),
        synth=lambda w: running_synths(benchmark_inputs.engine(w.method)),
    params:
        code=lambda w: code(
            "benchmark_match.py",
            *BENCHMARK_ENGINES,
            *benchmark_inputs.preset_modules(w.method),
        ),
        job=lambda w: benchmark_inputs.job(w.method, w.split, w.job),
        match=lambda w: benchmark_inputs.match_settings(w.method),
        playing=lambda w: benchmark_inputs.playing(
            CONFIG.benchmark_method(w.method).synth
        ),
        renders=CONFIG.match.renders,
        solver=lambda w: CONFIG.benchmark_method(w.method).solver,
    script:
        "../scripts/benchmark_match.py"


rule benchmark_one_step:
    """Play some sounds' own patches a step off, and score them. Wildcards: split, method, job."""
    input:
        banks=lambda w: benchmark_inputs.sound_banks(
            benchmark_inputs.job_table(w.method, w.split, w.job)
        ),
        instrument=lambda w: benchmark_inputs.instrument(w.method),
        sounds=lambda w: benchmark_inputs.job_sounds(w.method, w.split, w.job),
        state=lambda w: state_files(benchmark_inputs.engine(w.method)),
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
        method=benchmark_inputs.methods_of("one_step"),
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.benchmark.threads
    resources:
        jack=lambda w: jack_servers(benchmark_inputs.engine(w.method)),
        synth=lambda w: running_synths(benchmark_inputs.engine(w.method)),
    params:
        code=lambda w: code(
            "benchmark_one_step.py",
            *BENCHMARK_ENGINES,
            *benchmark_inputs.sound_modules(
                benchmark_inputs.job_table(w.method, w.split, w.job)
            ),
        ),
        job=lambda w: benchmark_inputs.job(w.method, w.split, w.job),
        playing=lambda w: benchmark_inputs.playing(
            CONFIG.benchmark_method(w.method).synth
        ),
        seed=CONFIG.seed,
        sources=CONFIG.benchmark.sources.model_dump(mode="json"),
    script:
        "../scripts/benchmark_one_step.py"


rule benchmark_nearest:
    """Find the nearest patches to some sounds in a library or among presets, and score them.

    Wildcards: split, method, job.
    """
    input:
        instrument=lambda w: benchmark_inputs.instrument(w.method),
        presets=lambda w: benchmark_inputs.preset_files(w.method),
        sounds=lambda w: benchmark_inputs.job_sounds(w.method, w.split, w.job),
        state=lambda w: state_files(benchmark_inputs.engine(w.method)),
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
        method=benchmark_inputs.methods_of(*SHARED),
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.benchmark.threads
    resources:
        jack=lambda w: jack_servers(benchmark_inputs.engine(w.method)),
        synth=lambda w: running_synths(benchmark_inputs.engine(w.method)),
    params:
        banks=CONFIG.benchmark.sources.banks,
        code=lambda w: code(
            "benchmark_nearest.py",
            *BENCHMARK_ENGINES,
            *benchmark_inputs.preset_modules(w.method),
        ),
        job=lambda w: benchmark_inputs.job(w.method, w.split, w.job),
        kind=lambda w: CONFIG.benchmark_method(w.method).kind,
        playing=lambda w: benchmark_inputs.playing(
            CONFIG.benchmark_method(w.method).synth
        ),
        presets=lambda w: benchmark_inputs.presets(w.method),
        seed=CONFIG.seed,
    script:
        "../scripts/benchmark_nearest.py"


rule benchmark_search:
    """Search for patches of some sounds without a solver, and score what is found.

    Wildcards: split, method, job.
    """
    input:
        instrument=lambda w: benchmark_inputs.instrument(w.method),
        sounds=lambda w: benchmark_inputs.job_sounds(w.method, w.split, w.job),
        state=lambda w: state_files(benchmark_inputs.engine(w.method)),
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
        method=benchmark_inputs.methods_of(*SEARCHES),
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.benchmark.threads
    resources:
        jack=lambda w: jack_servers(benchmark_inputs.engine(w.method)),
        synth=lambda w: running_synths(benchmark_inputs.engine(w.method)),
    params:
        code=code("benchmark_search.py", *BENCHMARK_ENGINES),
        job=lambda w: benchmark_inputs.job(w.method, w.split, w.job),
        kind=lambda w: CONFIG.benchmark_method(w.method).kind,
        objective=lambda w: CONFIG.benchmark_method(w.method).objective,
        playing=lambda w: benchmark_inputs.playing(
            CONFIG.benchmark_method(w.method).synth
        ),
        seed=CONFIG.seed,
    script:
        "../scripts/benchmark_search.py"


rule benchmark_scores:
    """Collect the scores and the times of all methods."""
    input:
        scores=benchmark_inputs.found(paths.BENCHMARK_FOUND),
        seconds=benchmark_inputs.found(paths.BENCHMARK_FOUND_SECONDS),
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
    """Render all sounds, of both halves."""
    input:
        benchmark_inputs.sounds(),
