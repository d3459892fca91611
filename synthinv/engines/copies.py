"""The work of a small process that plays each note in a copy of itself.

What a synth has played before may change what it plays, and loading it anew often takes longer than
a note. So it is loaded once, and the process is copied (fork) for every note. The process is a
fresh one that imports little, since it takes long to copy one with much memory.
`synthinv.engines.processes` starts it and talks to it.

First, a line of JSON with what to load comes in; a line with two values goes out: an error's
sentence or null, and facts about the synth. From then on, a line of JSON comes in for every note,
and the note goes out as float32.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError

PLAYED = 77
"""Exit status of a copy that has played its note; not 0, since a synth may end it early with 0."""


class Loaded(NamedTuple):
    """A synth that is ready to be copied.

    Attributes
    ----------
    facts : object
        Facts about it, such as its latency, as JSON can hold them.
    play : callable
        Plays a note, float32 [samples], given what a request holds.
    """

    facts: object
    play: Callable[..., Audio]


def serve(load: Callable[..., Loaded], seconds: int, copies: bool = True) -> None:
    """Load a synth, and play what is asked for until the requests end.

    Parameters
    ----------
    load : callable
        Loads the synth, given what the first line holds.
    seconds : int
        A copy that has not played its note after so many hangs, and is ended.
    copies : bool
        Whether notes are played in copies; if not, `play` itself must make notes independent of
        one another.
    """
    # The job that started this process ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What libraries print must not mix with the notes.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    arguments = json.loads(sys.stdin.buffer.readline())
    try:
        synth = load(*arguments)
    except SynthinvError as error:
        _write(answers, _line(str(error), None))
        return
    _write(answers, _line(None, synth.facts))
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if not copies:
            _write(answers, synth.play(*request).tobytes())
        elif not _played_in_copy(synth, request, answers, seconds):
            return


def _line(error: str | None, facts: object) -> bytes:
    return json.dumps([error, facts]).encode() + b"\n"


def _played_in_copy(synth: Loaded, request: list[Any], answers: BinaryIO, seconds: int) -> bool:
    copy = os.fork()
    if copy == 0:
        # Whatever happens, the copy ends here.
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(seconds)
            _write(answers, synth.play(*request).tobytes())
            os._exit(PLAYED)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == PLAYED


def _write(answers: BinaryIO, content: bytes) -> None:
    answers.write(content)
    answers.flush()
