"""Sounds of the benchmark that a synth plays: presets of banks, and random patches."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from synthinv.audio.level import db_to_amplitude, is_silent, peak
from synthinv.audio.types import Audio
from synthinv.benchmark.banks import preset_at
from synthinv.benchmark.notes import Note, playing_at
from synthinv.common.errors import SynthinvError
from synthinv.common.seeds import seed_sequence
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound
from synthinv.config.playing import playing_config
from synthinv.config.sections.benchmark import SoundSourcesConfig
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.config.synth import as_synth
from synthinv.engines.base import Engine, PresetEngine
from synthinv.engines.opening import open_engine
from synthinv.instruments.model import Instrument, load_instrument
from synthinv.instruments.native.preset import to_patch


def playing_of(synth: str | None, config: Mapping[str, Any]) -> PlayingConfig:
    """Return how a method's synth plays; by default as the whole configuration says."""
    return playing_config(config) if synth is None else as_synth(synth).playing


def played_by_synth(
    sound: BenchmarkSound, sources: SoundSourcesConfig, seconds: float, seed: int
) -> Audio:
    """Play a sound with its synth.

    Parameters
    ----------
    sound : BenchmarkSound
        The sound: of the source presets, own or random.
    sources : SoundSourcesConfig
        Where its bank is looked for.
    seconds : float
        Length of the recording.
    seed : int
        Seed of random patches, and of what is free in the synth's sound.

    Returns
    -------
    float32 array [samples]
        The sound.

    Raises
    ------
    SynthinvError
        If the synth cannot be played, or the bank does not have the preset.
    """
    synth = as_synth(str(sound.synth))
    instrument = load_instrument(synth.instrument)
    note = Note(*sound.note, round(seconds * SAMPLE_RATE))
    playing = playing_at(synth.playing, note)
    own = seed_sequence(seed, "benchmark-sound", str(sound.synth), sound.source, str(sound.program))
    draws, free = own.spawn(2)
    with open_engine(playing, instrument, 1, free) as engine:
        if sound.source == "random":
            return _random_note(engine, instrument, playing.silence, np.random.default_rng(draws))
        return _preset_note(engine, instrument, sound, sources)


def _random_note(
    engine: Engine, instrument: Instrument, silence: SilenceConfig, rng: np.random.Generator
) -> Audio:
    """Play the first random patch that is not silent, as in data sets."""
    quietest = db_to_amplitude(silence.level_dbfs)
    for _ in range(silence.draws):
        notes = engine.render(instrument.sample(rng)[np.newaxis])
        if not is_silent(peak(notes), quietest)[0]:
            return np.asarray(notes[0])
    raise SynthinvError(
        f"instrument '{instrument.name}': {silence.draws} random patches are silent; check the "
        "synth with `synthinv check`"
    )


def _preset_note(
    engine: Engine, instrument: Instrument, sound: BenchmarkSound, sources: SoundSourcesConfig
) -> Audio:
    preset = preset_at(instrument, str(sound.bank), sound.program, sources.banks)
    if isinstance(engine, PresetEngine):
        return np.asarray(engine.render_presets([preset])[0])
    nearest = to_patch(instrument, preset)
    if nearest.unrepresented:
        # Not dropped silently: the sound is that of the nearest patch.
        lacking = ", ".join(f"{own} = {value:g}" for own, value in nearest.unrepresented.items())
        logging.warning(
            "%s, preset %r: '%s' lacks %s", sound.bank, preset.name, instrument.name, lacking
        )
    return np.asarray(engine.render(nearest.patch[np.newaxis])[0])
