# Needs: a folder of sounds, the instrument file, a solver.
# Gives: match/{sound}/{patch.json,patch.mid,match.wav,match.html}.


def matching_solver(file):
    """Locate a file of the solver that answers: this configuration's, or the one that comes along."""
    if CONFIG.match.solver is not None:
        return targets.result(file, experiment=CONFIG.match.solver)
    instrument = load_instrument(CONFIG.instrument)
    return str(shipped_solver(instrument.name).with_name(Path(file).name))


rule match_sound:
    """Find a patch for a sound. Wildcards: sound."""
    input:
        instrument=CONFIG.matched[0],
        model=lambda w: matching_solver(paths.MODEL),
        sound=lambda w: SOUNDS[w.sound],
        state=STATE,
        weights=lambda w: matching_solver(paths.WEIGHTS),
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
        jack=int(HOSTED),
        synth=int(LIVE and not HOSTED),
    params:
        code=code("match_sound.py", ENGINE_MODULE),
        fixed=CONFIG.matched[1],
        playing=CONFIG.playing.as_params(),
        renders=CONFIG.match.renders,
        seed=CONFIG.seed,
        template=files.sha256_of(provenance.PACKAGE / "templates" / "match.html.j2"),
    script:
        "../scripts/match_sound.py"


def matched_pages(wildcards):
    """List the pages of all sounds."""
    if not SOUNDS:
        raise SynthinvError("match.sounds: names no folder; give it one with sounds")
    return [targets.result(paths.MATCH_PAGE, sound=sound) for sound in SOUNDS]


rule match:
    """Find a patch for every sound of the folder match.sounds."""
    input:
        matched_pages,
