"""What `synthinv match` finds, as it is installed."""

import time
from pathlib import Path

from synthinv.audio.sound_file import Sound, fit
from synthinv.benchmark.search import Found
from synthinv.common.progress import ProgressHook
from synthinv.matching.api import match


def match_as_installed(
    file: Path,
    sound: Sound,
    instrument: str | None,
    renders: int | None,
    threads: int,
    progress: ProgressHook | None = None,
) -> Found:
    """Find a patch with `synthinv.match`, by default with its default arguments.

    Parameters
    ----------
    file : Path
        The sound's file, as a user would name it.
    sound : Sound
        The part of it that methods are compared by.
    instrument : str or None
        Instrument to match with; None takes the default of match.
    renders : int or None
        Patches to play; None takes the default of match.
    threads : int
        CPU threads.
    progress : callable, optional
        See `synthinv.match`.

    Returns
    -------
    Found
        The best patch.
    """
    started, played = time.monotonic(), 0

    def count(done: int, total: int) -> None:
        nonlocal played
        played = done
        if progress is not None:
            progress(done, total)

    found = match(file, synth=instrument, renders=renders, threads=threads, progress=count)
    best = found[0]
    seconds = time.monotonic() - started
    note = fit(best.played, len(sound.audio))
    return Found(played, seconds, best.patch, best.key, best.held, note)
