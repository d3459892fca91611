import librosa
import numpy as np
import pytest
from scipy import signal

from synthinv.audio.spectra import centred_frames, frames, power, spectra, tukey_window

pytestmark = pytest.mark.filterwarnings("ignore:n_fft=.* is too large:UserWarning")


@pytest.fixture(scope="module")
def notes() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3, 5_000)).astype(np.float32)


@pytest.mark.parametrize("length", [16, 17, 440, 441, 1_500])
@pytest.mark.parametrize("share", [0.25, 0.5, 1])
def test_windows_are_scipys(length: int, share: float) -> None:
    expected = signal.get_window(("tukey", share), length)
    np.testing.assert_allclose(tukey_window(length, share), expected, atol=1e-7)


@pytest.mark.parametrize("window", [440, 441])
@pytest.mark.parametrize("samples", [1, 2, 219, 220, 221, 440, 5_000])
def test_spectra_are_librosas(notes: np.ndarray, window: int, samples: int) -> None:
    short = notes[:, :samples]
    expected = librosa.stft(short, n_fft=window, hop_length=220).swapaxes(1, 2)
    found = spectra(short, window, 220)
    assert found.dtype == np.complex64
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_first_frame_is_centred_on_the_first_sample() -> None:
    cut = centred_frames(np.arange(1, 6, dtype=np.float32)[np.newaxis], 4, 2)
    assert cut[0].tolist() == [[0, 0, 1, 2], [1, 2, 3, 4], [3, 4, 5, 0]]


def test_frames_without_padding_start_at_the_first_sample() -> None:
    cut = frames(np.arange(6, dtype=np.float32), 4, 2)
    assert cut.tolist() == [[0, 1, 2, 3], [2, 3, 4, 5]]


@pytest.mark.parametrize("precision", ["complex64", "complex128"])
def test_power_is_the_squared_magnitude(precision: str) -> None:
    rng = np.random.default_rng(0)
    spectrum = (rng.normal(size=(2, 5)) + 1j * rng.normal(size=(2, 5))).astype(precision)
    expected = spectrum.real**2 + spectrum.imag**2
    found = power(spectrum)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
