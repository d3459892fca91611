"""What a solver predicts, and what `synthinv match` finds."""

import time
from pathlib import Path

import numpy as np

from synthinv.audio.presses import LONGEST_SECONDS, KeyPress
from synthinv.audio.sound_file import Sound, fit
from synthinv.benchmark.found import NO_SOLVER, Found
from synthinv.benchmark.notes import Note, Target
from synthinv.benchmark.search import Playing
from synthinv.common.progress import ProgressHook
from synthinv.matching.api import match
from synthinv.solver.checkpoint import TrainedSolver


def match_as_installed(
    sound: Path | Sound,
    note: Note | None,
    samples: int,
    synth: str | None,
    solver: str | None,
    renders: int | None,
    threads: int,
    progress: ProgressHook | None = None,
) -> Found:
    """Find a patch with `synthinv.match`; None stands for its default of an argument.

    Parameters
    ----------
    sound : Path or Sound
        The sound's file, as a user would name it, or the sound.
    note : Note or None
        Its note, of which match is told the key and how long it is held.
    samples : int
        Length of the part that methods are compared by.
    synth, solver : str or None
        As `synthinv.match` takes them.
    renders : int or None
        Patches to play.
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

    best = match(
        sound,
        key=None if note is None else note.key,
        held=None if note is None else note.held,
        synth=synth,
        solver=solver,
        renders=renders,
        threads=threads,
        progress=count,
    )[0]
    seconds = time.monotonic() - started
    digest = best.solver or NO_SOLVER
    audio = fit(best.played, samples)
    return Found(played, seconds, best.patch, best.key, best.held, audio, digest)


def predicted(target: Target, playing: Playing, solver: TrainedSolver) -> Found:
    """Predict a patch for a sound, and play it once, to be compared.

    Parameters
    ----------
    target : Target
        The sound and its note.
    playing : Playing
        Plays the note.
    solver : TrainedSolver
        The solver; one for any note is given as much of the sound as it takes in, one for a single
        note takes the sound for that note.

    Returns
    -------
    Found
        The prediction; its time does not include the note.
    """
    started = time.monotonic()
    note, audio = target.note, target.sound.audio
    if solver.any_note:
        heard = audio[: round(LONGEST_SECONDS * target.sound.sample_rate)]
        labels = solver.predict(heard[np.newaxis], press=KeyPress(note.key, note.held))
    else:
        labels = solver.predict(fit(audio, solver.playing.audio.samples)[np.newaxis])
    patches = solver.instrument.decode(labels)
    seconds = time.monotonic() - started
    played = playing.engine.render(patches)[0]
    return Found(1, seconds, patches[0], note.key, note.held, played, solver.digest)
