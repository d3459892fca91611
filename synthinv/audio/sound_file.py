"""Sounds in files of any format, or in memory, in the form of the synth's notes."""

import os
from numbers import Real
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile

from synthinv.audio.level import db_to_amplitude, is_silent
from synthinv.audio.resampling import resample
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError, in_brief

READ_SECONDS = 60
"""Longest part of a file that is read, from its start."""
READ_PIECE = 65_536
"""Samples per channel that are read at a time."""
KEPT_SECONDS = 10
"""Longest part of a sound that is kept, from where it starts."""
LOWEST_RATE, HIGHEST_RATE = 4_000, 768_000
"""In Hz; a file with a rate outside this range holds no sound."""
LOUDEST = 100.0
"""Samples in memory beyond this are integers that were converted without dividing them."""
HIGHEST_SAMPLE = 2.0**31
"""Samples in a file beyond this, the full scale of integers of 32 bits, are no sound: a file of
floating-point numbers may hold any, and their squares would overflow."""
SILENT = db_to_amplitude(-80)
"""A file that never leaves this distance (−80 dBFS) from its middle is silent."""
ONSET_SHARE = db_to_amplitude(-50)
"""A sound starts where it first exceeds this share of its peak (−50 dB)."""
END_SHARE = db_to_amplitude(-60)
"""A sound ends where it last exceeds this share of its peak (−60 dB)."""
ABOVE_HISS = 6.0
"""A sound in hiss starts and ends at this many times the level of the hiss (16 dB)."""
HISS_SHARE = db_to_amplitude(-40)
"""A file whose first moment is louder than this share of its peak starts with the sound itself."""
HISS_SECONDS = 0.02
"""Length of the moments at either end that are taken for hiss, or for silence that is not at 0."""
STEADY = 1.5
"""Hiss is as loud in the second half of its moment as in the first, give or take this factor; of a
sound that slowly rises, the second half is two to three times as loud."""
CANCELLED_SHARE = 0.1
"""Channels whose mean has less than this share of the loudest one's level cancel each other."""


class Sound(NamedTuple):
    """A sound of one note, mono, without the silence around it.

    Attributes
    ----------
    audio : float32 array [samples]
        The samples, full scale ±1.
    sample_rate : int
        In Hz.
    cut : bool
        Whether it goes on after the samples, which are its first 10 seconds.
    """

    audio: Audio
    sample_rate: int
    cut: bool = False

    @property
    def seconds(self) -> float:
        """Length of the samples in seconds."""
        return len(self.audio) / self.sample_rate


def read_sound(path: Path, sample_rate: int) -> Sound:
    """Read a sound file: WAV, AIFF, FLAC, Ogg, MP3 or any other format of libsndfile.

    Parameters
    ----------
    path : Path
        The file; of any sample rate, bit depth, length and number of channels.
    sample_rate : int
        Sample rate in Hz of the result.

    Returns
    -------
    Sound
        At most the first 10 seconds from where it starts.

    Raises
    ------
    SynthinvError
        If the file is not a sound, holds no samples or ones that are not numbers or far beyond
        full scale, or is silent.
    """
    channels, rate = _read(path)
    return _one_note(channels, rate, sample_rate, f"{path}: ", "export the sound again")


def sound_of(samples: npt.ArrayLike, rate: float | None, sample_rate: int) -> Sound:
    """Prepare samples in memory as `read_sound` prepares those of a file.

    Parameters
    ----------
    samples : float array [samples] or [samples, channels]
        The sound, full scale ±1.
    rate : float or None
        Its sample rate in Hz, a whole number.
    sample_rate : int
        Sample rate in Hz of the result.

    Returns
    -------
    Sound
        At most the first 10 seconds from where it starts.

    Raises
    ------
    SynthinvError
        If the rate is missing, the array is of another kind, holds no samples or ones that are not
        numbers, or is silent.
    """
    try:
        array = np.asarray(samples)
    except ValueError:
        raise SynthinvError(
            "sound: its rows differ in length; give it as [samples] or [samples, channels]"
        ) from None
    if array.dtype.kind not in "iuf":
        raise SynthinvError(
            f"sound: is of type {type(samples).__name__} and holds no real numbers; give a sound "
            "file, or samples as floating-point numbers between -1 and 1"
        )
    if array.dtype.kind != "f":
        raise SynthinvError(
            f"sound: is an array of {array.dtype}; convert the samples to floating-point numbers "
            "between -1 and 1"
        )
    if array.ndim not in (1, 2):
        raise SynthinvError(
            f"sound: is an array of {array.ndim} dimensions; give it as [samples] or "
            "[samples, channels]"
        )
    if array.ndim == 2 and array.shape[0] < array.shape[1]:
        raise SynthinvError(
            f"sound: is an array of {array.shape[0]} samples and {array.shape[1]} channels; "
            "transpose it to [samples, channels]"
        )
    if rate is None:
        raise SynthinvError("sample_rate: is missing; say how many samples of the array are 1 s")
    if not isinstance(rate, Real) or not LOWEST_RATE <= rate <= HIGHEST_RATE or rate != int(rate):
        raise SynthinvError(
            f"sample_rate: is {rate!r}, not a whole number from {LOWEST_RATE} to {HIGHEST_RATE} "
            "Hz; correct it"
        )
    # Samples that are not numbers have an error of their own.
    if np.abs(array[np.isfinite(array)]).max(initial=0) > LOUDEST:
        raise SynthinvError("sound: reaches far beyond ±1; divide the samples by full scale")
    channels = (array if array.ndim == 2 else array[:, np.newaxis])[: READ_SECONDS * int(rate)]
    return _one_note(
        channels.astype(np.float32), int(rate), sample_rate, "sound: ", "correct the array"
    )


