"""The benchmark's sounds, rendered."""

from pathlib import Path

import numpy as np

from synthinv.audio.level import db_to_amplitude, peak
from synthinv.audio.sound_file import fit
from synthinv.audio.types import Audio
from synthinv.benchmark.amsynth import played_by_amsynth, read_preset
from synthinv.benchmark.dx7 import played_by_dexed, read_voice
from synthinv.benchmark.soundfont import SoundFontNote, played_by_fluidsynth
from synthinv.common.errors import SynthinvError
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound
from synthinv.config.sections.benchmark import SoundSourcesConfig

PEAK = 0.5
"""Peak of every sound, −6 dBFS."""
QUIETEST = db_to_amplitude(-80)
"""Peak below which a sound is silent."""
END_SHARE = db_to_amplitude(-80)
"""A recording ends where it last exceeds this share of its peak."""
SHORTEST = 0.05
"""Seconds of the shortest recording."""


def rendered(sound: BenchmarkSound, sources: SoundSourcesConfig, seconds: float) -> Audio:
    """Render a sound, and bring it to the common peak.

    Parameters
    ----------
    sound : BenchmarkSound
        The sound.
    sources : SoundSourcesConfig
        What plays it.
    seconds : float
        Length of the longest recording.

    Returns
    -------
    float32 array [samples]
        From note-on to where the release has faded, at `SAMPLE_RATE`.

    Raises
    ------
    SynthinvError
        If what plays it is not installed, a bank is broken, or the sound is silent.
    """
    audio = fit(_played(sound, sources, seconds), round(seconds * SAMPLE_RATE))
    loudest = float(peak(audio))
    # Not by "below": the peak of a sound with NaN compares false.
    if not loudest >= QUIETEST:
        raise SynthinvError(
            f"benchmark.sounds: '{sound.name}' is silent; choose another program or key"
        )
    samples = len(audio) - int(np.argmax(np.abs(audio[::-1]) > END_SHARE * loudest))
    kept = audio[: max(samples, round(SHORTEST * SAMPLE_RATE))]
    return np.asarray(kept * (PEAK / loudest), dtype=np.float32)


def _played(sound: BenchmarkSound, sources: SoundSourcesConfig, seconds: float) -> Audio:
    key, velocity, held = sound.key, sound.velocity, sound.held
    bank = sound.bank or ""
    if sound.source == "amsynth":
        preset = read_preset(Path(sources.amsynth_banks, bank), sound.program)
        plug_in = Path(sources.amsynth)
        return played_by_amsynth(preset, plug_in, key, velocity, held, seconds, SAMPLE_RATE)
    if sound.source == "dx7":
        voice = read_voice(Path(sources.dx7_banks, bank), sound.program)
        return played_by_dexed(voice, key, velocity, held, seconds, SAMPLE_RATE)
    drums = sound.source == "drums"
    note = SoundFontNote(0 if drums else sound.program, (key,), velocity, held, drums)
    return played_by_fluidsynth(note, Path(sources.soundfont), seconds, SAMPLE_RATE)
