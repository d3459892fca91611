# Needs: a folder of sounds, the instrument file, a solver.
# Gives: match/{sound}/{patch.json,patch.mid,match.wav,match.html}.


rule match_sound:
    """Find a patch for a sound. Wildcards: sound."""
    input:
        instrument=plan.match_setup(CONFIG).file,
        model=lambda w: inputs.match_solver(paths.MODEL),
        network=lambda w: inputs.match_solver(paths.NETWORK),
        sound=lambda w: SOUNDS[w.sound],
        state=STATE,
    output:
        targets.result(paths.MATCH_PATCH),
        targets.result(paths.MATCH_MIDI),
        targets.result(paths.MATCH_WAV),
        targets.result(paths.MATCH_PAGE),
    log:
        targets.result("logs/match/{sound}.log"),
    benchmark:
        targets.result("benchmarks/match/{sound}.tsv")
    conda:
        "../envs/synthinv.yaml"
    resources:
        jack=JACK,
        synth=SYNTH,
    params:
        code=code("match_sound.py", ENGINE_MODULE),
        fixed=plan.match_setup(CONFIG).fixed,
        playing=playing_params(CONFIG.playing),
        renders=CONFIG.match.renders,
        seconds=CONFIG.match.seconds,
        seed=CONFIG.seed,
        template=files.sha256_of(
            provenance.PACKAGE / "pages" / "templates" / "match.html.j2"
        ),
    script:
        "../scripts/match_sound.py"


rule match:
    """Find a patch for every sound in the folder match.sounds."""
    input:
        lambda w: inputs.match_pages(SOUNDS),
