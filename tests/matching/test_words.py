import pytest

from synthinv.audio.pitch import Pitch
from synthinv.matching.words import closeness, note_length, pitch_and_length


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1 / 44_100, "0.023 ms"),
        (0.002_3, "2.3 ms"),
        (0.009_96, "10 ms"),
        (0.048, "48 ms"),
        (0.099_4, "99 ms"),
        (0.099_6, "0.10 s"),
        (1.024, "1.02 s"),
    ],
)
def test_a_short_note_has_a_length_too(seconds: float, expected: str) -> None:
    assert note_length(seconds) == expected
    assert pitch_and_length(Pitch(None, 0.1), seconds) == f"no pitch, {expected}"


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
