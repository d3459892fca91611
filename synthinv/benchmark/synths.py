"""Sounds of the benchmark that a synth plays: presets of banks, and random patches."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthinv.audio.level import db_to_amplitude, is_silent, peak
from synthinv.audio.types import Audio
from synthinv.benchmark.banks import preset_at
from synthinv.benchmark.found import Found
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
from synthinv.evaluate.baselines import one_step
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.native.preset import Preset, to_patch


def playing_of(synth: str | None, config: Mapping[str, Any]) -> PlayingConfig:
    """Return how a method's synth plays: without one, as the whole configuration says."""
    return playing_config(config) if synth is None else as_synth(synth).playing


def played_by_synth(
    sound: BenchmarkSound, sources: SoundSourcesConfig, seconds: float, seed: int
) -> Audio:
    """Play a sound with its synth.

    Parameters
    ----------
    sound : BenchmarkSound
        The sound; its source is `presets`, `own` or `random`.
    sources : SoundSourcesConfig
        Where its bank is looked for.
    seconds : float
        Length of the recording.
    seed : int
        Seed of random patches, and of the oscillators' phases where the synth has one.

    Returns
    -------
    float32 array [samples]
        The sound.

    Raises
    ------
    SynthinvError
        If the synth cannot be played, or the bank does not have the preset.
    """
    with _opened(sound, seconds, seed) as own:
        return own.note_of(sound, sources)


def one_step_off(
    sound: BenchmarkSound, sources: SoundSourcesConfig, seconds: float, seed: int
) -> Found:
    """Play a sound's own patch with every continuous knob a step off.

    Parameters
    ----------
    sound, sources, seconds, seed
        As in `played_by_synth`.

    Returns
    -------
    Found
        The patch that is a step off.
    """
    started = time.monotonic()
    with _opened(sound, seconds, seed) as own:
        patch = own.patch_of(sound, sources)
        signs = seed_sequence(seed, "benchmark-one-step", sound.name)
        off = own.instrument.decode(one_step(own.instrument, patch, signs))
        note = own.engine.render(off)[0]
    return Found(1, time.monotonic() - started, off[0], sound.key, sound.held, note)


@dataclass(frozen=True, eq=False)
class _SoundSynth:
    """The synth of a sound, open at its note, and the sound's source of randomness."""

    engine: Engine
    instrument: Instrument
    silence: SilenceConfig
    rng: np.random.Generator

    def note_of(self, sound: BenchmarkSound, sources: SoundSourcesConfig) -> Audio:
        """Return the sound; a preset is played with its own values where the engine can."""
        if sound.source != "random" and isinstance(self.engine, PresetEngine):
            preset = self._preset(sound, sources)
            return np.asarray(self.engine.render_presets([preset])[0])
        return np.asarray(self.engine.render(self.patch_of(sound, sources))[0])

    def patch_of(self, sound: BenchmarkSound, sources: SoundSourcesConfig) -> Patches:
        """Return the sound's patch, or the one nearest to its preset: uint8 [1, parameters]."""
        if sound.source == "random":
            return self._random()
        preset = self._preset(sound, sources)
        nearest = to_patch(self.instrument, preset)
        if nearest.unrepresented:
            # What the patch leaves out is not dropped silently.
            lacking = ", ".join(f"{n} = {value:g}" for n, value in nearest.unrepresented.items())
            logging.warning(
                "%s, preset %r: '%s' lacks %s",
                *(sound.bank, preset.name, self.instrument.name, lacking),
            )
        return nearest.patch[np.newaxis]

    def _random(self) -> Patches:
        """Return the first random patch that is not silent, as in data sets."""
        quietest = db_to_amplitude(self.silence.level_dbfs)
        for _ in range(self.silence.draws):
            patch = self.instrument.sample(self.rng)[np.newaxis]
            if not is_silent(peak(self.engine.render(patch)), quietest)[0]:
                return patch
        raise SynthinvError(
            f"instrument '{self.instrument.name}': {self.silence.draws} random patches are silent; "
            "check the synth with `synthinv check`"
        )

    def _preset(self, sound: BenchmarkSound, sources: SoundSourcesConfig) -> Preset:
        return preset_at(self.instrument, str(sound.bank), sound.program, sources.banks)


@contextmanager
def _opened(sound: BenchmarkSound, seconds: float, seed: int) -> Iterator[_SoundSynth]:
    synth = as_synth(str(sound.synth))
    instrument = load_instrument(synth.instrument)
    playing = playing_at(synth.playing, Note(*sound.note, round(seconds * SAMPLE_RATE)))
    own = seed_sequence(seed, "benchmark-sound", str(sound.synth), sound.source, str(sound.program))
    draws, free = own.spawn(2)
    with open_engine(playing, instrument, 1, free) as engine:
        yield _SoundSynth(engine, instrument, playing.silence, np.random.default_rng(draws))
