"""Scores of the patches that methods found: one row for each sound, method and budget."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from synthinv.audio.level import peak
from synthinv.audio.sound_file import Sound, read_sound
from synthinv.audio.types import Audio
from synthinv.benchmark.found import Found
from synthinv.benchmark.sounds import PEAK
from synthinv.common.errors import SynthinvError
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound
from synthinv.metrics.audio import mss, mss_absolute, rms_cosine, sot, wmfcc
from synthinv.metrics.perceptual import zimtohrli

WHOLE_SOUND_METRICS: dict[str, Callable[[Audio, Audio, int], float]] = {
    "mss": mss,
    "mss_absolute": mss_absolute,
    "wmfcc": wmfcc,
    "sot": sot,
    "rms_cosine": rms_cosine,
    "zimtohrli": zimtohrli,
}
"""All of them compare whole sounds."""
DECIMALS = 5


def compared_part(file: Path, seconds: float, whole: bool = False) -> Sound:
    """Read the part of a sound that methods are compared by.

    Parameters
    ----------
    file : Path
        The sound, as the benchmark rendered it.
    seconds : float
        Length of the longest part.
    whole : bool
        Whether the recording is taken as it is, and not from its onset to where it has faded.

    Returns
    -------
    Sound
        Its first seconds.
    """
    audio = read_recording(file) if whole else read_sound(file, SAMPLE_RATE).audio
    return Sound(audio[: round(seconds * SAMPLE_RATE)], SAMPLE_RATE)


def read_recording(file: Path) -> Audio:
    """Read a recording of the benchmark: float32 [samples]."""
    try:
        audio, _ = soundfile.read(file, dtype="float32")
    except (soundfile.SoundFileError, OSError):
        raise SynthinvError(f"{file}: cannot be read; run the benchmark again") from None
    return np.asarray(audio, dtype=np.float32)


def score_table(
    method: str,
    budgets: Sequence[int],
    sounds: Sequence[BenchmarkSound],
    parts: Sequence[Sound],
    found: Sequence[Sequence[Found]],
) -> pd.DataFrame:
    """Score what a method found for some sounds.

    Parameters
    ----------
    method : str
        The method.
    budgets : sequence of int
        Its budgets; (0,) for a method that takes none.
    sounds : sequence of BenchmarkSound
        The sounds.
    parts : sequence of Sound
        Their recordings, see `compared_part`.
    found : sequence of sequence of Found
        What was found for each of them, one for each budget.

    Returns
    -------
    pandas.DataFrame
        Columns `sound`, `family`, `split`, `method`, `budget`, `renders`, a column for each of
        `WHOLE_SOUND_METRICS`, `key` and `held`, which say how the patch is played, `solver`, its
        digest, and `patch`, its steps separated by spaces.
    """
    return pd.DataFrame(
        [
            {
                "sound": sound.name,
                "family": sound.family,
                "split": sound.split,
                "method": method,
                "budget": budget,
                "renders": one.renders,
                **_scores(part, one.note),
                "key": one.key,
                "held": round(one.held, DECIMALS),
                "solver": one.solver,
                "patch": " ".join(map(str, one.patch.tolist())),
            }
            for sound, part, results in zip(sounds, parts, found, strict=True)
            for budget, one in zip(budgets, results, strict=True)
        ]
    )


def _scores(part: Sound, note: Audio) -> dict[str, float]:
    return {
        name: round(metric(part.audio, note, part.sample_rate), DECIMALS)
        for name, metric in WHOLE_SOUND_METRICS.items()
    }


def seconds_table(
    method: str,
    budgets: Sequence[int],
    sounds: Sequence[BenchmarkSound],
    found: Sequence[Sequence[Found]],
) -> pd.DataFrame:
    """Tabulate how long a method took: columns `sound`, `method`, `budget` and `seconds`.

    A table of its own, since it alone differs from run to run.
    """
    return pd.DataFrame(
        [
            {
                "sound": sound.name,
                "method": method,
                "budget": budget,
                "seconds": round(one.seconds, 3),
            }
            for sound, results in zip(sounds, found, strict=True)
            for budget, one in zip(budgets, results, strict=True)
        ]
    )


def last_notes(found: Sequence[Sequence[Found]]) -> Audio:
    """Join the notes of the largest budgets, each brought to the common peak, in one recording."""
    notes = [results[-1].note for results in found]
    return np.concatenate([note * (PEAK / max(float(peak(note)), 1e-9)) for note in notes])
