"""The benchmark's sounds, rendered."""

from pathlib import Path

import numpy as np

from synthinv.audio.level import db_to_amplitude, is_silent, peak
from synthinv.audio.sound_file import fit
from synthinv.audio.types import Audio
from synthinv.benchmark.soundfont import SoundFontNote, played_by_fluidsynth
from synthinv.benchmark.synths import played_by_synth
from synthinv.common.errors import SynthinvError
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound
from synthinv.config.names import OF_SYNTHS
from synthinv.config.sections.benchmark import SoundSourcesConfig

PEAK = 0.5
"""Peak of every sound that is brought to one level, −6 dBFS."""
LOUDEST = 0.99
"""Highest peak of a sound that keeps its own level; beyond full scale, files are clipped."""
QUIETEST = db_to_amplitude(-80)
"""Peak below which a sound is silent."""
END_SHARE = db_to_amplitude(-80)
"""A recording ends where it last exceeds this share of its peak."""
SHORTEST = 0.05
"""Seconds of the shortest recording."""


def rendered(
    sound: BenchmarkSound,
    sources: SoundSourcesConfig,
    seconds: float,
    seed: int,
    whole: bool = False,
) -> Audio:
    """Render a sound.

    Parameters
    ----------
    sound : BenchmarkSound
        The sound.
    sources : SoundSourcesConfig
        What plays it.
    seconds : float
        Length of the longest recording.
    seed : int
        The configuration's seed, for random patches.
    whole : bool
        Whether to leave the recording as long and as loud as it is.

    Returns
    -------
    float32 array [samples]
        From note-on, at `SAMPLE_RATE`. It ends where the release has faded and is brought to the
        common peak; with `whole`, it lasts `seconds` and keeps its own level.

    Raises
    ------
    SynthinvError
        If what plays it is not installed, a bank is broken, or the sound is silent.
    """
    audio = fit(_played(sound, sources, seconds, seed), round(seconds * SAMPLE_RATE))
    loudest = float(peak(audio))
    if is_silent(np.float64(loudest), QUIETEST):
        raise SynthinvError(
            f"benchmark.sounds: '{sound.name}' is silent; choose another program or key"
        )
    if whole:
        return np.asarray(audio * min(1.0, LOUDEST / loudest), dtype=np.float32)
    samples = len(audio) - int(np.argmax(np.abs(audio[::-1]) > END_SHARE * loudest))
    kept = audio[: max(samples, round(SHORTEST * SAMPLE_RATE))]
    return np.asarray(kept * (PEAK / loudest), dtype=np.float32)


def _played(sound: BenchmarkSound, sources: SoundSourcesConfig, seconds: float, seed: int) -> Audio:
    if sound.source in OF_SYNTHS:
        return played_by_synth(sound, sources, seconds, seed)
    drums = sound.source == "drums"
    program = 0 if drums else sound.program
    note = SoundFontNote(program, (sound.key,), sound.velocity, sound.held, drums)
    return played_by_fluidsynth(note, Path(sources.soundfont), seconds, SAMPLE_RATE)
