"""Processes that play notes in copies of themselves, and what can go wrong with them."""

import os
import signal
import subprocess
import sys
import time

import pytest

from synthinv.common.errors import SynthinvError
from synthinv.engines.processes import PlayerError, Players

PLAYER = "tests.engines.player"
SAMPLES = 40_000  # more than a pipe holds
OWNER = f"""
from synthinv.engines.processes import Players
with Players("{PLAYER}", ["play"], 1) as players:
    print(players.facts, flush=True)
    next(players.play(lambda index: ["hang", 1], 1, 1))
"""


def players(wish: str = "play", threads: int = 1) -> Players:
    return Players(PLAYER, [wish], threads)


def is_group(number: int) -> bool:
    """Decide whether a process, or a copy that it made, is there."""
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


def ends(number: int) -> bool:
    """Decide whether a process and its copies are gone within some seconds."""
    deadline = time.monotonic() + 10
    while is_group(number) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_group(number)


def test_every_note_is_played_by_a_copy_of_its_own() -> None:
    with players(threads=2) as both:
        notes = list(both.play(lambda index: ["play", SAMPLES], 8, SAMPLES))
        assert [note.shape for note in notes] == [(SAMPLES,)] * 8
        numbers = {note[0] for note in notes}
        assert len(numbers) == 8
        assert os.getpid() not in numbers
        assert both.facts not in numbers
    assert ends(both.facts)


def test_what_cannot_be_loaded_is_said() -> None:
    with pytest.raises(SynthinvError, match="there is no such synth"), players("refuse", 2):
        pass
    with pytest.raises(PlayerError), players("end", 2):
        pass


@pytest.mark.parametrize("fault", ["end", "hang"])
def test_a_copy_that_does_not_play_is_an_error_and_the_notes_before_it_are_played(
    fault: str,
) -> None:
    with players() as one:
        notes = one.play(lambda index: [fault if index == 1 else "play", SAMPLES], 2, SAMPLES)
        assert next(notes).shape == (SAMPLES,)
        with pytest.raises(PlayerError):
            next(notes)


def test_the_end_does_not_wait_for_notes() -> None:
    with players(threads=2) as both:
        notes = both.play(lambda index: ["hang" if index else "play", 1], 9, 1)
        next(notes)
        start = time.monotonic()
    assert time.monotonic() - start < 1
    assert ends(both.facts)
    del notes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_its_owner(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as owner:
        assert owner.stdout is not None
        process = int(owner.stdout.readline())
        assert is_group(process)
        owner.send_signal(number)
        owner.wait()
    assert ends(process)
