"""A test note: whether it sounds, how loud it is, whether it is in tune, and how long it takes."""

import time
from typing import NamedTuple

import numpy as np

from synthinv.audio.level import amplitude_to_db, db_to_amplitude, is_silent, peak
from synthinv.audio.pitch import (
    CLEAR,
    HIGHEST,
    LOWEST,
    OCTAVE,
    estimate_pitch,
    nearest_note,
    note_name,
)
from synthinv.audio.types import Audio
from synthinv.common.durations import duration
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.engine import LiveConfig
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.engines.base import Engine
from synthinv.instruments.model import Instrument, Patches
from synthinv.instruments.parameters import Normal, Parameter

RANDOM_PATCHES = 5
"""Random patches played where the middle one is silent."""
LOUD_DBFS = -3.0
"""A peak above this leaves no room for louder patches."""
SOFT_DBFS = -40.0
"""A peak below this leaves little between the note and the noise of a line."""
SOFT_RMS_DBFS = -50.0
"""An RMS below this is that of a note which is hardly there, however high its peak."""
IN_TUNE_CENTS = 10.0
LONG_SECONDS = 0.1
"""A note that takes less is not worth a calculation."""
MANY = 1_000
"""Notes of a small data set."""


class Trial(NamedTuple):
    """A patch that was played, and its recording.

    Attributes
    ----------
    patch : str
        What the report calls the patch.
    sound : float32 array [samples]
        The note, full scale ±1.
    seconds : float
        Time that a note took, with all that goes before and after it.
    """

    patch: str
    sound: Audio
    seconds: float


def middle(instrument: Instrument) -> Patches:
    """Return the patch with every parameter in the middle of its distribution.

    Parameters
    ----------
    instrument : Instrument
        The instrument.

    Returns
    -------
    uint8 array [parameters]
        Steps; of an even number of positions, the upper one in the middle.
    """
    return np.array([_middle(parameter) for parameter in instrument.parameters], dtype=np.uint8)


