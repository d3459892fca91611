import numpy as np
import numpy.typing as npt
import pytest

from synthinv.audio.alignment import align

RATE = 44_100


def tone(samples: int = 8_000) -> npt.NDArray[np.float64]:
    t = np.arange(samples) / RATE
    return np.exp(-3 * t) * np.sin(2 * np.pi * 261.6 * t) + 0.2 * np.sin(2 * np.pi * 1_500 * t)


@pytest.mark.parametrize("shift", [-400, -3, 0, 1, 168, 500])
def test_a_shift_is_found_at_any_level(shift: int) -> None:
    sound = np.pad(tone(), 500)
    lag, similarity = align(sound, 0.3 * np.roll(sound, shift), most=500)
    assert lag == shift
    assert similarity == pytest.approx(1)


def test_only_shifts_in_reach_are_considered() -> None:
    sound = np.pad(tone(), 500)
    assert abs(align(sound, np.roll(sound, 300), most=100).lag) <= 100


def test_two_recordings_of_noise_are_not_similar() -> None:
    first, second = np.random.default_rng(0).normal(size=(2, 20_000))
    assert align(first, second, most=441).similarity < 0.1


def test_silence_has_no_shift() -> None:
    assert align(tone(), np.zeros(8_000), most=100) == (0, 0.0)
