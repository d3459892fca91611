from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.resampling import LARGEST_FACTOR, resample

RATE = 44_100


def tone(hertz: float) -> npt.NDArray[np.float32]:
    """Return a second of three harmonics at half of full scale."""
    phase = 2 * np.pi * hertz * np.arange(RATE) / RATE
    wave = 0.25 * (np.cos(phase) + np.cos(2 * phase) / 2 + np.cos(3 * phase) / 4)
    return wave.astype(np.float32)


@settings(max_examples=30)
@given(ratio=st.floats(1 / 16, 16), seconds=st.floats(0.001, 0.2))
def test_resampling_keeps_length_and_level(ratio: float, seconds: float) -> None:
    sound = np.full(max(1, round(seconds * RATE)), 0.5, np.float32)
    other = resample(sound, ratio)
    expected = ratio * len(sound)
    # Rounded up to a whole sample, after the ratio was rounded to a fraction.
    assert len(other) == pytest.approx(expected, abs=1 + 1e-5 * expected)
    assert other.dtype == np.float32
    assert np.abs(other).max() < 0.7


@pytest.mark.parametrize("semitones", [-12, -7, -1, 1, 5, 24])
def test_resampling_transposes(semitones: int) -> None:
    ratio = 2 ** (semitones / 12)
    pitch = estimate_pitch(resample(tone(220.0), 1 / ratio), RATE).frequency
    assert pitch == pytest.approx(220 * ratio, rel=1e-4)


@pytest.mark.parametrize("samples", [1, 2, 1_000, 20_000])
@pytest.mark.parametrize(
    "ratio",
    [*(2 ** (semitones / 12) for semitones in (-36, -19, -7, -1, 2, 11, 24)), 44.1 / 48, 44.1 / 16],
)
def test_every_sample_is_that_of_scipy(ratio: float, samples: int) -> None:
    sound = np.random.default_rng(samples).normal(0, 0.1, (2, samples)).astype(np.float32)
    fraction = Fraction(max(ratio, 1 / ratio)).limit_denominator(LARGEST_FACTOR)
    up, down = (fraction if ratio > 1 else 1 / fraction).as_integer_ratio()
    expected = signal.resample_poly(sound, up, down, axis=-1)
    np.testing.assert_array_equal(resample(sound, ratio), expected)
