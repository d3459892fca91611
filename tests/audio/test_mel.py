import librosa
import numpy as np
import pytest

from synthinv.audio.mel import (
    decibels,
    hertz_to_mel,
    mel_filters,
    mel_spectrogram,
    mel_to_hertz,
)

RATE = 44_100
pytestmark = pytest.mark.filterwarnings("ignore:n_fft=.* is too large:UserWarning")


@pytest.fixture(scope="module")
def notes() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3, 5_000)).astype(np.float32)


def test_the_scale_is_slaneys() -> None:
    hertz = np.array([0, 20, 440, 999.9, 1_000, 1_000.1, 6_400, 22_050])
    np.testing.assert_allclose(hertz_to_mel(hertz), librosa.hz_to_mel(hertz), rtol=1e-12)
    np.testing.assert_allclose(mel_to_hertz(hertz_to_mel(hertz)), hertz, rtol=1e-12)


@pytest.mark.parametrize(
    ("rate", "window", "mels"),
    [(RATE, 441, 32), (RATE, 1_102, 64), (RATE, 4_410, 128), (8_000, 800, 40)],
)
def test_the_bands_are_librosas(rate: int, window: int, mels: int) -> None:
    expected = librosa.filters.mel(sr=rate, n_fft=window, n_mels=mels)
    np.testing.assert_allclose(mel_filters(rate, window, mels), expected, rtol=1e-5, atol=1e-9)


@pytest.mark.filterwarnings("error")
def test_a_band_between_two_bins_is_empty() -> None:
    assert not mel_filters(RATE, 256, 128).any(axis=1).all()


@pytest.mark.parametrize(("window", "hop", "mels"), [(441, 220, 32), (4_410, 2_205, 128)])
def test_a_batch_has_librosas_mel_spectrograms(
    notes: np.ndarray, window: int, hop: int, mels: int
) -> None:
    expected = librosa.feature.melspectrogram(
        y=notes, sr=RATE, n_fft=window, hop_length=hop, n_mels=mels
    )
    found = mel_spectrogram(notes, RATE, window, hop, mels)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6 * float(expected.max()))


def test_decibels_are_librosas() -> None:
    power = np.geomspace(1e-14, 100, 60, dtype=np.float32).reshape(2, 5, 6)
    expected = [librosa.power_to_db(one, ref=1.0) for one in power]
    np.testing.assert_allclose(decibels(power), expected, atol=1e-4)


def test_silence_has_finite_decibels() -> None:
    silence = np.zeros((1, 4, 3), np.float32)
    np.testing.assert_allclose(decibels(silence), -100, rtol=1e-6)
