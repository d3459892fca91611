"""What `synthinv match` finds, as it is installed."""

import time
from pathlib import Path

from synthinv.audio.sound_file import Sound, fit
from synthinv.common.progress import ProgressHook
from synthinv.matching.api import match
from synthinv.wild.search import Found


def match_as_installed(
    file: Path,
    sound: Sound,
    instrument: str | None,
    threads: int,
    progress: ProgressHook | None = None,
) -> Found:
    """Find a patch with the default arguments of `synthinv.match`.

    Parameters
    ----------
    file : Path
        The sound's file, as a user would name it.
    sound : Sound
        The part of it that methods are compared by.
    instrument : str or None
        Instrument to match with; None takes the default of match.
    threads : int
        CPU threads.
    progress : callable, optional
        See `synthinv.match`.

    Returns
    -------
    Found
        The best patch.
    """
    started, renders = time.monotonic(), 0

    def count(done: int, total: int) -> None:
        nonlocal renders
        renders = done
        if progress is not None:
            progress(done, total)

    best = match(file, synth=instrument, threads=threads, progress=count)[0]
    seconds = time.monotonic() - started
    note = fit(best.played, len(sound.audio))
    return Found(renders, seconds, best.patch, best.key, best.held, note)
