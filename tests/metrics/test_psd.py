import numpy as np
import pytest
from scipy import signal

from synthinv.audio.bands import pool_bands
from synthinv.audio.types import Audio
from synthinv.metrics.psd import psd, psd_error

RATE = 44_100


def sine(hertz: float, level: float = 0.5) -> Audio:
    time = np.arange(40_000) / RATE
    return np.asarray(level * np.sin(2 * np.pi * hertz * time), dtype=np.float32)


def on_band(band: int) -> float:
    """Return the frequency in the middle of a band of the whole note's periodogram."""
    return band * 4 * RATE / 40_000


def test_equal_notes_have_no_error() -> None:
    assert psd_error(sine(440), sine(440), RATE) == 0


def test_two_sines_apart_have_an_error_of_two() -> None:
    assert psd_error(sine(on_band(100)), sine(on_band(200)), RATE) == pytest.approx(2, abs=1e-6)


def test_a_small_mistuning_counts_as_much_as_a_large_one() -> None:
    near = psd_error(sine(on_band(100)), sine(on_band(102)), RATE)
    assert near == pytest.approx(2, abs=1e-6)


def test_level_and_phase_do_not_matter() -> None:
    assert psd_error(sine(440, 0.9), sine(440, 0.003), RATE) < 1e-9
    assert psd_error(sine(440), -sine(440), RATE) < 1e-12


def test_the_error_is_symmetric() -> None:
    noise = np.random.default_rng(0).normal(size=40_000).astype(np.float32)
    assert psd_error(noise, sine(440), RATE) == psd_error(sine(440), noise, RATE) > 1


def test_notes_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="a note of 20000 samples, not 40000"):
        psd_error(sine(440), sine(440)[:20_000], RATE)


def test_silence_has_an_empty_spectrum() -> None:
    silence = np.zeros(40_000, np.float32)
    assert not psd(silence, RATE)[1].any()
    assert psd_error(silence, silence, RATE) == 0
    assert psd_error(silence, sine(on_band(100)), RATE) == pytest.approx(1, abs=1e-6)


def test_the_spectrum_has_the_thesiss_bands_and_its_peak_at_the_pitch() -> None:
    frequencies, density = psd(sine(1_000), RATE)
    assert frequencies.shape == density.shape == (5_001,)
    assert frequencies[1] == pytest.approx(4.41)
    assert density.max() == 1
    assert abs(frequencies[density.argmax()] - 1_000) <= 4.41 / 2


@pytest.mark.parametrize("samples", [39_999, 40_000])
def test_the_spectrum_is_scipys_periodogram(samples: int) -> None:
    note = np.random.default_rng(0).normal(0.2, 0.1, samples).astype(np.float32)
    frequencies, power = signal.periodogram(note.astype(np.float64), fs=RATE)
    pooled = pool_bands(power, 4)
    found = psd(note, RATE)
    np.testing.assert_allclose(found[0], frequencies[::4], rtol=1e-12)
    np.testing.assert_allclose(found[1], pooled / pooled.max(), rtol=1e-6, atol=1e-12)


def test_the_bands_stay_4_hz_wide_for_notes_of_other_lengths() -> None:
    for samples in (8_000, 20_000, 100_000):
        frequencies, _ = psd(sine(440).repeat(3)[:samples], RATE)
        assert frequencies[1] == pytest.approx(4.41, rel=0.3)
