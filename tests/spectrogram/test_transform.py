import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from synthinv.audio.bands import pool_bands
from synthinv.audio.mel import mel_filters
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.shapes import spectrogram_shape
from synthinv.spectrogram.transform import STEP, spectrogram, spectrograms

RATE = 44_100
THESIS = SpectrogramConfig(name="thesis")
SMALL = SpectrogramConfig(name="small", nperseg=64, nfft=128)


@pytest.fixture(scope="module")
def note() -> npt.NDArray[np.float32]:
    time = np.arange(40_000) / RATE
    noise = np.random.default_rng(0).normal(0, 0.01, 40_000)
    chirp = np.sin(2 * np.pi * (200 * time + 300 * time**2)) * np.exp(-3 * time)
    return np.asarray(chirp + noise, dtype=np.float32)


NORMALISED: list[dict[str, object]] = [
    {"normalisation": "maximum"},
    {"normalisation": "sum"},
    {"normalisation": "norm"},
    {"normalisation": "constant", "reference": 0.003},
    {"normalisation": "none"},
]
NORMALISATIONS = [str(config["normalisation"]) for config in NORMALISED]
CONFIGS = (
    st.builds(
        SpectrogramConfig,
        name=st.just("v"),
        nperseg=st.integers(16, 1_500),
        noverlap=st.none() | st.integers(0, 15),
        nfft=st.integers(1_500, 3_000),
        pool=st.integers(1, 40),
        scale=st.sampled_from(["power", "magnitude", "decibel"]),
        range_db=st.floats(20, 100),
        normalisation=st.sampled_from(["maximum", "sum", "norm"]),
    )
    | st.builds(
        SpectrogramConfig,
        name=st.just("v"),
        nfft=st.integers(1_500, 3_000),
        mels=st.integers(1, 80),
        scale=st.sampled_from(["power", "magnitude"]),
        normalisation=st.sampled_from(["maximum", "sum", "norm", "none"]),
    )
    | st.builds(
        SpectrogramConfig,
        name=st.just("v"),
        scale=st.sampled_from(["power", "magnitude"]),
        normalisation=st.just("constant"),
        reference=st.floats(1e-20, 1e20),
    )
)


def _reference(note: npt.NDArray[np.float32], config: SpectrogramConfig) -> npt.NDArray[np.float64]:
    """Return SciPy's image, in double precision."""
    _, _, power = signal.spectrogram(
        note.astype(np.float64),
        fs=RATE,
        nperseg=config.nperseg,
        noverlap=config.noverlap,
        nfft=config.nfft,
    )
    if config.mels is not None:
        power = mel_filters(RATE, config.nfft, config.mels) @ power
    else:
        power = pool_bands(power.T, config.pool).T
    pixels = power
    if config.scale == "magnitude":
        pixels = np.sqrt(power)
    elif config.scale == "decibel":
        decibels = 10 * np.log10(np.maximum(power / power.max(), 1e-30))
        pixels = np.maximum(1 + decibels / config.range_db, 0)
    divisors = {
        "maximum": pixels.max(),
        "sum": pixels.sum(),
        "norm": np.sqrt((pixels**2).sum()),
        "constant": config.reference,
        "none": 1,
    }
    return np.asarray(pixels / divisors[config.normalisation])


def test_the_thesiss_spectrogram_is_scipys(note: npt.NDArray[np.float32]) -> None:
    image = spectrogram(note, RATE, THESIS)
    assert image.shape == (5001, 30)
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, _reference(note, THESIS), atol=1e-6)


@given(CONFIGS, st.integers(0, 2**32 - 1), st.integers(1_500, 6_000), st.floats(-60, 0))
def test_every_kind_of_spectrogram_is_scipys(
    config: SpectrogramConfig, seed: int, samples: int, level_db: float
) -> None:
    rng = np.random.default_rng(seed)
    time = np.arange(samples) / RATE
    tone = np.sin(2 * np.pi * rng.uniform(20, 20_000) * time) * np.exp(-rng.uniform(0, 30) * time)
    # An offset, which SciPy takes off frame by frame, and noise.
    note = tone + rng.uniform(-1, 1) + rng.normal(0, 10 ** rng.uniform(-4, 0), samples)
    scaled = np.asarray(10 ** (level_db / 20) * note, dtype=np.float32)
    image, expected = spectrogram(scaled, RATE, config), _reference(scaled, config)
    assert image.shape == expected.shape
    # In decibels, the least levels are the logarithms of rounding errors.
    tolerance = 1e-5 if config.scale == "power" else 1e-3
    np.testing.assert_allclose(image, expected, rtol=1e-5, atol=tolerance * expected.max())


@pytest.mark.parametrize("settings", NORMALISED, ids=NORMALISATIONS)
def test_pixels_are_whole_multiples_of_a_millionth_of_their_maximum(
    note: npt.NDArray[np.float32], settings: dict[str, object]
) -> None:
    config = SpectrogramConfig.model_validate({"name": "v", "pool": 10, **settings})
    image = spectrogram(note, RATE, config).astype(np.float64)
    step = STEP * 2.0 ** np.floor(np.log2(image.max()))
    np.testing.assert_array_equal(image / step, np.rint(image / step))
    # As fine as with the maximum, so that as many pixels are left.
    plain = spectrogram(note, RATE, SpectrogramConfig(name="v", pool=10))
    assert (image > 0).sum() >= (plain > 0).sum()
    assert (image > 0).sum() < 0.9 * image.size


