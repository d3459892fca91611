import base64
import io

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread

from synthinv.pages.pictures import arc, png, point, spectrogram, step_shares, time_ticks

RATE = 44_100


def shown(uri: str) -> npt.NDArray[np.float64]:
    """Return a picture's darkness, from 0 (white) to 1 (black), the highest frequency first."""
    content = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    colours = imread(io.BytesIO(content), format="png")
    darkness: npt.NDArray[np.float64] = 1 - np.asarray(colours)[:, :, :3].mean(axis=2)
    return darkness


def test_a_picture_has_a_ramp_from_light_to_dark() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(4, 64)
    dark = 1 - imread(io.BytesIO(png(levels)), format="png")[:, :, :3].mean(axis=2)
    assert dark.shape == (4, 64)
    assert (np.diff(dark.ravel()) >= 0).all()
    assert dark[0, 0] < 0.02
    assert dark[-1, -1] > 0.8


@pytest.mark.parametrize("hertz", [100, 1_000, 5_000])
@pytest.mark.parametrize("rate", [22_050, RATE])
def test_a_tone_is_dark_at_its_label_on_the_scale(hertz: int, rate: int) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(rate) / rate).astype(np.float32)
    picture = spectrogram(tone, rate)
    dark = shown(picture.uri)
    labels = dict(picture.heights)
    height = labels[f"{hertz // 1000}k" if hertz >= 1000 else str(hertz)]
    row = dark[:, dark.shape[1] // 2].argmax()
    assert 1 - row / len(dark) == pytest.approx(height, abs=0.02)


@pytest.mark.parametrize("samples", [1, 100, 40_000, 10 * RATE])
def test_sounds_of_any_length_are_drawn(samples: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, samples).astype(np.float32)
    dark = shown(spectrogram(noise, RATE).uri)
    assert dark.shape[0] == 240
    assert 1 <= dark.shape[1] <= 641
    assert dark.max() > 0.8


def test_silence_is_white() -> None:
    assert shown(spectrogram(np.zeros(4_410, np.float32), RATE).uri).max() < 0.02


@given(st.floats(0.005, 10.1))
def test_a_time_axis_has_a_few_round_labels(seconds: float) -> None:
    ticks = time_ticks(seconds)
    assert ticks[0] == ("0", 0)
    assert len(ticks) <= 8
    for label, place in ticks:
        assert float(label) == pytest.approx(place * seconds, abs=1e-6)
        assert place <= 1 + 1e-6


def test_a_knob_turns_from_lower_left_to_lower_right() -> None:
    assert point(0.5, 10) == (0, -10)
    for share, side in ((0, -1), (1, 1)):
        assert point(share, 10) == pytest.approx((side * 7.07, 7.07), abs=0.01)
    assert step_shares([0, 51, 102]) == [0, 0.5, 1]
    assert arc(0, 1, 34).startswith("M-24.04 24.04A34 34 0 1 1 24.04 24.04")
    assert "A34 34 0 0 1" in arc(0.4, 0.6, 34)
