# Needs: the instrument file, train/{experiment}/, match/{sound}/.
# Gives: gallery/{sounds/{sound}.wav,{sound}/thesis.{wav,json},gallery.json}.

GALLERY = "|".join(sound.name for sound in CONFIG.gallery.sounds) or "none"


rule gallery_sound:
    """Render a sound of the documentation's gallery. Wildcards: sound."""
    input:
        instrument=lambda w: plan.gallery_instrument(CONFIG),
        state=STATE,
    output:
        targets.result(paths.GALLERY_SOUND),
    log:
        targets.result("logs/gallery/sounds/{sound}.log"),
    benchmark:
        targets.result("benchmarks/gallery/sounds/{sound}.tsv")
    wildcard_constraints:
        sound=GALLERY,
    conda:
        "../envs/synthinv.yaml"
    resources:
        jack=JACK,
        synth=SYNTH,
    params:
        code=code("gallery_sound.py", ENGINE_MODULE),
        playing=playing_params(CONFIG.playing),
        seconds=CONFIG.gallery.seconds,
        seed=CONFIG.seed,
        sound=lambda w: CONFIG.gallery_sound(w.sound).model_dump(mode="json"),
        soundfont=CONFIG.gallery.soundfont,
    script:
        "../scripts/gallery_sound.py"


rule gallery_prediction:
    """Predict the knobs of a sound with a network of the thesis, and play them. Wildcards: sound."""
    input:
        instrument=lambda w: plan.gallery_setup(CONFIG).file,
        model=lambda w: inputs.gallery_network(paths.MODEL),
        sound=targets.result(paths.GALLERY_SOUND),
        state=STATE,
        weights=lambda w: inputs.gallery_network(paths.WEIGHTS),
    output:
        targets.result(paths.GALLERY_PREDICTION_WAV),
        targets.result(paths.GALLERY_PREDICTION),
    log:
        targets.result("logs/gallery/{sound}/thesis.log"),
    benchmark:
        targets.result("benchmarks/gallery/{sound}/thesis.tsv")
    wildcard_constraints:
        sound=GALLERY,
    conda:
        "../envs/synthinv.yaml"
    resources:
        jack=JACK,
        synth=SYNTH,
    params:
        code=code("gallery_prediction.py", ENGINE_MODULE),
        fixed=lambda w: plan.gallery_setup(CONFIG).fixed,
        playing=playing_params(CONFIG.playing),
        seed=CONFIG.seed,
        spectrogram=lambda w: plan.gallery_spectrogram(CONFIG).model_dump(mode="json"),
    script:
        "../scripts/gallery_prediction.py"


rule gallery:
    """Gather what was found for the sounds of the documentation's gallery."""
    input:
        matches=lambda w: inputs.gallery(paths.MATCH_PATCH),
        notes=lambda w: inputs.gallery(paths.MATCH_WAV),
        predictions=lambda w: inputs.gallery(paths.GALLERY_PREDICTION),
    output:
        targets.result(paths.GALLERY),
    log:
        targets.result("logs/gallery/gallery.log"),
    benchmark:
        targets.result("benchmarks/gallery/gallery.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        candidates=CONFIG.match.candidates,
        code=code("gallery.py"),
        renders=CONFIG.match.renders,
        seconds=CONFIG.gallery.seconds,
        sounds=[sound.model_dump(mode="json") for sound in CONFIG.gallery.sounds],
    script:
        "../scripts/gallery.py"
