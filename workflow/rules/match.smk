# Needs: a folder of sounds, the instrument file, a solver.
# Gives: match/{sound}/{patch.json,match.wav,match.html} and what sets the synth: patch.mid if its knobs
# have controllers, and patch.syx, patch.vital or patch.bank if it has such files; if match.candidates
# is more than 1, also {patch-2.json,match-2.wav} and so on, as many as differ by ear.


rule match_sound:
    """Find patches for a sound. Wildcards: sound."""
    input:
        instrument=lambda w: plan.match_instrument(CONFIG, w.sound),
        model=lambda w: inputs.match_solver(paths.MODEL, w.sound),
        network=lambda w: inputs.match_solver(paths.NETWORK, w.sound),
        presets=lambda w: inputs.match_presets(w.sound),
        sound=lambda w: SOUNDS[w.sound],
        state=STATE,
    output:
        targets.result(paths.MATCH_PATCH),
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
        code=lambda w: code(
            "match_sound.py", ENGINE_MODULE, *inputs.match_modules(w.sound)
        ),
        match=CONFIG.match.model_dump(exclude={"solver", "sounds"}),
        playing=playing_params(CONFIG.playing),
        seed=CONFIG.seed,
        template=files.sha256_of(
            provenance.PACKAGE / "pages" / "templates" / "match.html.j2"
        ),
    script:
        "../scripts/match_sound.py"


rule match:
    """Find patches for every sound in the folder match.sounds."""
    input:
        lambda w: inputs.match_pages(SOUNDS),
