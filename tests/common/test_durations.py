import pytest

from synthinv.common.durations import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (0.04, "0.0 s"),
        (2.345, "2.3 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (89, "1 min 29 s"),
        (240, "4 min"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h"),
        (8880, "2 h 28 min"),
        (7199, "2 h"),
        (100 * 3600, "100 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words
