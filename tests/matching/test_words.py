import numpy as np
import pytest

from synthinv.audio.pitch import Pitch
from synthinv.audio.sound_file import Sound
from synthinv.matching.words import (
    closeness,
    cut_short,
    note_length,
    part_compared,
    pitch_and_length,
    soft,
)

RATE = 44_100
NONE = Pitch(None, 0.1)


def silent(seconds: float, *, cut: bool = False) -> Sound:
    return Sound(np.zeros(round(seconds * RATE), np.float32), RATE, cut)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1 / 44_100, "0.023 ms"),
        (0.002_3, "2.3 ms"),
        (0.010_02, "10 ms"),
        (0.048, "48 ms"),
        (0.099_4, "99 ms"),
        (0.099_6, "0.10 s"),
        (1.024, "1.02 s"),
    ],
)
def test_a_short_note_has_a_length_too(seconds: float, expected: str) -> None:
    assert note_length(seconds) == expected
    assert pitch_and_length(NONE, silent(seconds)) == f"no pitch, {expected}"


def test_the_part_that_is_compared_is_named_unless_it_is_everything() -> None:
    assert part_compared(4.0, silent(4.01)) is None
    assert part_compared(4.0, silent(4.06)) == "only the first 4.0 s of 4.1 s are compared"


def test_a_sound_that_was_cut_is_longer_than_what_is_left_of_it() -> None:
    assert pitch_and_length(NONE, silent(10, cut=True)) == "no pitch, more than 10 s"
    told = part_compared(4.0, silent(10, cut=True))
    assert told == "only the first 4.0 s of more than 10 s are compared"


@pytest.mark.parametrize(
    ("mss", "expected"),
    [
        (0.0, "hard to tell apart"),
        (1.0, "hard to tell apart"),
        (1.1, "very close"),
        (3.9, "close"),
        (6.0, "similar"),
        (6.3, "roughly similar"),
        (10.1, "far off; this synth may not be able to make that sound"),
    ],
)
def test_a_distance_has_words(mss: float, expected: str) -> None:
    assert closeness(mss) == expected


def test_a_patch_that_is_hardly_audible_is_soft() -> None:
    assert soft(-39.9) is None
    assert soft(-45.2) == "is soft, with a peak of -45 dBFS: turn the synth up"


def test_a_search_without_enough_time_says_so() -> None:
    assert cut_short(200, 0) is None
    assert cut_short(64, 1_936) == (
        "the time was over after 64 of 2,000 patches; with more of it, a closer one may be found"
    )
