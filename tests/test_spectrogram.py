import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from synthinv.geometry import spectrogram_shape
from synthinv.mel import mel_filters
from synthinv.sections import View
from synthinv.spectrogram import pool_bands, spectrogram, spectrograms

RATE = 44_100
THESIS = View(name="thesis")
SMALL = View(name="small", nperseg=64, nfft=128)


@pytest.fixture(scope="module")
def note() -> npt.NDArray[np.float32]:
    time = np.arange(40_000) / RATE
    noise = np.random.default_rng(0).normal(0, 0.01, 40_000)
    chirp = np.sin(2 * np.pi * (200 * time + 300 * time**2)) * np.exp(-3 * time)
    return np.asarray(chirp + noise, dtype=np.float32)


def test_the_thesis_view_is_scipys_spectrogram(note: npt.NDArray[np.float32]) -> None:
    _, _, power = signal.spectrogram(note.astype(np.float64), fs=RATE, nperseg=1500, nfft=10_000)
    image = spectrogram(note, RATE, THESIS)
    assert image.shape == (5001, 30)
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, power / power.max(), atol=1e-6)


def test_ten_bands_make_one(note: npt.NDArray[np.float32]) -> None:
    full = spectrogram(note, RATE, THESIS)
    pooled = spectrogram(note, RATE, View(name="pooled", pool=10))
    assert pooled.shape == (501, 30)
    expected = np.stack([full[max(10 * k - 5, 0) : 10 * k + 5].mean(axis=0) for k in range(501)])
    np.testing.assert_allclose(pooled, expected / expected.max(), atol=1e-6)


def test_bands_become_mel_bands(note: npt.NDArray[np.float32]) -> None:
    full = spectrogram(note, RATE, View(name="full", nfft=2048))
    view = View(name="mels", nfft=2048, mels=40)
    image = spectrogram(note, RATE, view)
    assert image.shape == spectrogram_shape(view, len(note)) == (40, 30)
    expected = mel_filters(RATE, 2048, 40) @ full
    np.testing.assert_allclose(image, expected / expected.max(), atol=1e-5)


@pytest.mark.parametrize("scale", ["power", "magnitude", "decibel"])
@pytest.mark.parametrize("pool", [1, 10])
def test_pixels_run_from_zero_to_exactly_one(
    note: npt.NDArray[np.float32], scale: str, pool: int
) -> None:
    view = View.model_validate({"name": "v", "scale": scale, "pool": pool})
    image = spectrogram(0.01 * note, RATE, view)
    assert image.max() == 1
    assert image.min() >= 0
    np.testing.assert_allclose(image, spectrogram(note, RATE, view), atol=1e-4)


def test_the_scales_are_those_of_the_power(note: npt.NDArray[np.float32]) -> None:
    power, magnitude, decibel = (
        spectrogram(note, RATE, View.model_validate({"name": "v", "scale": s, "range_db": 60}))
        for s in ("power", "magnitude", "decibel")
    )
    np.testing.assert_allclose(magnitude**2, power, atol=1e-6)
    assert (power < 1e-6).any()
    expected = 1 + 10 * np.log10(np.maximum(power, 1e-6)) / 60
    np.testing.assert_allclose(decibel, expected, atol=1e-5)


@pytest.mark.parametrize("scale", ["power", "magnitude", "decibel"])
@pytest.mark.parametrize("range_db", [20, 80, 96.5])
def test_digital_silence_is_black(scale: str, range_db: float) -> None:
    view = SMALL.model_copy(update={"scale": scale, "range_db": range_db})
    image = spectrogram(np.zeros(1_000, np.float32), RATE, view)
    np.testing.assert_allclose(image, 0, atol=1e-6)


@given(
    st.integers(1_000, 3_000),
    st.integers(16, 200),
    st.integers(0, 100),
    st.integers(1, 40),
)
def test_the_view_foretells_the_images_shape(
    samples: int, nperseg: int, more: int, pool: int
) -> None:
    view = View(name="v", nperseg=nperseg, nfft=nperseg + more, pool=pool)
    image = spectrogram(np.ones(samples, np.float32), RATE, view)
    assert image.shape == spectrogram_shape(view, samples)


def test_a_group_of_bands_is_centred_on_the_band_it_stands_for() -> None:
    power = np.zeros((41, 1))
    power[20] = 1
    assert pool_bands(power, 10)[:, 0].tolist() == pytest.approx([0, 0, 0.1, 0, 0])
    assert pool_bands(np.arange(41.0)[:, None], 5)[1:-1, 0].tolist() == pytest.approx(
        [5, 10, 15, 20, 25, 30, 35]
    )


@given(st.integers(1, 200), st.integers(1, 60))
def test_pooling_keeps_a_constant_and_counts_the_bands(bands: int, pool: int) -> None:
    pooled = pool_bands(np.full(bands, 3.0), pool)
    assert len(pooled) == (bands - 1) // pool + 1
    np.testing.assert_allclose(pooled, 3)


def test_notes_become_images_one_by_one(note: npt.NDArray[np.float32]) -> None:
    notes = np.stack([note[:1_000], note[1_000:2_000]])
    images = list(spectrograms(notes, RATE, SMALL))
    assert len(images) == 2
    np.testing.assert_array_equal(images[1], spectrogram(notes[1], RATE, SMALL))