def _middle(parameter: Parameter) -> int:
    if not parameter.continuous:
        return int(parameter.steps[len(parameter.steps) // 2])
    mean = parameter.sample.mean if isinstance(parameter.sample, Normal) else 0.5
    return round(parameter.highest * mean)


def play_audible(
    engine: Engine,
    instrument: Instrument,
    seed: np.random.SeedSequence,
    silence: SilenceConfig,
    random: bool,
    progress: ProgressHook | None = None,
) -> Trial:
    """Play the middle patch, or random ones if it is silent or they are asked for.

    Parameters
    ----------
    engine : Engine
        An open engine.
    instrument : Instrument
        What is played.
    seed : numpy.random.SeedSequence
        Seed of the random patches.
    silence : SilenceConfig
        When a note counts as silent.
    random : bool
        Play random patches, without trying the middle one.
    progress : callable, optional
        See `Renderer.render`.

    Returns
    -------
    Trial
        The note; of random patches, the loudest.
    """
    because = ""
    if not random:
        started = time.perf_counter()
        sound = engine.render(middle(instrument)[None], progress)[0]
        if not note_is_silent(sound, silence):
            return Trial("every knob in its middle", sound, time.perf_counter() - started)
        because = ", since every knob in its middle is silent"
    rng = np.random.default_rng(seed)
    patches = np.stack([instrument.sample(rng) for _ in range(RANDOM_PATCHES)])
    started = time.perf_counter()
    sounds = engine.render(patches, progress)
    seconds = (time.perf_counter() - started) / RANDOM_PATCHES
    loudest = int(np.argmax(peak(sounds)))
    return Trial(f"the loudest of {RANDOM_PATCHES} random ones{because}", sounds[loudest], seconds)


def least_seconds(playing: PlayingConfig) -> float:
    """Return the seconds that a note takes at least: 0 for an engine that need not wait for it."""
    engine = playing.engine
    if not isinstance(engine, LiveConfig):
        return 0.0
    return playing.audio.samples / playing.audio.sample_rate + engine.settle + engine.primer


def many_notes(seconds: float) -> str:
    """Describe how long notes take that take some seconds each."""
    if seconds < LONG_SECONDS:
        return f"less than {LONG_SECONDS:g} s a note"
    return (
        f"{duration(seconds)} a note, with all pauses: {MANY:,} notes one after the other take "
        f"{duration(MANY * seconds)}"
    )


def note_is_silent(sound: Audio, silence: SilenceConfig) -> bool:
    """Decide whether a note [samples] counts as silent."""
    return bool(is_silent(peak(sound), db_to_amplitude(silence.level_dbfs)))


def report(
    trial: Trial, playing: PlayingConfig, latency: float, transposition: int = 0
) -> list[str]:
    """Describe the recording in lines of text.

    Parameters
    ----------
    trial : Trial
        The note.
    playing : PlayingConfig
        How it was played.
    latency : float
        The engine's latency in seconds.
    transposition : int
        Semitones by which the configuration says that the synth sounds higher than the key.

    Returns
    -------
    list of str
        Lines of text.
    """
    number, sound = playing.note.number, trial.sound
    level, rms = float(amplitude_to_db(peak(sound))), _rms_dbfs(sound)
    lines = [
        f"patch    {trial.patch}",
        f"note     {note_name(number)} (MIDI {number}), velocity {playing.note.velocity}",
        f"level    peak {level:.1f} dBFS, RMS {rms:.1f} dBFS",
        f"latency  {1000 * latency:.1f} ms, cut off",
        f"time     {many_notes(trial.seconds)}",
    ]
    if note_is_silent(sound, playing.silence):
        return [*lines, _advise_silent(playing)]
    pitch = estimate_pitch(sound, playing.audio.sample_rate)
    if pitch.frequency is None:
        lines.append(f"pitch    none (clarity {pitch.clarity:.2f})")
        verdict = _no_pitch(pitch.clarity)
    else:
        nearest, cents = nearest_note(pitch.frequency)
        lines.append(
            f"pitch    {pitch.frequency:.1f} Hz, {note_name(nearest)} {round(cents):+d} cents "
            f"(clarity {pitch.clarity:.2f})"
        )
        verdict = judge_pitch(number, pitch.frequency, transposition)
    return [*lines, judge_level(level, rms), verdict]


def judge_level(peak_dbfs: float, rms_dbfs: float) -> str:
    """Assess in one sentence whether a note's level is good, and why.

    Parameters
    ----------
    peak_dbfs, rms_dbfs : float
        Its peak, and the root of its mean square, in dBFS.

    Returns
    -------
    str
        A sentence.
    """
    if peak_dbfs >= 0:
        return "The note clips, as its peak is full scale: turn the synth or the input down."
    if peak_dbfs > LOUD_DBFS:
        return (
            "The level leaves no room for louder patches, as the peak is above "
            f"{LOUD_DBFS:g} dBFS: turn the synth or the input down."
        )
    if peak_dbfs < SOFT_DBFS:
        return (
            f"The level is low, as the peak is below {SOFT_DBFS:g} dBFS: turn the synth or the "
            "input up."
        )
    if rms_dbfs < SOFT_RMS_DBFS:
        return (
            f"The level is low, as the RMS of the whole note is below {SOFT_RMS_DBFS:g} dBFS: turn "
            "the synth or the input up, or, if the note is a click or dies away at once, choose a "
            "longer decay or a higher sustain."
        )
    return (
        f"The level is good: the peak is between {SOFT_DBFS:g} and {LOUD_DBFS:g} dBFS, the RMS "
        f"above {SOFT_RMS_DBFS:g} dBFS."
    )


def judge_pitch(number: int, frequency: float, transposition: int = 0) -> str:
    """Compare a pitch with the note that was played, in one sentence or two.

    Parameters
    ----------
    number : int
        MIDI note number that was played.
    frequency : float
        Pitch that came back, in Hz.
    transposition : int
        Semitones by which the configuration says that the synth sounds higher than the key.

    Returns
    -------
    str
        One sentence, and where the synth may be the cause a second with what to write.
    """
    nearest, cents = nearest_note(frequency)
    away = nearest - number
    sounds = f"It sounds {_interval(away)}" if away else "It is the note that was played"
    if away == transposition:
        told = ", as match.transposition says" if away else ""
        if abs(cents) <= IN_TUNE_CENTS:
            return f"{sounds}{told}, in tune."
        return (
            f"{sounds}{told}, {abs(cents):.0f} cents "
            f"{'sharp' if cents > 0 else 'flat'}: check the synth's tuning."
        )
    instead = f": {note_name(nearest)} instead of {note_name(number)}" if away else ""
    told = f", though match.transposition is {transposition}" if transposition else ""
    return (
        f"{sounds}{instead}{told}; a knob of this patch, such as an oscillator's range, or a "
        "transposition on the synth does that. If it is the synth, write "
        f"match: {{transposition: {away}}} into its configuration."
    )


def _interval(semitones: int) -> str:
    octaves, rest = divmod(abs(semitones), OCTAVE)
    count, unit = (abs(semitones), "semitone") if rest else (octaves, "octave")
    distance = f"{'an' if unit == 'octave' else 'a'} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{distance} {'high' if semitones > 0 else 'low'}"


def _no_pitch(clarity: float) -> str:
    if clarity >= CLEAR:
        return f"The pitch lies beyond {LOWEST:g} to {HIGHEST:g} Hz, so the note cannot be checked."
    return "The sound has no clear pitch, as noise has none, so the note cannot be checked."


def _advise_silent(playing: PlayingConfig) -> str:
    return (
        f"No sound came back above {playing.silence.level_dbfs:g} dBFS: check that the synth "
        "sounds, its volume and the connections."
    )


def _rms_dbfs(sound: Audio) -> float:
    return float(amplitude_to_db(np.sqrt(np.mean(sound.astype(np.float64) ** 2))))
