"""The gallery's sounds, played by FluidSynth or by the built-in synth."""

import numpy as np
import numpy.typing as npt

from synthinv.benchmark.soundfont import SoundFontNote
from synthinv.capture.capture import capture_shard
from synthinv.config.sections.match import GallerySoundConfig
from synthinv.config.sections.playing import PlayingConfig
from synthinv.engines.opening import open_engine
from synthinv.instruments.model import Instrument

VELOCITY = 100
RELEASED = 0.75
"""Share of a sound after which its keys are released, so that it also fades."""

Samples = npt.NDArray[np.float32]


def soundfont_note(sound: GallerySoundConfig, seconds: float) -> SoundFontNote:
    """Return the note of a sound that FluidSynth plays, held for `RELEASED` of its length."""
    drums = sound.source == "drum"
    return SoundFontNote(sound.program, sound.keys, VELOCITY, RELEASED * seconds, drums)


def played_by_the_built_in_synth(
    sound: GallerySoundConfig,
    playing: PlayingConfig,
    instrument: Instrument,
    seconds: float,
    seed: np.random.SeedSequence,
) -> Samples:
    """Render a random patch of the built-in synth.

    Parameters
    ----------
    sound : GallerySoundConfig
        Its first key is played.
    playing : PlayingConfig
        Velocity, sample rate, and when a note counts as silent.
    instrument : Instrument
        The built-in synth's instrument.
    seconds : float
        Length of the sound.
    seed : numpy.random.SeedSequence
        Seed of the patch and of the phases.

    Returns
    -------
    float32 array [samples]
        The sound.
    """
    note = playing.note.model_copy(update={"number": sound.keys[0], "seconds": RELEASED * seconds})
    samples = round(seconds * playing.audio.sample_rate)
    audio = playing.audio.model_copy(update={"samples": samples})
    settings = playing.model_copy(update={"note": note, "audio": audio})
    with open_engine(settings, instrument, 1, seed) as engine:
        note_played: Samples = capture_shard(engine, instrument, seed, 1, playing.silence).audio[0]
    return note_played
