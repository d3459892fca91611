from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.shapes import spectrogram_shape


def test_the_thesiss_spectrogram_has_5001_bands_and_30_frames() -> None:
    assert spectrogram_shape(SpectrogramConfig(name="thesis"), 40_000) == (5001, 30)
    assert spectrogram_shape(SpectrogramConfig(name="pooled", pool=10), 40_000) == (501, 30)
    assert spectrogram_shape(SpectrogramConfig(name="thesis"), 39_577) == (5001, 30)
    assert spectrogram_shape(SpectrogramConfig(name="thesis"), 39_576) == (5001, 29)
