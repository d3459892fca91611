import pytest

from synthinv.audio.pitch import Pitch
from synthinv.matching.words import note_length, pitch_and_length


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
