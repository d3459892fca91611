from pathlib import Path

from synthinv.audio.sound_file import read_sound
from synthinv.audio.write import write_sound
from synthinv.common.compute import use_threads
from synthinv.common.files import write_manifest
from synthinv.common.seeds import seed_sequence
from synthinv.config.playing import playing_config
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.instruments.load import load_instrument
from synthinv.matching.keyboard import Keyboard
from synthinv.pipeline.jobs import job
from synthinv.report.gallery.prediction import played_prediction, predicted_patch

with job(snakemake):
    params, playing = snakemake.params, playing_config(snakemake.config)
    use_threads(snakemake.threads)
    instrument = load_instrument(snakemake.input.instrument, params.fixed)
    sound = read_sound(Path(snakemake.input.sound), playing.audio.sample_rate)
    patch = predicted_patch(
        Path(snakemake.input.model),
        sound,
        playing.audio.samples,
        SpectrogramConfig(**params.spectrogram),
        instrument,
    )
    phases = seed_sequence(params.seed, "phase", "gallery", snakemake.wildcards.sound)
    with Keyboard(playing, instrument, snakemake.threads, phases) as keyboard:
        prediction = played_prediction(patch, sound, keyboard)
    wav, manifest = map(Path, snakemake.output)
    write_sound(wav, prediction.played, sound.sample_rate)
    patch_of_names = dict(zip(instrument.names, prediction.patch.tolist(), strict=True))
    fields = {"patch": patch_of_names, "key": prediction.key, "mss": round(prediction.mss, 4)}
    write_manifest(manifest, fields, {"sound": wav})