def trim(audio: Audio, sample_rate: int) -> Audio:
    """Cut off the silence or hiss before and after a sound.

    Parameters
    ----------
    audio : float32 array [samples]
        Any sound but digital silence.
    sample_rate : int
        In Hz.

    Returns
    -------
    float32 array [samples]
        From 50 dB below its peak to 60 dB below it, or from and to 16 dB above the hiss that it
        lies in.
    """
    level = np.abs(audio)
    loudest = float(level.max())
    hiss = _hiss(audio, sample_rate)
    noise = ABOVE_HISS * hiss if hiss < HISS_SHARE * loudest else 0.0
    start = int(np.argmax(level > max(ONSET_SHARE * loudest, noise)))
    end = len(level) - int(np.argmax(level[::-1] > max(END_SHARE * loudest, noise)))
    return audio[start:end]


def fit(audio: Audio, samples: int) -> Audio:
    """Cut sounds [..., any] to a number of samples, or pad them with zeros."""
    short = max(0, samples - audio.shape[-1])
    padding = [(0, 0)] * (audio.ndim - 1) + [(0, short)]
    return np.pad(audio[..., :samples], padding)


def _read(path: Path) -> tuple[Audio, int]:
    _require_readable(path)
    # By its name: on Windows, libsndfile cannot read from a file that Python has opened, and from
    # Python's streams it seeks to places that they refuse if the file is broken. As bytes, since a
    # name need not be valid text; on Windows it is.
    name = str(path) if os.name == "nt" else os.fsencode(path)
    try:
        with soundfile.SoundFile(name) as file:
            rate = int(file.samplerate)
            channels = _in_pieces(file, READ_SECONDS * rate)
    # A TypeError: a headerless file, whose format would have to be given.
    except (soundfile.SoundFileError, TypeError, ValueError, OSError):
        raise SynthinvError(
            f"{path}: cannot be read as a sound; export it as WAV, AIFF, FLAC, Ogg or MP3"
        ) from None
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        much = "low" if rate < LOWEST_RATE else "high"
        raise SynthinvError(
            f"{path}: has a sample rate of {rate} Hz, too {much} for a sound; export it at "
            "44,100 Hz"
        )
    return channels, rate


def _require_readable(path: Path) -> None:
    """Refuse what the system does not let us open, for libsndfile does not say why."""
    try:
        if path.is_dir():
            raise SynthinvError(f"{path}: is a folder; name a sound file")
        if not path.exists():
            raise SynthinvError(f"{path}: there is no such file; correct the path")
        path.open("rb").close()
    except OSError as error:
        raise SynthinvError(
            f"{path}: cannot be opened ({in_brief(error)}); name a file that you may read"
        ) from None


def _in_pieces(file: soundfile.SoundFile, frames: int) -> Audio:
    """Read until the data end: a header may promise more than fits into memory."""
    # Not by `SoundFile.blocks`, which for frames that cannot be decoded returns whatever lay in
    # memory before.
    pieces = [np.zeros((0, file.channels), np.float32)]
    while frames > 0 and len(piece := file.read(min(frames, READ_PIECE), "float32", True)):
        pieces.append(piece)
        frames -= len(piece)
    return np.concatenate(pieces)


def _mixed(channels: Audio) -> Audio:
    mean: Audio = channels.mean(axis=1)
    levels = np.sqrt(np.mean(np.square(channels), axis=0))
    if np.sqrt(np.mean(np.square(mean))) < CANCELLED_SHARE * levels.max():
        return channels[:, int(levels.argmax())]
    return mean


def _one_note(channels: Audio, rate: int, sample_rate: int, source: str, remedy: str) -> Sound:
    """Cut a note from float32 samples [samples, channels]; errors begin with the source."""
    if not channels.size:
        raise SynthinvError(f"{source}holds no samples; {remedy}")
    bad = np.flatnonzero(~np.isfinite(channels).all(axis=1))
    if len(bad):
        raise SynthinvError(
            f"{source}holds samples that are not numbers (the first at {bad[0] / rate:.3f} s); "
            f"{remedy}"
        )
    if np.abs(channels).max() > HIGHEST_SAMPLE:
        raise SynthinvError(f"{source}holds samples far beyond full scale; {remedy}")
    mono = _mixed(channels)
    if is_silent(np.ptp(mono) / 2, SILENT):
        minute = " in its first minute" if len(mono) >= READ_SECONDS * rate else ""
        raise SynthinvError(
            f"{source}is silent{minute}; choose a sound in which a note is heard, or cut it so "
            "that the note comes first"
        )
    trimmed, kept = trim(_centred(mono, rate), rate), KEPT_SECONDS * rate
    audio = resample(trimmed[:kept], sample_rate / rate)
    return Sound(audio, sample_rate, cut=len(trimmed) > kept)


def _centred(audio: Audio, sample_rate: int) -> Audio:
    """Subtract a converter's offset, as found in the silence before or after a sound."""
    moment = max(1, round(HISS_SECONDS * sample_rate))
    quietest = min(audio[:moment], audio[-moment:], key=np.std)
    silent = np.std(quietest) < HISS_SHARE * np.ptp(audio) / 2
    return audio - quietest.mean() if silent else audio


def _hiss(audio: Audio, sample_rate: int) -> float:
    """Measure the RMS level of the first 20 ms; 0 if it rises or falls, which hiss does not."""
    moment = max(1, round(HISS_SECONDS * sample_rate / 2))
    first, second = (_rms(audio[i * moment : (i + 1) * moment]) for i in (0, 1))
    steady = max(first, second) <= STEADY * min(first, second)
    return float(np.hypot(first, second) / np.sqrt(2)) if steady else 0.0


def _rms(audio: Audio) -> float:
    return float(np.sqrt(np.mean(np.square(audio)))) if len(audio) else 0.0
