from pathlib import Path

from synthinv.audio.write import write_sound
from synthinv.benchmark.soundfont import played_by_fluidsynth
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.config.sections.match import GallerySoundConfig
from synthinv.instruments.load import load_instrument
from synthinv.pipeline.jobs import job
from synthinv.report.gallery.sounds import played_by_the_built_in_synth, soundfont_note

with job(snakemake):
    params = snakemake.params
    sound, playing = GallerySoundConfig(**params.sound), playing_config(snakemake.config)
    sample_rate = playing.audio.sample_rate
    if sound.source == "built-in":
        instrument = load_instrument(snakemake.input.instrument)
        seed = seed_sequence(params.seed, "gallery", sound.name)
        audio = played_by_the_built_in_synth(sound, playing, instrument, params.seconds, seed)
    else:
        soundfont = Path(params.soundfont)
        note = soundfont_note(sound, params.seconds)
        audio = played_by_fluidsynth(note, soundfont, params.seconds, sample_rate)
    write_sound(Path(snakemake.output[0]), audio, sample_rate)
