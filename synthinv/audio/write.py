"""Sound files written: 24 bits a sample, in the format of the file's suffix."""

import io
from pathlib import Path
from types import MappingProxyType

import soundfile

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.common.files import replacing

FORMATS = MappingProxyType({".wav": "WAV", ".flac": "FLAC"})
"""libsndfile's names of the formats that are written, by their suffixes."""


def write_sound(path: Path, audio: Audio, sample_rate: int) -> None:
    """Write a sound in one piece.

    Parameters
    ----------
    path : Path
        The file, .wav or .flac.
    audio : float32 array [samples]
        One channel, full scale ±1.
    sample_rate : int
        In Hz.

    Raises
    ------
    SynthinvError
        If the file has another suffix, or cannot be written.
    """
    own = sound_format(path)
    # In memory first: libsndfile takes no name that is not valid text, and does not pass on the
    # system's reason for refusing a file.
    stream = io.BytesIO()
    soundfile.write(stream, audio, sample_rate, subtype="PCM_24", format=own)
    with replacing(path) as partial:
        partial.write_bytes(stream.getbuffer())


def sound_format(path: Path) -> str:
    """Return the format in which a sound is written to a file, by libsndfile's name.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        WAV or FLAC.

    Raises
    ------
    SynthinvError
        If the file has another suffix.
    """
    own = FORMATS.get(path.suffix.lower())
    if own is None:
        raise SynthinvError(
            f"{path}: ends neither in .wav nor in .flac; name a file of one of these formats"
        )
    return own