@pytest.mark.parametrize("settings", NORMALISED, ids=NORMALISATIONS)
@pytest.mark.parametrize("scale", ["power", "magnitude"])
def test_only_a_constant_and_none_leave_the_level_in_an_image(
    note: npt.NDArray[np.float32], settings: dict[str, object], scale: str
) -> None:
    config = SpectrogramConfig.model_validate({"name": "v", "pool": 10, "scale": scale, **settings})
    loud, soft = (spectrogram(gain * note, RATE, config) for gain in (1, 0.1))
    ratio = {"power": 100, "magnitude": 10}[scale]
    if config.normalisation not in ("constant", "none"):
        ratio = 1
    np.testing.assert_allclose(loud, ratio * soft, atol=1e-5 * loud.max())


@pytest.mark.parametrize("normalisation", ["sum", "norm"])
def test_a_loud_image_sums_to_one(note: npt.NDArray[np.float32], normalisation: str) -> None:
    config = SpectrogramConfig.model_validate({"name": "v", "normalisation": normalisation})
    image = spectrogram(note, RATE, config).astype(np.float64)
    total = image.sum() if normalisation == "sum" else (image**2).sum()
    # But for the pixels that were rounded off.
    assert total == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("gain", [1e-22, 1e-16, 1e-10])
def test_images_of_hardly_any_level_are_finite(note: npt.NDArray[np.float32], gain: float) -> None:
    for reference in (1e-20, 1e20):
        config = SpectrogramConfig(name="v", pool=10, normalisation="constant", reference=reference)
        assert np.isfinite(spectrogram(np.float32(gain) * note, RATE, config)).all()


def test_ten_bands_make_one(note: npt.NDArray[np.float32]) -> None:
    full = spectrogram(note, RATE, THESIS)
    pooled = spectrogram(note, RATE, SpectrogramConfig(name="pooled", pool=10))
    assert pooled.shape == (501, 30)
    expected = np.stack([full[max(10 * k - 5, 0) : 10 * k + 5].mean(axis=0) for k in range(501)])
    np.testing.assert_allclose(pooled, expected / expected.max(), atol=1e-6)


def test_bands_become_mel_bands(note: npt.NDArray[np.float32]) -> None:
    full = spectrogram(note, RATE, SpectrogramConfig(name="full", nfft=2048))
    config = SpectrogramConfig(name="mels", nfft=2048, mels=40)
    image = spectrogram(note, RATE, config)
    assert image.shape == spectrogram_shape(config, len(note)) == (40, 30)
    expected = mel_filters(RATE, 2048, 40) @ full
    np.testing.assert_allclose(image, expected / expected.max(), atol=1e-5)


@pytest.mark.parametrize("scale", ["power", "magnitude", "decibel"])
@pytest.mark.parametrize("pool", [1, 10])
def test_pixels_run_from_zero_to_exactly_one(
    note: npt.NDArray[np.float32], scale: str, pool: int
) -> None:
    config = SpectrogramConfig.model_validate({"name": "any", "scale": scale, "pool": pool})
    image = spectrogram(0.01 * note, RATE, config)
    assert image.max() == 1
    assert image.min() >= 0
    np.testing.assert_allclose(image, spectrogram(note, RATE, config), atol=1e-4)


@pytest.mark.parametrize("scale", ["power", "magnitude", "decibel"])
@pytest.mark.parametrize("range_db", [20, 80, 96.5])
@pytest.mark.parametrize("settings", NORMALISED, ids=NORMALISATIONS)
def test_digital_silence_is_black(scale: str, range_db: float, settings: dict[str, object]) -> None:
    config = SMALL.model_copy(update={"scale": scale, "range_db": range_db, **settings})
    image = spectrogram(np.zeros(1_000, np.float32), RATE, config)
    np.testing.assert_allclose(image, 0, atol=1e-6)


@given(
    st.integers(1_000, 3_000),
    st.integers(16, 200),
    st.integers(0, 100),
    st.integers(1, 40),
)
def test_the_shape_of_an_image_is_known_beforehand(
    samples: int, nperseg: int, more: int, pool: int
) -> None:
    config = SpectrogramConfig(name="any", nperseg=nperseg, nfft=nperseg + more, pool=pool)
    image = spectrogram(np.ones(samples, np.float32), RATE, config)
    assert image.shape == spectrogram_shape(config, samples)


def test_a_group_of_bands_is_centred_on_the_band_it_stands_for() -> None:
    power = np.zeros((1, 41))
    power[0, 20] = 1
    assert pool_bands(power, 10)[0].tolist() == pytest.approx([0, 0, 0.1, 0, 0])
    assert pool_bands(np.arange(41.0), 5)[1:-1].tolist() == pytest.approx(
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
