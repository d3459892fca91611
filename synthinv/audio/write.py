"""Sound files written: 24 bits a sample, in the format of the file's suffix."""

from pathlib import Path

import soundfile

from synthinv.audio.types import Audio
from synthinv.common.files import cannot_write, replacing


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
        If the file cannot be written.
    """
    with replacing(path) as partial:
        try:
            soundfile.write(partial, audio, sample_rate, subtype="PCM_24")
        except soundfile.SoundFileError as error:
            # libsndfile does not pass on the system's reason.
            reason = getattr(error, "error_string", "") or "the system refused"
            raise cannot_write(path, reason) from None
