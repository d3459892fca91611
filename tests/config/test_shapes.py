import pytest

from synthinv.config.sections.network import NetworkConfig
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.shapes import channels, flattened_size, spectrogram_shape


def test_the_thesiss_spectrogram_has_5001_bands_and_30_frames() -> None:
    assert spectrogram_shape(SpectrogramConfig(name="thesis"), 40_000) == (5001, 30)
    assert spectrogram_shape(SpectrogramConfig(name="pooled", pool=10), 40_000) == (501, 30)
    assert spectrogram_shape(SpectrogramConfig(name="thesis"), 39_577) == (5001, 30)
    assert spectrogram_shape(SpectrogramConfig(name="thesis"), 39_576) == (5001, 29)


@pytest.mark.parametrize(
    ("settings", "shape", "size"),
    [
        ({}, (5001, 30), 60_000),
        ({"last_kernels": 1}, (5001, 30), 1875),
        ({"flatten": "mean"}, (5001, 30), 1875),
        ({"flatten": "each"}, (5001, 30), 1875),
        ({"flatten": "mean", "last_kernels": 8}, (5001, 30), 1875),
        ({"last_kernels": 1}, (501, 30), 186),
        ({"last_kernels": 2, "convolutions": 1}, (8, 6), 2 * 4 * 3),
    ],
)
def test_the_flattened_size_is_that_of_the_images_which_the_convolutions_leave(
    settings: dict[str, object], shape: tuple[int, int], size: int
) -> None:
    assert flattened_size(NetworkConfig.model_validate(settings), shape) == size


def test_only_the_last_convolution_has_its_own_number_of_kernels() -> None:
    assert channels(NetworkConfig(kernels=4)) == [4, 4, 4]
    assert channels(NetworkConfig(kernels=4, last_kernels=1)) == [4, 4, 1]
    assert channels(NetworkConfig(convolutions=1, last_kernels=1)) == [1]
